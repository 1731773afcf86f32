"""Words as search knows them: the same for an article and a query, and the same on both databases.

A word is a run of letters and digits; anything else parts words, so `don't` is two and `3.5` is two. Case, accents
and compatibility forms are folded. An emoji is a word. Scripts that are written without spaces give every pair of
neighbouring characters as a word, and the last character alone, so that any part of a run can be found.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

LONGEST = 64
"""A longer word counts as several, of this many code points each but the last."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U000323af"
)
"""Scripts without spaces: Han, kana, bopomofo, Hangul, Thai, Lao, Burmese, Khmer; for a class in a pattern."""

_RUN = re.compile(f"[{UNSPACED}]+|[^ {UNSPACED}]+")
# Possessive throughout: two spaces could else be read in two ways, a text with a thousand of them in 2^1000.
_IS_PLAIN = re.compile(rf"(?:[^ {UNSPACED}]{{1,{LONGEST}}}+(?: ++|$)| ++)*+")

# Letters that mean another one with their mark, but may be written apart: Hangul in jamo, kana with a voicing mark.
_APART = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\u3046-\u30fd\uff66-\uff9d][\u3099\u309a\uff9e\uff9f]"
_PARTED = re.compile(_APART)

# Neither letters nor gaps: selectors of a character's form, the enclosing marks, and what only stretches a word.
_UNSEEN = re.compile("[\u0640\u034f\u180b-\u180d\u20dd-\u20e4\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_COMPOSED = re.compile("[\u3041-\u30ff\uac00-\ud7a3\uff66-\uff9f]")
_FOREIGN = re.compile("[^\x00-\x7f]+")
_KNOWN_AT_MOST = 20_000


class _Folds(dict[int, str]):
    """What each code point becomes, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        if len(self) >= _KNOWN_AT_MOST:
            self.clear()
        self[point] = folded = _fold(chr(point))
        return folded


_FOLDS = _Folds()


@dataclass(frozen=True, slots=True)
class Folded:
    """A text folded, that knows where each of its characters was. Offsets are code points."""

    text: str
    original: str
    starts: list[int]
    """Where the pieces of `text` begin: one for each piece of the original that changed its length, and one for
    each between them. Empty if each character is where it was."""
    origins: list[int]
    """Where those pieces begin in the original."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """What of the original became `text[start:end]`, with the accents that follow it."""
        if self.starts:
            start, end = self._origin(start)[0], self._origin(end - 1)[1]
        while end < len(self.original) and not _FOLDS[ord(self.original[end])]:
            end += 1
        return start, end

    def _origin(self, index: int) -> tuple[int, int]:
        piece = bisect_right(self.starts, index) - 1
        origin, inside = self.origins[piece], index - self.starts[piece]
        if piece % 2:  # a piece that changed its length
            return origin, self.origins[piece + 1]
        return origin + inside, origin + inside + 1


def fold(text: str) -> str:
    """The text's words as they are compared, with nothing but spaces between them.

    >>> fold("Ça va, Élysée?").split()
    ['ca', 'va', 'elysee']
    """
    if text.isascii():
        return text.translate(_FOLDS)
    if 10 * len(text.encode("ascii", "ignore")) > 9 * len(text):
        # Python translates ASCII ten times as fast, and most texts have only quotation marks and accents besides.
        plain = _FOREIGN.sub(lambda found: _folded_run(found[0]), text)
        if plain.isascii():
            return plain.translate(_FOLDS)
    return _folded_run(text)


def folded(text: str) -> Folded:
    """The text folded as by `fold`, with the way back to it."""
    foreign = "".join(_FOREIGN.findall(text))
    uneven = "".join(c for c in set(foreign) if len(_FOLDS[ord(c)]) != 1)
    if not uneven and not _PARTED.search(foreign):
        return Folded(fold(text), text, [], [])
    changed = re.compile(f"{_APART}|[{re.escape(uneven)}]" if uneven else _APART)
    whole, starts, origins = fold(text), [0], [0]
    for found in changed.finditer(text):
        before = starts[-1] + found.start() - origins[-1]
        starts += [before, before + len(fold(found[0]))]
        origins += found.span()
    return Folded(whole, text, starts, origins)


def tokens(folded_text: str) -> list[str]:
    """The words of a folded text in order, as the index has them.

    >>> tokens("東京都 2020")
    ['東京', '京都', '都', '2020']
    """
    if _IS_PLAIN.fullmatch(folded_text):
        return folded_text.split()
    return [token for run in runs(folded_text) for token in _cut(run)]


def runs(folded_text: str) -> list[str]:
    """The words of a folded text before those without spaces are cut into pairs, and long ones into pieces."""
    return _RUN.findall(folded_text)


def is_unspaced(run: str) -> bool:
    """Whether the run is of a script that is written without spaces."""
    return run[0] >= "\u0e00" and re.match(f"[{UNSPACED}]", run) is not None


def _cut(run: str) -> list[str]:
    if is_unspaced(run):
        return [run[i : i + 2] for i in range(len(run))]
    return [run[i : i + LONGEST] for i in range(0, len(run), LONGEST)]


def _folded_run(text: str) -> str:
    return _PARTED.sub(_joined, text).translate(_FOLDS)


def _joined(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def _fold(character: str) -> str:
    """Letters without accents in lower case, nothing for what is not seen, and a space for all that parts words."""
    category = unicodedata.category(character)
    if _UNSEEN.match(character) or (category == "Cf" and character != "\u200b"):
        return ""
    if category == "So" and _EMOJI.match(character):
        return f" {character} "
    spread = unicodedata.normalize("NFKC" if _COMPOSED.match(character) else "NFKD", character)
    bare = "".join(c for c in spread if not unicodedata.combining(c) and not _UNSEEN.match(c)).casefold()
    if not bare:
        return ""
    kept = _PARTED.sub(_joined, "".join(c if _is_of_word(c) else " " for c in bare))
    if kept.isspace():
        return " "
    return f" {kept} " if category == "So" or " " in kept else kept


def _is_of_word(character: str) -> bool:
    if "\u02b9" <= character <= "\u02bf":  # apostrophes that Unicode has among the letters
        return False
    return character.isalnum() or unicodedata.category(character)[0] == "M"
