"""`/v1/admin/sourcing`: on how many sources articles rest, and how many of these stay unnamed."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field
from starlette.responses import Response

from app.accounts.access import needs
from app.context import Router, SiteDep
from app.db import now
from app.events.actions import Actor
from app.graph import queries
from app.graph.reports import Window, look, looked_at, standing
from app.graph.schemas import SourcingItemOut, SourcingOut
from app.graph.sourcing import By, added_up
from app.http import private

router = Router(prefix="/v1/admin", tags=["admin"])


class SourcingFilters(Window):
    by: By = Field(default="month", description="What to add up by. An article with two authors counts for each.")


@router.get("/sourcing", response_model=SourcingOut)
def read_sourcing(
    site: SiteDep, _by: Annotated[Actor, Depends(needs("articles:read"))], filters: Annotated[SourcingFilters, Query()]
) -> Response:
    """Read on how many sources published articles rest, and which share of these is unnamed, by article, author, tag
    or month. A source is one whose own words are quoted, or which is cited itself."""
    at = now()
    with site.database.reader() as session:
        report = standing(session, f"sourcing {filters.by}", filters)
        if report and filters.by != "article":
            items = [SourcingItemOut(**row) for row in report.rows]
            looked = looked_at(report, [], at)
        else:
            looked = looked_at(report, report.rows, at) if report else look(session, filters, at)
            rows = session.execute(queries.sourcing(looked.articles)).all()
            if filters.by == "article":
                rows = rows[: filters.limit]
            items = added_up(session, filters.by, looked.articles, rows, at)
    shown = SourcingOut(items=items[: filters.limit], **looked.said())
    return private(shown.model_dump_json().encode())
