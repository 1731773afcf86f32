"""The names in an article: where they stand, which are persons, and which name is the fullest."""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from app.extract.lexicon.bodies import ORGANIZATION_WORDS, OUTLET_WORDS, OUTLETS, PLACES
from app.extract.lexicon.given_names import FEMALE, MALE, gender_of
from app.extract.lexicon.words import FLAGS, Flag

_WORD = (
    r"(?:[A-ZÀ-ÖØ-ÞŁŠŽČĆĐŞİ][\w’'-]*|[A-Z]\.(?:[A-Z]\.)*|(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Prof|Rev|St|Jr|Sr)\.)"
)
_LINK = r"(?:(?:of|de|da|del|von|van|der|den|bin|ben|al|el|la|le|du|y|for|and)[ \u00a0](?:the[ \u00a0])?)?"
_RUN = re.compile(rf"(?<![\w’'-]){_WORD}(?:[ \u00a0]{_LINK}{_WORD}){{0,7}}")
_NO_NAME = (
    Flag.PRONOUN
    | Flag.DET
    | Flag.PREP
    | Flag.CONJ
    | Flag.ADVERB
    | Flag.AUX
    | Flag.RELATIVE
    | Flag.TIME
    | Flag.CUE
    | Flag.WEAK
)
_GIVEN = MALE | FEMALE


@dataclass(slots=True)
class Name:
    """One occurrence of a name: its words without titles, its titles in lower case, its place."""

    words: tuple[str, ...]
    titles: tuple[str, ...]
    start: int
    end: int


class Names:
    """Every name of one text in order, and for each surname the full names that it can stand for."""

    def __init__(self, found: list[Name]) -> None:
        self.found = found
        self._starts = [n.start for n in found]
        self._full: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        self._genders: dict[str, str] = {}
        for name in found:
            if len(name.words) > 1 and kind_of(name.words) == "person":
                self._full[name.words[-1]][name.words] += 1
                if name.words[0].lower() in _GIVEN:
                    self._full[name.words[0]][name.words] += 1
            gender = gender_of([*name.titles, *(w.lower() for w in name.words[:-1])])
            if gender:
                self._genders.setdefault(name.words[-1], gender)

    def full(self, words: tuple[str, ...], titles: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The fullest name in the article for a surname; a title tells namesakes apart."""
        if len(words) != 1 or words[0] not in self._full:
            return words
        known = self._full[words[0]]
        gender = gender_of(list(titles))
        fitting = [w for w in known if gender is None or gender_of([w[0].lower()]) in (gender, None)] or list(known)
        return max(fitting, key=lambda w: (known[w], len(w)))

    def gender(self, words: tuple[str, ...]) -> str | None:
        """`m`, `f` or None for the bearer of the name."""
        return gender_of([w.lower() for w in words[:-1]]) or self._genders.get(words[-1])

    def person(self, name: Name) -> bool:
        """Whether a title, a given name, or a fuller name elsewhere makes this name a person's."""
        if kind_of(name.words) != "person":
            return False
        return (
            bool(name.titles) or name.words[0].lower() in _GIVEN or name.words[-1] in self._full or len(name.words) > 1
        )

    def inside(self, start: int, end: int) -> list[Name]:
        """The names that begin in `start..end`."""
        return self.found[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]

    def before(self, position: int, most: int) -> list[Name]:
        """Up to `most` names before `position`, the nearest first."""
        index = bisect.bisect_left(self._starts, position)
        return self.found[max(0, index - most) : index][::-1]


def find_names(text: str) -> Names:
    """Read the names of the text once, in time linear in its length."""
    found: list[Name] = []
    for match in _RUN.finditer(text):
        found.extend(_split(match[0], match.start()))
    return Names(found)


def _split(run: str, start: int) -> list[Name]:
    """The name in a run of capitalised words: the words after its titles, without a leading “The”."""
    pieces = [(m[0], m.start(), m.end()) for m in re.finditer(r"[^\s\u00a0]+", run)]
    for index, piece in enumerate(pieces[:-1]):
        if piece[0].endswith(("'s", "’s")):
            return [*_name(pieces[: index + 1], start), *_name(pieces[index + 1 :], start)]
        if piece[0] == "and" and FLAGS.get(pieces[0][0].lower(), 0) & Flag.TITLE == 0 and _is_two(pieces, index):
            return [*_name(pieces[:index], start), *_name(pieces[index + 1 :], start)]
    return _name(pieces, start)


def _is_two(pieces: list[tuple[str, int, int]], index: int) -> bool:
    return not any(p[0] in ORGANIZATION_WORDS or p[0] in OUTLET_WORDS for p in pieces) and index > 0


def _name(pieces: list[tuple[str, int, int]], start: int) -> list[Name]:
    while pieces and (FLAGS.get(pieces[0][0].lower(), 0) & _NO_NAME or pieces[0][0].islower()):
        if pieces[0][0] in ("Will", "May", "Mark", "Grant", "Rob", "Drew", "Chase") and len(pieces) > 1:
            break
        pieces = pieces[1:]
    last = max((i for i, p in enumerate(pieces[:-1]) if FLAGS.get(p[0].lower(), 0) & Flag.TITLE), default=-1)
    follows = [p[0] for p in pieces[last + 1 :]]
    if last >= 0 and "of" not in follows and not any(w in ORGANIZATION_WORDS for w in follows):
        titles = tuple(p[0].lower() for p in pieces[: last + 1])
        pieces = pieces[last + 1 :]
    else:
        titles = ()
    if not pieces:
        return []
    words = tuple(re.sub(r"['’]s$|['’]$", "", p[0]) for p in pieces)
    if not words[-1]:
        return []
    return [Name(words, titles, start + pieces[0][1], start + pieces[-1][1] + len(words[-1]))]


def kind_of(words: tuple[str, ...]) -> str:
    """`publication`, `organization` or, when nothing speaks against it, `person`."""
    name = " ".join(words)
    if name in OUTLETS or words[-1] in OUTLET_WORDS:
        return "publication"
    if any(w in ORGANIZATION_WORDS or w in ("of", "for", "and") for w in words) or name in PLACES:
        return "organization"
    if any(len(w) > 1 and w.isupper() and "." not in w and w not in ("II", "III", "IV") for w in words):
        return "organization"
    return "person"
