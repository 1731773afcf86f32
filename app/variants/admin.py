"""`/v1/admin/misquotes`: words that cannot all be right, for an editor to decide."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.documents import Desk
from app.articles.quoting import QuoteEditor
from app.articles.renditions import open_desk
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record.schemas import StaffQuoteOut
from app.schemas import Page
from app.variants import queries
from app.variants.actions import decide
from app.variants.delivery import differences
from app.variants.models import Misquote
from app.variants.schemas import MisquoteDecisionIn, MisquoteLabel, MisquoteOut, MisquoteState, SidedQuoteOut

router = Router(prefix="/v1/admin/misquotes", tags=["admin"])

MisquoteId = Annotated[UUID, Path(description="Id of a misquote.")]


class MisquoteFilters(Paging):
    state: MisquoteState = Field(default="open", description="Only in this state.")
    label: MisquoteLabel | None = Field(default=None, description="Only those of this kind.")


@router.get("", response_model=Page[MisquoteOut])
def list_misquotes(
    request: Request, site: SiteDep, _by: QuoteEditor, filters: Annotated[MisquoteFilters, Query()]
) -> Response:
    """List quotes that cannot both be right, and headlines that quote what the text has not; the newest first.

    Of articles in any state but the trash. A change is told of here within seconds.
    """
    query = queries.in_sight().where(Misquote.state == filters.state)
    if filters.label is not None:
        query = query.where(Misquote.label == filters.label)
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(Misquote.id.expression, None, descending=True, parse=UUID),
            request=request,
            cursors=site.cursors,
            limit=filters.limit,
            count=filters.count == "exact",
        )
        items = [shown.model_dump_json().encode() for shown in _shown(session, listing.rows)]
    return private(listing.to_json(items), headers=listing.links())


@router.post("/{misquote_id}/decision", response_model=MisquoteOut, responses=refusals(404, 422))
def decide_misquote(
    site: SiteDep, by: QuoteEditor, misquote_id: MisquoteId, data: MisquoteDecisionIn, retries: RetriesDep
) -> Response:
    """Say whether it is a misquote, or that it is to be looked at again. The last decision stands."""
    with site.database.writer.session() as session:

        def act() -> Response:
            found = decide(session, misquote_id, data.state, by=by, at=now())
            session.flush()
            (shown,) = _shown(session, [found])
            return private(shown.model_dump_json().encode())

        return retries.once(session, act)


def _shown(session: Session, rows: Sequence[Misquote]) -> Iterator[MisquoteOut]:
    """Their shapes, by as many statements for a page as for one."""
    firsts: dict[UUID, list[tuple[UUID, int]]] = {}
    phrasings = {each for row in rows for each in (row.phrasing_id, row.other_id) if each}
    for phrasing_id, quote_id, many in session.execute(queries.first_quotes(phrasings)):
        firsts.setdefault(phrasing_id, []).append((quote_id, many))
    ids = [quote_id for some in firsts.values() for quote_id, _ in some]
    placed = {row[0].quote_id: row for row in session.execute(queries.placed(ids))}
    heads = {row.id: row for row in session.scalars(queries.articles([r.article_id for r in rows if r.article_id]))}
    desk = open_desk(session, now())
    for row in rows:
        sides = _sides(row, firsts)
        known = [(*placed[quote_id], many) for quote_id, many in sides if quote_id in placed]
        head = heads.get(row.article_id) if row.article_id else None
        fields: Any = {name: getattr(row, name) for name in ("id", "label", "state", "words", "found_at", "decided_at")}
        yield MisquoteOut(
            **fields,
            article=documents.staff_card(head, desk.at) if head else None,
            quotes=[SidedQuoteOut(count=many, quote=_quote(p, a, desk)) for p, a, many in known],
            diff=differences(known[0][0].exact, known[1][0].exact) if len(known) > 1 else None,
        )


def _sides(row: Misquote, firsts: dict[UUID, list[tuple[UUID, int]]]) -> list[tuple[UUID, int]]:
    """The quotes to show: all speakers of the same words, or one quote of either wording."""
    if row.phrasing_id is None or row.other_id is None:
        return []
    if row.phrasing_id == row.other_id:
        return firsts.get(row.phrasing_id, [])
    return [side[0] for each in (row.phrasing_id, row.other_id) if (side := firsts.get(each))]


def _quote(placement: Any, article: Any, desk: Desk) -> StaffQuoteOut:
    shown = documents.quote(placement, article.revision.text, list(desk.ending(article)))
    return StaffQuoteOut(**shown.model_dump(), article=documents.staff_card(article, desk.at))
