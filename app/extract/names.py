"""The names in an article: where they stand, which are persons, and which name is the fullest."""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from app.extract.draft import SourceKind
from app.extract.lexicon import listed
from app.extract.lexicon.bodies import ORGANIZATION_WORDS, OUTLET_WORDS, OUTLETS, PLACES
from app.extract.lexicon.given_names import FEMALE, MALE, gender_of
from app.extract.lexicon.words import FLAGS, Flag

_WORD = (
    r"(?:[A-ZÀ-ÖØ-ÞŁŠŽČĆĐŞİ][\w’'-]*|[A-Z]\.(?:[A-Z]\.)*|(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Prof|Rev|St|Jr|Sr)\.)"
)
_LINK = r"(?:(?:of|de|da|del|von|van|der|den|bin|ben|al|el|la|le|du|y|for|and)[ \u00a0](?:the[ \u00a0])?)?"
_RUN = re.compile(rf"(?<![\w’'-]){_WORD}(?:[ \u00a0]{_LINK}{_WORD}){{0,7}}")
_GRAMMAR = Flag.PRONOUN | Flag.DET | Flag.PREP | Flag.CONJ | Flag.ADVERB | Flag.AUX | Flag.RELATIVE
_NO_NAME = _GRAMMAR | Flag.TIME | Flag.CUE | Flag.WEAK
_GIVEN = MALE | FEMALE
_SENTENCE_STARTS = frozenset(".!?:;\n“\"‘'(—–-•")
_OWNED = re.compile(r"['’]s$|['’]$")
_AFTER_NAMES = frozenset(listed("QC KC MP MEP MSP TD MD PhD OBE CBE MBE"))
_HEADLINE = Flag.AUX | Flag.DET | Flag.CONJ | Flag.PREP
_DAYS = frozenset(("day", "week", "month", "year"))
_POINTS = frozenset(listed("North South East West New San Santa Los Las Fort Mount Lake Port Saint"))
_Piece = tuple[str, int, int]


@dataclass(slots=True)
class Name:
    """One occurrence of a name: its words without titles, its titles in lower case, its place."""

    words: tuple[str, ...]
    titles: tuple[str, ...]
    start: int
    end: int
    kind: SourceKind


class Names:
    """Every name of one text in order, and for each surname the full names that it can stand for."""

    def __init__(self, found: list[Name]) -> None:
        self.found = found
        self._starts = [n.start for n in found]
        self._full: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        self._genders: dict[str, str] = {}
        for name in found:
            if len(name.words) > 1 and name.kind == "person":
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
        if name.kind != "person":
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
    parsed: dict[tuple[str, bool], list[Name]] = {}
    for match in _RUN.finditer(text):
        start = match.start()
        before = text[max(0, start - 3) : start].rstrip(" \u00a0")
        key = (match[0], not before or before[-1] in _SENTENCE_STARTS)
        names = parsed.get(key)
        if names is None:
            names = parsed[key] = _parse(*key)
        found += [Name(n.words, n.titles, start + n.start, start + n.end, n.kind) for n in names]
    return Names(found)


def _parse(run: str, opens: bool) -> list[Name]:
    """The names in a run of capitalised words, placed within it; `opens` tells that it begins a sentence."""
    names: list[Name] = []
    for pieces in _split(run):
        name = _name(pieces, opens)
        names += [name] if name else []
        opens = False
    return names


def _split(run: str) -> list[list[_Piece]]:
    """The words of each name with their places: “Lee's Tom Moss” holds two."""
    pieces = [(m[0], m.start(), m.end()) for m in re.finditer(r"[^\s\u00a0]+", run)]
    bodies = any(p[0] in ORGANIZATION_WORDS or p[0] in OUTLET_WORDS for p in pieces)
    for index, (word, _, _) in enumerate(pieces[:-1]):
        if word.endswith(("'s", "’s")):
            return [pieces[: index + 1], pieces[index + 1 :]]
        person = word == "of" and any(p[0].lower() in _GIVEN for p in pieces[:index])
        if person or (word == "and" and index and not bodies):
            return [pieces[:index], pieces[index + 1 :]]
    return [pieces]


def _name(pieces: list[_Piece], opens: bool) -> Name | None:
    """The name without a leading “The” or titles, if one is left."""
    while pieces and _is_no_name(pieces[0][0], opens):
        pieces = pieces[1:]
    last = max((i for i, p in enumerate(pieces[:-1]) if FLAGS.get(p[0].lower(), 0) & Flag.TITLE), default=-1)
    titles: tuple[str, ...] = ()
    if not any(word == "of" or word in ORGANIZATION_WORDS for word, _, _ in pieces[last + 1 :]):
        titles = tuple(word.lower() for word, _, _ in pieces[: last + 1])
        pieces = pieces[last + 1 :]
    while len(pieces) > 1 and pieces[-1][0] in _AFTER_NAMES:
        pieces = pieces[:-1]
    words = tuple(_OWNED.sub("", word) for word, _, _ in pieces)
    if not words or not words[-1]:
        return None
    if opens and len(words) == 1 and FLAGS.get(words[0].lower(), 0) & (Flag.HUMAN | Flag.OUTLET):
        return None
    kind = kind_of(words)
    if kind == "person" and not titles and _is_no_person(words):
        kind = "organization"
    return Name(words, titles, pieces[0][1], pieces[-1][1] + len(words[-1]), kind)


def _is_no_person(words: tuple[str, ...]) -> bool:
    """Whether these are a place’s (“North Quay”), a day’s (“Polling Day”) or a headline’s (“Quay Falls In Storm”)."""
    if len(words) > 5 or words[0] in _POINTS or words[-1].lower() in _DAYS:
        return True
    return any(FLAGS.get(w.lower(), 0) & _HEADLINE for w in words[1:])


def _is_no_name(word: str, opens: bool) -> bool:
    flags = FLAGS.get(word.lower(), 0)
    return word.islower() or bool(flags & (_NO_NAME if opens else Flag.DET | Flag.PRONOUN | Flag.TIME))


def kind_of(words: tuple[str, ...]) -> SourceKind:
    """`publication`, `organization` or, when nothing speaks against it, `person`."""
    name = " ".join(words)
    if name in OUTLETS or words[-1] in OUTLET_WORDS:
        return "publication"
    if any(w in ORGANIZATION_WORDS or w in ("of", "for", "and") for w in words) or name in PLACES:
        return "organization"
    if any(len(w) > 1 and w.isupper() and "." not in w and w not in ("II", "III", "IV") for w in words):
        return "organization"
    return "person"
