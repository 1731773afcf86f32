"""The verbs of a sentence, each with its subject: as much grammar as telling a speaker needs.

No parser: a subject is the noun phrase before the verb, or it is shared with an earlier verb
(“A said B and called C …”, “A said B, adding …”, “A promised to call …”).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.extract.lexicon import listed
from app.extract.lexicon.words import Flag
from app.extract.phrases import POSSESSIVE_MARKS, Phrase, phrase_before, phrase_from, speaks
from app.extract.subjects import subject_before
from app.extract.tokens import Token

_VERBAL = Flag.CUE | Flag.WEAK | Flag.VERB | Flag.AUX
_REPORTING = Flag.CUE | Flag.WEAK
_DOCUMENT = Flag.OUTLET | Flag.SPEECH_NOUN
_APART = Flag.PUNCT | Flag.CONJ | Flag.QUOTE | Flag.PREP | Flag.CUE | Flag.VERB | Flag.AUX | Flag.RELATIVE
_RECENT = 12
_BE = frozenset(listed("is are was were be been being 's ’s am 're ’re isn't wasn't isn’t wasn’t get got"))
_SUBORDINATORS = frozenset(
    listed("when after as while because since although though if before until once whereas than")
)
_COMPLEMENTS = frozenset(listed("that whether if how why what when because"))
_OWNERS = frozenset(listed("his her their my our its"))
_OPENS_CONTENT = frozenset(listed("that of about to as : , regarding"))
_ALONE = frozenset(listed("that this all both some many few most one"))
_READ = frozenset(listed("reading stating saying declaring proclaiming"))
_NAMING = frozenset(listed("dubbed nicknamed named termed styled billed titled entitled"))
_BY_OTHERS = frozenset(
    listed(
        """called described labeled labelled branded dubbed known deemed named nicknamed termed billed styled
        considered criticized condemned mocked praised denounced dismissed accused portrayed reported asked told"""
    )
)


@dataclass(slots=True)
class Verb:
    """One verb; `subject` may be inherited.

    `parent` is the verb whose content this one's clause is, `root` the outermost such verb.
    """

    at: int
    flags: int
    subject: Phrase | None
    own: bool
    passive: bool = False
    aside: bool = False
    after_comma: bool = False
    parent: Verb | None = None
    root: Verb = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.parent.root if self.parent else self


def read_verbs(tokens: list[Token], start: int, stop: int) -> list[Verb]:
    """The verbs of `tokens[start:stop]` in order, and nouns of speech that somebody owns (“Lee's claim that”)."""
    verbs: list[Verb] = []
    nouns: list[Verb] = []
    for i in range(start, stop):
        flags = tokens[i].flags
        if not flags & _VERBAL:
            owner = _owner(tokens, i, start, stop) if flags & Flag.SPEECH_NOUN else None
            if owner:
                nouns.append(Verb(i, Flag.WEAK | Flag.SPEECH_NOUN, owner, True))
            continue
        if flags & Flag.AUX and (_leads_on(tokens, i, stop) or _is_possessive(tokens, i, start)):
            continue
        if flags & (Flag.VERB | Flag.PAST) and i > start and _is_adjective(tokens, i, start, stop):
            continue
        verbs.append(_read(tokens, i, start, verbs))
    return sorted(verbs + nouns, key=lambda v: v.at) if nouns else verbs


def _is_adjective(tokens: list[Token], i: int, start: int, stop: int) -> bool:
    """Whether a past form is a participle inside a noun phrase: “his preferred mode”, “of said men”."""
    before = tokens[i - 1]
    if before.low in POSSESSIVE_MARKS:
        return _is_possessive(tokens, i - 1, start)
    if before.flags & Flag.DET and before.low not in _ALONE:
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
        if tokens[j].low in _OWNERS:
            return (j, j + 1)
        if tokens[j].low in POSSESSIVE_MARKS:
            return phrase_before(tokens, j, start)
        if not tokens[j].flags & (Flag.NOUN | Flag.CAPITAL | Flag.ADVERB | Flag.VERB):
            return None
    return None


def _is_possessive(tokens: list[Token], i: int, start: int) -> bool:
    """Whether “'s” is no “is”: it is one after a pronoun or “there” only."""
    return tokens[i].low in POSSESSIVE_MARKS and (
        i == start
        or not (tokens[i - 1].flags & (Flag.PRONOUN | Flag.RELATIVE) or tokens[i - 1].low in ("there", "here"))
    )


def _read(tokens: list[Token], i: int, start: int, verbs: list[Verb]) -> Verb:
    """The verb at `i`: its own subject if one stands before it, else that of an earlier verb."""
    flags = tokens[i].flags
    last = verbs[-1] if verbs else None
    root = last.root.subject if last else None
    j = i - 1
    while j >= start and tokens[j].flags & (Flag.ADVERB | Flag.AUX) and not tokens[j].flags & Flag.RELATIVE:
        j -= 1
    chain = tokens[j + 1 : i]
    before = tokens[j].low if j >= start else ""
    if before == "to" and not flags & Flag.ING:
        return Verb(i, flags, last.subject if last else None, False, parent=last.parent if last else None)
    if flags & Flag.ING and not any(t.flags & Flag.AUX for t in chain):
        return _participle(tokens, i, j, start, verbs)
    passive = tokens[i].low in _BY_OTHERS and any(t.low in _BE for t in chain)
    if before in ("and", "but", "or", "then") or j < start:
        return Verb(i, flags, root, False, passive)
    named = before == "," and i + 1 < len(tokens) and bool(tokens[i + 1].flags & Flag.QUOTE)
    passive = passive or (named and tokens[i].low in _NAMING)
    subject = subject_before(tokens, i, start)
    if subject is not None:
        return _with_subject(tokens, i, subject, passive, start, verbs)
    if last is None:
        subject = phrase_from(tokens, start, i)
        return Verb(i, flags, subject, subject is not None, passive)
    parent = last if last.at >= j - 1 and last.flags & _REPORTING else None
    return Verb(i, flags, root, False, passive, parent=parent)


def _with_subject(tokens: list[Token], i: int, subject: Phrase, passive: bool, start: int, verbs: list[Verb]) -> Verb:
    """The verb at `i` with its own subject; how its clause begins tells what it depends on."""
    first = subject[0]
    if first - 1 > start and tokens[first - 1].low == "," and tokens[first].flags & Flag.CAPITAL:
        described = phrase_before(tokens, first - 1, start)
        head = tokens[described[1] - 1].flags if described else 0
        if described and head & (Flag.HUMAN | Flag.TITLE) and not head & Flag.CAPITAL:
            first = described[0]
    opener = tokens[first - 1].low if first > start else ""
    return Verb(
        i,
        tokens[i].flags,
        subject,
        own=True,
        passive=passive,
        aside=opener in _SUBORDINATORS,
        after_comma=opener in (",", "but", ";"),
        parent=_parent(tokens, first, start, verbs),
    )


def _participle(tokens: list[Token], i: int, j: int, start: int, verbs: list[Verb]) -> Verb:
    """“…, adding that”; “accused Lee of calling”; “by calling”."""
    flags = tokens[i].flags
    before = tokens[j]
    if not verbs:
        named = flags & Flag.CUE and j >= start and before.flags & (Flag.CAPITAL | Flag.HUMAN)
        subject = phrase_before(tokens, j + 1, start) if named else phrase_from(tokens, start, i)
        return Verb(i, flags, subject, bool(named))
    last = verbs[-1]
    target = _nearest(tokens, i, j, start, last)
    if target:
        return Verb(i, flags, target, True)
    if before.low in (",", "—", "“”", "while", "by"):
        return Verb(i, flags, _matrix(tokens, verbs).subject, False)
    subject = last.root.subject if before.low in ("and", "or", "but") else last.subject
    return Verb(i, flags, subject, False, parent=last.parent)


def _nearest(tokens: list[Token], i: int, j: int, start: int, last: Verb) -> Phrase | None:
    """The phrase right before the participle at `i`, when it and no earlier subject is who speaks."""
    flags, before = tokens[i].flags, tokens[j]
    target: Phrase | None = None
    if before.low in ("of", "for") and flags & _REPORTING:
        target = subject_before(tokens, j, max(start, last.at + 1))
        return target if target and tokens[target[0]].flags & (Flag.CAPITAL | Flag.PRONOUN | Flag.HUMAN) else None
    if not flags & Flag.CUE:
        return None
    if j > last.at and before.flags & (Flag.CAPITAL | Flag.HUMAN):
        target = subject_before(tokens, i, last.at + 1)
        heard = target and (last.flags & Flag.CUE and target[0] == last.at + 1)
        if target and not heard and tokens[target[0] - 1].low not in ("to", "from", "for"):
            return target
    if before.flags & Flag.NOUN and not before.flags & _DOCUMENT and _has_words(tokens, i, j):
        return phrase_before(tokens, j + 1, last.at + 1)
    return None


def _has_words(tokens: list[Token], i: int, j: int) -> bool:
    """Whether the participle tells what a thing says (“a sign reading”) or who does (“with one reader writing”)."""
    if tokens[i].low in _READ:
        return True
    return any(tokens[n].low == "with" for n in range(max(0, j - 4), j))


def _matrix(tokens: list[Token], verbs: list[Verb]) -> Verb:
    """The verb on which a participle after a comma rests: the last one outside subordinate clauses."""
    for verb in reversed(verbs[-_RECENT:]):
        root = verb.root
        if not root.aside and root.subject and speaks(tokens, root.subject) >= 2:
            return root
    return verbs[-1].root


def _parent(tokens: list[Token], first: int, start: int, verbs: list[Verb]) -> Verb | None:
    """The verb whose content the clause is that begins at `first`: “said [that] Lee was”, “the note that says”."""
    last = next((v for v in reversed(verbs[-_RECENT:]) if v.at < first), None)
    if last is None:
        return None
    around = last if last.flags & _REPORTING else last.parent
    opener = tokens[first - 1].low if first > start else ""
    j = first - 2 if opener in _COMPLEMENTS else first - 1
    if last.at == j or (last.flags & Flag.CUE and _joined(tokens, last.at + 1, j + 1)):
        return around
    if opener == "where" or (opener == "what" and tokens[first].flags & Flag.PRONOUN):
        return last
    if opener in ("that", "whether"):
        return around or last
    if tokens[first].low in ("that", "which"):
        return around if first - start > 1 and _acts(tokens[first - 2 if opener == "," else first - 1]) else last
    if tokens[first].low == "who" and opener != ",":
        return around
    return last.parent if opener in _SUBORDINATORS else None


def _acts(token: Token) -> bool:
    """Whether a relative clause on this word has it speak: a body or person does, a letter is somebody's."""
    return bool(token.flags & (Flag.CAPITAL | Flag.HUMAN))


def _joined(tokens: list[Token], start: int, end: int) -> bool:
    """Whether only a hearer and a time stand between a reporting verb and the clause it reports."""
    return end - start <= 6 and not any(tokens[i].flags & _APART for i in range(start, end))
