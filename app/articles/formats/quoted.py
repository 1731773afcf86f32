"""The body's HTML with its quotes marked: `<q cite>` within a block, a captioned `<blockquote cite>` for whole ones."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

from app.articles.formats.pieces import Piece, cut
from app.articles.schemas import ArticleOut
from app.quotes.schemas import QuoteOut

_INLINE = {"a", "br", "code", "em", "img", "strong"}
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of somebody at a place in the text, and the page that they came from."""

    start: int
    end: int
    quote: QuoteOut
    url: str | None

    def attributes(self) -> str:
        cite = f' cite="{escape(self.url)}"' if self.url else ""
        return f'{cite} data-quote="{self.quote.id}"'


def marked(article: ArticleOut) -> str:
    """The article's HTML with its quotes, but not indirect speech, marked as such. The words stay what they are."""
    if article.body is None:
        return ""
    spoken = sorted(spoken_in(article), key=lambda found: (found.start, -found.end))
    edges = [edge for found in spoken for edge in (found.start, found.end)]
    pieces = cut(article.body.html, article.body.text, edges)
    framed = set(_frame(spoken, pieces, article.body.text))
    marking = _Marking([found for found in spoken if found.quote.id not in framed])
    for piece in pieces:
        marking.add(piece)
    return "".join(marking.out)


def spoken_in(article: ArticleOut) -> Iterator[Spoken]:
    """The quotes that stand in the text word for word."""
    for quote in article.quotes or ():
        if quote.kind != "indirect" and quote.start is not None and quote.end is not None:
            page = next((hop.url for hop in quote.attribution if hop.url), article.canonical_url)
            yield Spoken(quote.start, quote.end, quote, page)


def caption(quote: QuoteOut) -> str:
    """Who said it and through whom it came; empty where nobody knows.

    The site itself, which ends every way, is left out.
    """
    names = [quote.speaker.name] if quote.speaker else []
    return ", ".join(names + [f"via {hop.source.name}" for hop in quote.attribution if hop.role == "via"])


class _Marking:
    """The HTML so far, and the quotes that are open there, the outermost first."""

    def __init__(self, spoken: Sequence[Spoken]) -> None:
        self.out: list[str] = []
        self._waiting = list(reversed(spoken))
        self._here: list[Spoken] = []
        """The quotes that have the present place of the text; a tag may have closed some of them for now."""
        self._open: list[tuple[Spoken, int]] = []
        """With the number of elements around each."""
        self._depth = 0

    def add(self, piece: Piece) -> None:
        if not piece.tag:
            self._close(lambda spoken, _: spoken.end <= piece.start)
            if not piece.raw.isspace():
                self._begin(piece.start)
        elif piece.tag not in _INLINE:
            self._close(lambda *_: True)
        elif piece.closes:
            self._close(lambda _, depth: depth > piece.depth)
        else:  # an element within a quote may stay there; one that reaches beyond it may not
            self._close(lambda spoken, _: spoken.end <= piece.start or spoken.end < piece.end)
        self.out.append(piece.raw)
        if piece.partner is not None or piece.closes:
            self._depth = piece.depth + (not piece.closes)

    def _close(self, ends: Callable[[Spoken, int], bool]) -> None:
        """Close the first that ends, and all inside it."""
        index = next((index for index, found in enumerate(self._open) if ends(*found)), len(self._open))
        self.out += ["</q>"] * (len(self._open) - index)
        del self._open[index:]

    def _begin(self, place: int) -> None:
        """Open what has this place and is not open."""
        self._here = [spoken for spoken in self._here if spoken.end > place]
        while self._waiting and self._waiting[-1].start <= place:
            self._here.append(self._waiting.pop())
        if len(self._open) < len(self._here):
            opened = {spoken.quote.id for spoken, _ in self._open}
            for spoken in self._here:
                if spoken.quote.id not in opened:
                    self.out.append(f"<q{spoken.attributes()}>")
                    self._open.append((spoken, self._depth))


def _frame(spoken: Sequence[Spoken], pieces: Sequence[Piece], text: str) -> Iterator[UUID]:
    """Put each block quote that is all the words of some blocks into a figure; the ids of those quotes."""
    blocks = [piece for piece in pieces if piece.partner is not None and piece.depth == 0]
    taken = 0
    for found in spoken:
        if found.quote.kind != "block" or found.start < taken:
            continue
        inside = [block for block in blocks if block.start < found.end and found.start < block.end]
        around = text[inside[0].start : found.start] + text[found.end : inside[-1].end] if inside else ""
        if inside and not _WORD.search(around):
            _put_around(inside, pieces, found)
            taken = inside[-1].end
            yield found.quote.id


def _put_around(blocks: Sequence[Piece], pieces: Sequence[Piece], spoken: Spoken) -> None:
    first, last = blocks[0], pieces[blocks[-1].partner or 0]
    own = len(blocks) == 1 and first.tag == "blockquote"  # then that is the quotation
    words = escape(caption(spoken.quote))
    below = f"<figcaption>{words}</figcaption>" if words else ""
    first.raw = f"<figure><blockquote{spoken.attributes()}>{'' if own else first.raw}"
    last.raw = f"{'' if own else last.raw}</blockquote>{below}</figure>"
