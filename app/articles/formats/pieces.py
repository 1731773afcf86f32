"""A body's HTML in pieces, each with its place in the body's plain text."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

VOID = {"br", "hr", "img"}


@dataclass(slots=True)
class Piece:
    """A tag, or some text between tags that begins at `start` in the plain text and ends before `end`.

    Of a start tag they are those of its whole element; `partner` is the place of its end tag among the pieces.
    """

    raw: str
    start: int
    end: int
    tag: str = ""
    closes: bool = False
    partner: int | None = None
    depth: int = 0


@dataclass
class _Reader(HTMLParser):
    text: str
    edges: Sequence[int]
    place: int = 0
    pieces: list[Piece] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=False)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        piece = Piece(self.get_starttag_text() or "", self.place, self.place, tag, depth=len(self.inside))
        self.pieces.append(piece)
        if tag == "img":
            self._take(dict(attrs).get("alt") or "")
        if tag not in VOID:
            self.inside.append(len(self.pieces) - 1)
        piece.end = self.place

    def handle_endtag(self, tag: str) -> None:
        opened = self.pieces[self.inside.pop()]
        opened.end, opened.partner = self.place, len(self.pieces)
        self.pieces.append(Piece(f"</{tag}>", self.place, self.place, tag, closes=True, depth=len(self.inside)))

    def handle_data(self, data: str) -> None:
        if not self.text.startswith(data, self.place):
            for character in data:
                self._add(character, character)
            return
        first, last = self.place, self.place + len(data)
        while self.place < last:
            index = bisect_right(self.edges, self.place)
            start, self.place = self.place, min(last, self.edges[index]) if index < len(self.edges) else last
            self.pieces.append(Piece(data[start - first : self.place - first], start, self.place))

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};", unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};", unescape(f"&#{name};"))

    def _add(self, raw: str, shown: str) -> None:
        before = self.place
        self._take(shown)
        start = before if shown.isspace() else self.place - len(shown)
        self.pieces.append(Piece(raw, start, self.place))

    def _take(self, shown: str) -> None:
        """Go on in the plain text behind these characters. Space may be another one there, or none."""
        for character in shown:
            if character.isspace():
                continue
            while self.text[self.place].isspace():
                self.place += 1
            if self.text[self.place] != character:
                raise AssertionError("the HTML and the text of a body have other words")
            self.place += 1


def cut(html: str, text: str, edges: Iterable[int]) -> list[Piece]:
    """The pieces of a body's sanitised HTML; no text among them has one of the edges inside it."""
    reader = _Reader(text, sorted(set(edges)))
    reader.feed(html)
    reader.close()
    return reader.pieces
