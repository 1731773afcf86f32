"""The sources of an article, gathered from its quotes and its credit line."""

from __future__ import annotations

from app.extract.draft import FoundPermission, FoundQuote, FoundSource, SourceKind


def gather_sources(quotes: tuple[FoundQuote, ...], permission: FoundPermission | None) -> tuple[FoundSource, ...]:
    """Every named speaker, intermediary and first publisher once, in the order of their first mention."""
    kinds: dict[str, SourceKind] = {}
    roles: dict[str, dict[str, None]] = {}
    aliases: dict[str, dict[str, None]] = {}

    def add(name: str, kind: SourceKind, role: str, alias: str | None) -> None:
        kinds.setdefault(name, kind)
        roles.setdefault(name, {})[role] = None
        known = aliases.setdefault(name, {})
        if alias and alias != name:
            known[alias] = None

    for quote in quotes:
        if quote.speaker_name and quote.speaker_kind:
            add(quote.speaker_name, quote.speaker_kind, "speaker", quote.speaker.text if quote.speaker else None)
        for hop in quote.via:
            add(hop.name, "publication", "via", hop.mention.text)
    if permission:
        add(permission.assigner, "publication", "reprinted_from", None)
    return tuple(FoundSource(name, kinds[name], tuple(roles[name]), tuple(aliases[name])) for name in kinds)
