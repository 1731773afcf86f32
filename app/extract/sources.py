"""The sources of an article, gathered from its quotes, its citations and its credit line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.extract.draft import FoundPermission, FoundQuote, FoundSource, Mention, SourceKind
from app.extract.lexicon.words import FLAGS, Flag
from app.extract.phrases import phrase_from, speaks
from app.extract.tokens import tokenise
from app.extract.who import Resolver

Citations = tuple[tuple[str, SourceKind, str], ...]
_ACCORDING = re.compile(r"\b[Aa]ccording to ")
_NO_ALIAS = Flag.PRONOUN | Flag.DET | Flag.RELATIVE
_REACH = 120


@dataclass(slots=True)
class _Gathered:
    kind: SourceKind
    roles: dict[str, None] = field(default_factory=dict)
    aliases: dict[str, None] = field(default_factory=dict)


def gather_sources(
    quotes: tuple[FoundQuote, ...], cited: Citations, permission: FoundPermission | None
) -> tuple[FoundSource, ...]:
    """Every speaker, intermediary, cited source and first publisher once, in the order of first mention."""
    gathered: dict[str, _Gathered] = {}

    def add(name: str, kind: SourceKind, role: str, alias: str) -> None:
        source = gathered.setdefault(name, _Gathered(kind))
        source.roles[role] = None
        if alias != name and not FLAGS.get(alias.lower(), 0) & _NO_ALIAS:
            source.aliases[alias] = None

    for quote in quotes:
        if quote.speaker and quote.speaker_kind and (name := quote.source_name):
            add(name, quote.speaker_kind, "speaker", quote.speaker.text)
        for hop in quote.via:
            if hop.role != "statement":
                add(hop.name, _kind_of_hop(hop.role), "via", hop.mention.text)
    for name, kind, alias in cited:
        add(name, kind, "cited", alias)
    if permission:
        add(permission.assigner, "publication", "reprinted_from", permission.assigner)
    return tuple(FoundSource(n, g.kind, tuple(g.roles), tuple(g.aliases)) for n, g in gathered.items())


def _kind_of_hop(role: str) -> SourceKind:
    kinds: dict[str, SourceKind] = {"person": "person", "organization": "organization", "document": "document"}
    return kinds.get(role, "unnamed" if role == "unnamed" else "publication")


def find_citations(text: str, quotes: list[FoundQuote], who: Resolver) -> Citations:
    """Named sources on which the article's own words rest (“…, according to Ann Lee”): name, kind, mention."""
    cues = {quote.cue.start for quote in quotes if quote.cue}
    found: list[tuple[str, SourceKind, str]] = []
    for match in _ACCORDING.finditer(text):
        if match.start() in cues or who.is_quoted(match.start()):
            continue
        end = text.find("\n", match.end(), match.end() + _REACH)
        tokens = tokenise(text, match.end(), end if end >= 0 else min(len(text), match.end() + _REACH), [])
        phrase = phrase_from(tokens, 0, len(tokens))
        if phrase and speaks(tokens, phrase) >= 2:
            start, stop = tokens[phrase[0]].start, tokens[phrase[1] - 1].end
            mention = Mention(text[start:stop], start, stop)
            name, kind = who.resolve(mention)
            if name:
                found.append((name, kind, mention.text))
    return tuple(found)
