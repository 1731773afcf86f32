"""Who stands behind a speaker's mention: a surname, a pronoun, a description, a paper."""

from __future__ import annotations

import bisect
import re
from functools import cached_property

from app.extract.draft import Mention, SourceKind
from app.extract.lexicon import listed
from app.extract.lexicon.words import FLAGS, Flag
from app.extract.names import Name, Names, find_names
from app.extract.quotes import Quoted

_Roles = dict[str, tuple[list[int], list[tuple[str, ...]]]]
_PERSONAL = {"he": "m", "she": "f", "his": "m", "her": "f", "him": "m", "who": "", "whose": ""}
_UNKNOWN = frozenset(["i", "we", "they", "you", "their", "them", "our", "my", "it", "its", "that", "which", "one"])
_PUBLISHED = frozenset(
    [
        "report",
        "newspaper",
        "paper",
        "magazine",
        "article",
        "story",
        "outlet",
        "agency",
        "network",
        "channel",
        "website",
        "site",
        "editorial",
        "blog",
    ]
)
_INDEFINITE = frozenset(
    [
        "a",
        "an",
        "some",
        "one",
        "another",
        "several",
        "many",
        "few",
        "two",
        "three",
        "most",
        "any",
        "other",
        "no",
        "each",
    ]
)
_OFFICES = frozenset(("campaign", "administration", "government", "team"))
_BODIES = frozenset(
    listed(
        """agency association authority bank board bureau cabinet campaign club coalition college commission committee
        company congress council court department embassy firm foundation government group institute ministry museum
        office organization organisation panel parliament party police school society team union university"""
    )
)
_DESCRIBING = Flag.HUMAN | Flag.OUTLET
_OFFICE = re.compile(r"(?:['’]s)? (administration|campaign|government|team)\b")
_NEXT = re.compile(r"(?:,? (?:who|also|then|later|has|had))? ([a-z]+)")
_APPOSED = 30
_APPOSITION = re.compile(r",? (?:[A-Z][\w.]* )*")
_NEAR = 1500
_MOST = 40


class Resolver:
    """Resolves the mentions of one text, asked in the order in which they speak."""

    def __init__(self, text: str, quoted: list[Quoted]) -> None:
        self._text = text
        outer = [q for q in quoted if q.parent is None]
        self._opens = [q.start for q in outer]
        self._closes = [q.end for q in outer]
        self._spoke: list[tuple[tuple[str, ...], int]] = []
        self._paper: str | None = None

    @cached_property
    def _names(self) -> Names:
        return find_names(self._text)

    @cached_property
    def _roles(self) -> _Roles:
        return _roles(self._text, self._names)

    def resolve(self, mention: Mention) -> tuple[str | None, SourceKind]:
        """The name behind the mention, where the article gives one, and what kind of source it is."""
        name, kind = self._resolve(mention)
        if name and kind == "person":
            self._spoke.append((tuple(name.split(" ")), mention.end))
        elif name and kind == "publication":
            self._paper = name
        return name, kind

    def _resolve(self, mention: Mention) -> tuple[str | None, SourceKind]:
        words = mention.text.lower().split()
        if len(words) == 1 and words[0] in _PERSONAL:
            person = self._antecedent(mention, words[0], _PERSONAL[words[0]])
            return (" ".join(person), "person") if person else (None, "unnamed")
        if len(words) == 1 and words[0] in _UNKNOWN:
            return None, "unnamed"
        own = self._own(mention)
        if own:
            return self._named(own)
        return self._described(words, mention)

    def _own(self, mention: Mention) -> Name | None:
        """The name that the mention itself holds, if the name is its head and not a mere part of it."""
        inside = self._names.inside(mention.start, mention.end)
        last = mention.text.split()[-1]
        describes = FLAGS.get(last.lower().rpartition("-")[2], 0) & _DESCRIBING
        if not inside or (describes and (last.islower() or " " not in mention.text)):
            return inside[-1] if inside and last in _OFFICES else None
        persons = [n for n in inside if self._names.person(n)]
        if persons and not re.search(r"['’]s\b", mention.text):
            return persons[0]
        before = mention.text[: inside[-1].start - mention.start]
        return None if re.search(r"\b(?:of|for|from|at|with|in)\b", before) else inside[-1]

    def _named(self, name: Name) -> tuple[str, SourceKind]:
        office = _OFFICE.match(self._text, name.end)
        article = self._text[max(0, name.start - 4) : name.start]
        if name.kind == "person" and not office:
            full = self._names.full(name.words, name.titles)
            known = self._names.person(name) or len(full) > 1 or article.lower() != "the "
            return " ".join(full), "person" if known else "organization"
        shown = " ".join(name.words)
        if name.kind == "publication":
            return (article if article == "The " else "") + shown, "publication"
        return shown + (f" {office[1]}" if office else ""), "organization"

    def _described(self, words: list[str], mention: Mention) -> tuple[str | None, SourceKind]:
        head = _head(words)
        flags = FLAGS.get(head, 0)
        if head in _PUBLISHED and self._paper and words[0] not in _INDEFINITE:
            return self._paper, "publication"
        if flags & Flag.OUTLET and not flags & Flag.HUMAN:
            return None, "document"
        following = self._names.inside(mention.end, mention.end + _APPOSED)
        if following and self._names.person(following[0]):
            between = self._text[mention.end : following[0].start]
            if _APPOSITION.fullmatch(between):
                return self._named(following[0])
        if words[0] not in _INDEFINITE and head in self._roles:
            places, people = self._roles[head]
            index = bisect.bisect_left(places, mention.start)
            return " ".join(people[max(0, index - 1)]), "person"
        return None, "organization" if head in _BODIES else "unnamed"

    def _antecedent(self, mention: Mention, pronoun: str, gender: str) -> tuple[str, ...] | None:
        """The last fitting person outside quotation marks: who spoke last, else who was named last."""
        candidates: list[tuple[int, int, tuple[str, ...]]] = []
        for rank, name in enumerate(self._names.before(mention.start, _MOST)):
            if mention.start - name.start > _NEAR:
                break
            if not self._names.person(name) or self.is_quoted(name.start):
                continue
            full = self._names.full(name.words, name.titles)
            known = self._names.gender(full)
            if gender and known not in (gender, None):
                continue
            if pronoun in ("who", "whose"):
                return full if rank == 0 and mention.start - name.end < 60 else None
            candidates.append((self._salience(name, known, mention), -rank, full))
        spoke = self._spoke[-1] if self._spoke else None
        if spoke and mention.start - spoke[1] < _NEAR and self._names.gender(spoke[0]) in (gender, None):
            candidates.append((6 - self._breaks(spoke[1], mention.start), 0, spoke[0]))
        return max(candidates)[2] if candidates else None

    def _salience(self, name: Name, known: str | None, mention: Mention) -> int:
        """How likely a pronoun means this name: subjects and near names more than others."""
        start = name.start
        line = max(start - 40, self._text.rfind("\n", max(0, start - 40), start) + 1, 0)
        before = self._text[line:start]
        opening = not before.strip() or bool(re.search(r"[.!?”\"]\s+(?:\w+\.? ){0,4}$", before))
        following = _NEXT.match(self._text, name.end)
        speaks = following is not None and bool(FLAGS.get(following[1], 0) & Flag.CUE)
        score = 3 * opening + 2 * (known is not None) + bool(name.titles) + 3 * speaks
        return score - self._breaks(name.end, mention.start)

    def _breaks(self, start: int, end: int) -> int:
        """How many paragraphs lie between two places."""
        return 2 * min(3, len(re.findall(r"\n+", self._text[start:end])))

    def is_quoted(self, position: int) -> bool:
        """Whether the place lies inside quotation marks."""
        index = bisect.bisect_right(self._opens, position) - 1
        return index >= 0 and position < self._closes[index]


def _head(words: list[str]) -> str:
    """The noun that a description is about: the last one before “of”, “for” and their like."""
    for index, word in enumerate(words[1:], start=1):
        if word in ("of", "for", "from", "at", "in", "with", "who", "on", "to"):
            return words[index - 1].strip(",.'’")
    return words[-1].strip(",.'’")


def _roles(text: str, names: Names) -> _Roles:
    """For each word of office, where persons bear it: “envoy Ann Lee”, “Ann Lee, the envoy”."""
    roles: _Roles = {}
    for name in names.found:
        if not names.person(name):
            continue
        heads = {t for t in name.titles if FLAGS.get(t, 0) & Flag.HUMAN}
        before = re.search(r"([a-z]+) $", text[max(0, name.start - 24) : name.start])
        after = re.match(
            r",? (?:\(.{1,12}\),? )?(?:an?|the|his|her|its|who is) ([^,.;:“\"]{3,60})", text[name.end : name.end + 80]
        )
        if before:
            heads.add(before[1])
        if after:
            heads.add(_head(after[1].lower().split()))
        for head in heads:
            if FLAGS.get(head, 0) & (Flag.HUMAN | Flag.TITLE):
                places, people = roles.setdefault(head, ([], []))
                places.append(name.start)
                people.append(names.full(name.words, name.titles))
    return roles
