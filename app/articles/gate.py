"""The publish gate: what the site asks of quotes before readers see them (`ONRECORD_PUBLISH_REQUIRES`)."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles import queries
from app.articles.documents import in_order
from app.errors import Invalid
from app.quotes.models import VERIFIED, Placement

Lacking = Mapping[UUID, list[str]]
"""By quote: what of `confirmed` and `verified` is asked of it and is missing."""

MOST = 100
"""Quotes that one refusal names."""

SHOWN = 80
"""Code points of a quote's words in a refusal."""


class QuotesNotReady(Invalid):
    """Quotes lack what this site asks of them before readers see them (`ONRECORD_PUBLISH_REQUIRES`).

    `quotes` has the first 100, each with its `id`, its `pointer` in the article as it would be, the beginning of its
    words in `exact`, and what is `missing`: `confirmed` or `verified`. `failing` is the number of all. Confirm,
    verify or reject each, or take it out.
    """

    slug, title = "quotes-not-ready", "Quotes lack what publishing asks of them"


def requirements(session: Session) -> list[str]:
    """What the site asks of quotes: `confirmed`, `verified`, both, or nothing."""
    asked = session.scalars(queries.publish_requires()).one()
    return asked.split(",") if asked else []


def lacking(placements: Iterable[Placement], asked: Collection[str]) -> Lacking:
    """What the quotes of a revision lack of what is asked, rejected ones apart."""
    found = {p.quote.id: _missing(p, asked) for p in placements if p.review != "rejected"} if asked else {}
    return {quote_id: missing for quote_id, missing in found.items() if missing}


def check_quotes(
    placements: Iterable[Placement], asked: Collection[str], *, spared: Lacking = MappingProxyType({})
) -> None:
    """Raises `QuotesNotReady` if a quote lacks what is asked of it, but for what it is `spared`."""
    rows = in_order(placements)
    found = lacking(rows, asked)
    failing: list[dict[str, Any]] = [
        {"id": str(p.quote.id), "pointer": f"/quotes/{n}", "exact": _shortened(p.exact), "missing": found[p.quote.id]}
        for n, p in enumerate(rows)
        if set(found.get(p.quote.id, ())) - set(spared.get(p.quote.id, ()))
    ]
    if failing:
        raise QuotesNotReady(
            "Readers see quotes here only once they have what `missing` says of each.",
            quotes=failing[:MOST],
            failing=len(failing),
        )


def _missing(placement: Placement, asked: Iterable[str]) -> list[str]:
    has = {"confirmed": placement.review == "confirmed", "verified": placement.quote.verification in VERIFIED}
    return [name for name in asked if not has[name]]


def _shortened(words: str) -> str:
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
