"""The verbs of a sentence, each with its subject: as much grammar as telling a speaker needs.

No parser: a subject is the noun phrase before the verb, or it is shared with an earlier verb
(“A said B and called C …”, “A said B, adding …”, “A promised to call …”).
"""

from __future__ import annotations

from dataclasses import dataclass

from app.extract.phrases import Phrase, phrase_before, phrase_from, speaks, subject_before
from app.extract.tokens import Token
from app.extract.words import Flag

_VERBAL = Flag.CUE | Flag.WEAK | Flag.VERB | Flag.AUX
_REPORTING = Flag.CUE | Flag.WEAK
_DOCUMENT = Flag.OUTLET | Flag.SPEECH_NOUN
_BE = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "'s",
        "’s",
        "am",
        "'re",
        "’re",
        "isn't",
        "wasn't",
        "isn’t",
        "wasn’t",
        "get",
        "got",
    ]
)
_SUBORDINATORS = frozenset(
    [
        "when",
        "after",
        "as",
        "while",
        "because",
        "since",
        "although",
        "though",
        "if",
        "before",
        "until",
        "once",
        "whereas",
        "than",
    ]
)
_BY_OTHERS = frozenset(
    [
        "called",
        "described",
        "labeled",
        "labelled",
        "branded",
        "dubbed",
        "known",
        "deemed",
        "named",
        "nicknamed",
        "termed",
        "billed",
        "styled",
        "considered",
        "criticized",
        "condemned",
        "mocked",
        "praised",
        "denounced",
        "dismissed",
        "accused",
        "portrayed",
        "reported",
        "asked",
        "told",
    ]
)


@dataclass(slots=True)
class Verb:
    """One verb; `subject` may be inherited, `parent` is the reporting verb whose content it heads."""

    at: int
    flags: int
    subject: Phrase | None
    own: bool
    passive: bool = False
    aside: bool = False
    after_comma: bool = False
    parent: Verb | None = None

    @property
    def root(self) -> Verb:
        """The outermost reporting verb around this one."""
        verb = self
        while verb.parent:
            verb = verb.parent
        return verb


def read_verbs(tokens: list[Token], start: int, stop: int) -> list[Verb]:
    """The verbs of `tokens[start:stop]` in order."""
    verbs: list[Verb] = []
    for i in range(start, stop):
        flags = tokens[i].flags
        if not flags & _VERBAL:
            if flags & Flag.SPEECH_NOUN:
                owner = _owner(tokens, i, start, stop)
                if owner:
                    verbs.append(Verb(i, Flag.WEAK | Flag.SPEECH_NOUN, owner, True))
            continue
        if flags & Flag.AUX and (_leads_on(tokens, i, stop) or _is_possessive(tokens, i, start)):
            continue
        if flags & (Flag.VERB | Flag.PAST) and i > start and _is_adjective(tokens, i, start, stop):
            continue
        verbs.append(_read(tokens, i, start, verbs))
    return verbs


def _is_adjective(tokens: list[Token], i: int, start: int, stop: int) -> bool:
    """Whether a past form is a participle inside a noun phrase: “his preferred mode”, “of said men”."""
    before = tokens[i - 1]
    if before.low in ("'s", "’s"):
        return _is_possessive(tokens, i - 1, start)
    if before.flags & Flag.DET and before.low not in (
        "that",
        "this",
        "all",
        "both",
        "some",
        "many",
        "few",
        "most",
        "one",
    ):
        return i + 1 < stop and bool(
            tokens[i + 1].flags & (Flag.NOUN | Flag.HUMAN | Flag.OUTLET | Flag.CAPITAL | Flag.TITLE)
        )
    return False


def _leads_on(tokens: list[Token], i: int, stop: int) -> bool:
    """Whether the auxiliary at `i` has its verb after it."""
    j = i + 1
    while j < stop and tokens[j].flags & Flag.ADVERB and not tokens[j].flags & _VERBAL:
        j += 1
    return j < stop and bool(tokens[j].flags & _VERBAL)


def _owner(tokens: list[Token], i: int, start: int, stop: int) -> Phrase | None:
    """Whose claim it is, when the noun at `i` is one that words can follow: “Lee's claim that”, “her call to”."""
    if i + 1 >= stop or tokens[i + 1].low not in _OPENS_CONTENT:
        return None
    for j in range(i - 1, max(start, i - 4) - 1, -1):
        if tokens[j].low in ("his", "her", "their", "my", "our", "its"):
            return (j, j + 1)
        if tokens[j].low in ("'s", "’s"):
            return phrase_before(tokens, j, start)
        if not tokens[j].flags & (Flag.NOUN | Flag.CAPITAL | Flag.ADVERB | Flag.VERB):
            return None
    return None


_OPENS_CONTENT = frozenset(["that", "of", "about", "to", "as", ":", ",", "regarding"])


def _is_possessive(tokens: list[Token], i: int, start: int) -> bool:
    """Whether “'s” is no “is”: it is one after a pronoun or “there” only."""
    return tokens[i].low in ("'s", "’s") and (
        i == start
        or not (tokens[i - 1].flags & (Flag.PRONOUN | Flag.RELATIVE) or tokens[i - 1].low in ("there", "here"))
    )


def _read(tokens: list[Token], i: int, start: int, verbs: list[Verb]) -> Verb:
    flags = tokens[i].flags
    last = verbs[-1] if verbs else None
    j = i - 1
    chain = False
    be = False
    while j >= start and tokens[j].flags & (Flag.ADVERB | Flag.AUX) and not tokens[j].flags & Flag.RELATIVE:
        be = be or tokens[j].low in _BE
        chain = chain or bool(tokens[j].flags & Flag.AUX)
        j -= 1
    before = tokens[j].low if j >= start else ""
    if before == "to" and not flags & Flag.ING:
        return Verb(i, flags, last.subject if last else None, False, parent=last.parent if last else None)
    if flags & Flag.ING and not chain:
        return _participle(tokens, i, j, start, verbs)
    passive = be and tokens[i].low in _BY_OTHERS
    if before in ("and", "but", "or", "then") or j < start:
        root = last.root if last else None
        return Verb(i, flags, root.subject if root else None, False, passive)
    subject = subject_before(tokens, i, start)
    if subject is None and last is None:
        subject = phrase_from(tokens, start, i)
        return Verb(i, flags, subject, subject is not None, passive)
    if subject is None:
        root = last.root if last else None
        parent = last if last and last.at >= j - 1 and last.flags & _REPORTING else None
        return Verb(i, flags, root.subject if root else None, False, passive, parent=parent)
    first = subject[0]
    if first - 1 > start and tokens[first - 1].low == "," and tokens[first].flags & Flag.CAPITAL:
        described = phrase_before(tokens, first - 1, start)
        if described and not tokens[described[1] - 1].flags & Flag.CAPITAL:
            first = described[0]
    parent = _parent(tokens, first, start, verbs)
    opener = tokens[first - 1].low if first > start else ""
    return Verb(i, flags, subject, True, passive, opener in _SUBORDINATORS, opener in (",", "but", ";"), parent)


def _participle(tokens: list[Token], i: int, j: int, start: int, verbs: list[Verb]) -> Verb:
    """“…, adding that”; “accused Lee of calling”; “by calling”."""
    flags = tokens[i].flags
    if not verbs:
        named = flags & Flag.CUE and j >= start and tokens[j].flags & (Flag.CAPITAL | Flag.HUMAN)
        subject = phrase_before(tokens, j + 1, start) if named else phrase_from(tokens, start, i)
        return Verb(i, flags, subject, bool(named))
    last = verbs[-1]
    if j >= start and tokens[j].low in ("of", "for") and flags & _REPORTING:
        target = subject_before(tokens, j, max(start, last.at + 1))
        if target and tokens[target[0]].flags & (Flag.CAPITAL | Flag.PRONOUN | Flag.HUMAN):
            return Verb(i, flags, target, True)
    if j > last.at and flags & Flag.CUE and tokens[j].flags & (Flag.CAPITAL | Flag.HUMAN):
        target = subject_before(tokens, i, last.at + 1)
        if target and not (last.flags & Flag.CUE and target[0] == last.at + 1):
            return Verb(i, flags, target, True)
    if (
        flags & Flag.CUE
        and tokens[j].flags & Flag.NOUN
        and not tokens[j].flags & _DOCUMENT
        and _has_words(tokens, i, j)
    ):
        target = phrase_before(tokens, j + 1, last.at + 1)
        if target:
            return Verb(i, flags, target, True)
    if j >= start and tokens[j].low in (",", "—", "“”", "while", "by"):
        return Verb(i, flags, _matrix(tokens, verbs).subject, False)
    return Verb(i, flags, last.root.subject if tokens[j].low in ("and", "or", "but") else last.subject, False)


def _has_words(tokens: list[Token], i: int, j: int) -> bool:
    """Whether the participle tells what a thing says (“a sign reading”) or who does (“with one reader writing”)."""
    if tokens[i].low in ("reading", "stating", "saying", "declaring", "proclaiming"):
        return True
    return any(tokens[n].low == "with" for n in range(max(0, j - 4), j))


def _matrix(tokens: list[Token], verbs: list[Verb]) -> Verb:
    """The verb on which a participle after a comma rests: the last one outside subordinate clauses."""
    for verb in reversed(verbs):
        root = verb.root
        if not root.aside and root.subject and speaks(tokens, root.subject) >= 2:
            return root
    return verbs[-1].root


def _parent(tokens: list[Token], subject: int, start: int, verbs: list[Verb]) -> Verb | None:
    """The reporting verb that the clause with this subject completes (“said [that] Lee was …”)."""
    j = subject - 1
    if j >= start and tokens[j].low in ("that", "whether", "if", "how", "why", "what", "when", "because"):
        j -= 1
    if not verbs:
        return None
    last = verbs[-1]
    around = last if last.flags & _REPORTING else last.parent
    if last.flags & Flag.CUE and _joined(tokens, last.at + 1, j + 1):
        return around
    if last.at == j:
        return around
    if subject > start and tokens[subject - 1].low == "where":
        return last
    if subject > start and tokens[subject - 1].low in ("that", "whether"):
        return around or last
    if subject > start and tokens[subject - 1].low == "what" and tokens[subject].flags & Flag.PRONOUN:
        return last
    if tokens[subject].low in ("that", "which"):
        thing = tokens[subject - 2 if tokens[subject - 1].low == "," else subject - 1] if subject > start + 1 else None
        document = thing and not thing.flags & (Flag.CAPITAL | Flag.HUMAN)
        return last if document else around
    if tokens[subject].low == "who" and tokens[subject - 1].low != ",":
        return around
    if subject > start and tokens[subject - 1].low in _SUBORDINATORS and last.parent:
        return last.parent
    return None


def _joined(tokens: list[Token], start: int, end: int) -> bool:
    """Whether only a hearer and a time stand between a reporting verb and the clause it reports."""
    apart = Flag.PUNCT | Flag.CONJ | Flag.QUOTE | Flag.PREP | Flag.CUE | Flag.VERB | Flag.AUX | Flag.RELATIVE
    return end - start <= 6 and not any(tokens[i].flags & apart for i in range(start, end))
