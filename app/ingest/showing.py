"""What the extractor found, in the shapes of the API and in words for an editor. Nothing here needs a database."""

from collections.abc import Callable, Iterator
from typing import Any

from app.extract import Draft, Finding, FoundQuote, Mention
from app.extract.readers.item import Item

SourceShape = Callable[[str, str], dict[str, Any]]
"""The shape of the source of this name and kind."""

UNSURE = 0.5
"""Below this confidence a speaker is more often wrong than right."""


def to_look_at(draft: Draft) -> Iterator[Finding]:
    """What an editor should look at before he publishes: headlines, and speakers that are missing or unsure."""
    yield from draft.warnings
    said = [quote for quote in draft.quotes if quote.speech]
    if nobody := sum(quote.speaker is None for quote in said):
        yield Finding("quotes_without_speaker", _counted(nobody, "quote has no speaker.", "quotes have no speaker."))
    if unsure := sum(quote.speaker is not None and quote.confidence < UNSURE for quote in said):
        yield Finding("unsure_speakers", _counted(unsure, "speaker is a guess.", "speakers are guesses."))
    if draft.permission is not None:
        yield Finding("permission", f"It stands under a permission of {draft.permission.assigner}; check its terms.")


def undated(item: Item) -> Iterator[Finding]:
    """That an article is public where it comes from, and the file does not tell since when."""
    if item.status == "published" and item.published_at is None:
        yield Finding("no_date", "It has no date; one is set when it is published.")


def unready_quotes(number: int) -> Iterator[Finding]:
    """That so many quotes keep an article from being published."""
    if number:
        lack = "lacks what publishing asks of it.", "lack what publishing asks of them."
        yield Finding("quotes_not_ready", _counted(number, f"quote {lack[0]}", f"quotes {lack[1]}"))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def unkept(name: str, kind: str) -> dict[str, Any]:
    """A source without id and slug, which only what is kept has."""
    return {"id": None, "slug": None, "kind": kind, "name": name, "url": None}


def draft_shape(draft: Draft, *, site: dict[str, Any] | None = None, source: SourceShape = unkept) -> dict[str, Any]:
    """Quotes, sources, permission and warnings as an import would make them. `site`: the source that is the last
    station of every quote."""
    kinds: dict[str, str] = {found.name: found.kind for found in draft.sources}
    ending = []
    if draft.permission is not None:
        ending.append(_hop(source(draft.permission.assigner, "publication"), "reprinted_from"))
    if site is not None:
        ending.append(_hop(site, "publisher"))
    permission = None
    if draft.permission is not None:
        permission = {
            "assigner": source(draft.permission.assigner, "publication"),
            "credit": draft.permission.credit,
            "valid_from": None,
            "valid_through": None,
            "on_expire": "stub",
        }
    return {
        "quotes": [_quote_shape(found, kinds, ending, source) for found in draft.quotes],
        "sources": [
            {"source": source(found.name, found.kind), "role": role} for found in draft.sources for role in found.roles
        ],
        "permission": permission,
        "warnings": [{"code": found.code, "detail": found.detail} for found in to_look_at(draft)],
    }


def _quote_shape(
    found: FoundQuote, kinds: dict[str, str], ending: list[dict[str, Any]], source: SourceShape
) -> dict[str, Any]:
    """A quote with its whole way, in the article's quote shape."""
    speaker = None
    if name := found.source_name:
        speaker = source(name, (found.speaker_kind if found.speaker_name else None) or "unnamed")
    way: list[dict[str, Any]] = []
    if speaker is not None:
        way.append(_hop(speaker, "speaker"))
    way += [_hop(source(via.name, kinds.get(via.name, "publication")), "via") for via in found.via]
    passed = {station["source"]["name"] for station in way}
    return {
        "id": None,
        "kind": found.kind,
        "exact": found.exact,
        "prefix": found.prefix,
        "suffix": found.suffix,
        "start": found.start,
        "end": found.end,
        "speaker": speaker,
        "speaker_mention": _span(found.speaker),
        "cue": _span(found.cue),
        "attribution": way + [station for station in ending if station["source"]["name"] not in passed],
        "review": "suggested",
        "anchor": "anchored",
        "confidence": round(found.confidence, 3),
        "verification": "unverified",
    }


def _hop(source: dict[str, Any], role: str) -> dict[str, Any]:
    return {"source": source, "role": role, "url": None, "date": None}


def _span(mention: Mention | None) -> dict[str, Any] | None:
    return {"text": mention.text, "start": mention.start, "end": mention.end} if mention else None


def in_words(name: str, draft: Draft) -> Iterator[str]:
    """The draft of a file in lines for an editor: each quote with speaker, way, rule and confidence; then warnings."""
    yield f"{name}: {draft.title or '(no title)'}"
    if draft.published_on or draft.byline:
        yield "  " + ", ".join(
            [f"{draft.published_on}"] * bool(draft.published_on) + [f"by {draft.byline}"] * bool(draft.byline)
        )
    for number, quote in enumerate(draft.quotes, 1):
        yield f"  {number}. “{_shortened(quote.exact)}” ({quote.kind}, {quote.start}–{quote.end})"
        yield f"     {_said_by(quote)}"
    yield from (f"  ! {found.code}: {found.detail}" for found in to_look_at(draft))


def _said_by(quote: FoundQuote) -> str:
    if not quote.speech:
        return "probably no quote: a title, a term, or words held at a distance"
    if quote.speaker is None:
        return f"no speaker found; confidence {quote.confidence:.2f}"
    name, mention = quote.source_name, quote.speaker.text
    named = mention if name == mention else f"{name or 'nobody by name'} (“{mention}”)"
    way = "".join(f", via {via.name}" for via in quote.via)
    return f"{named}{way}; rule “{quote.rule}”, confidence {quote.confidence:.2f}"


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 100 else f"{words[:98]}…"
