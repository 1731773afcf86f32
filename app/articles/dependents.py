"""What else on this site is wrong when a passage was: the articles that repeat it, or quote by way of its page."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.articles import queries, staff_queries
from app.articles.models import Article
from app.articles.schemas import DependentOut, EchoOut
from app.quotes.models import Placement
from app.search.asking import Asked, echoes
from app.search.queries import echoing
from app.search.words import folded

MOST = 50
"""Articles that are named; a passage with more has become a saying."""


def dependents(session: Session, article: Article, passage: str | None, *, at: datetime) -> list[DependentOut]:
    """The other articles that rest on the passage, or on the article as a whole, the latest entered first."""
    urls = _pages(session, article)
    ids = set(session.scalars(staff_queries.coming_from(urls).limit(MOST + 1)))
    asked = echoes(passage or "")
    if asked.wanted:
        ids.update(session.scalars(echoing(asked, session.get_bind().dialect.name).limit(MOST + 1)))
    found = sorted(session.scalars(queries.whole(ids - {article.id})), key=lambda other: other.id, reverse=True)
    return [_dependent(other, list(_echoes(other, asked, urls)), at) for other in found[:MOST]]


def _pages(session: Session, article: Article) -> list[str]:
    """Where the article's page is, and where it was."""
    masthead = session.scalars(queries.masthead()).one()
    return [masthead.url_of(article, row.slug) for row in article.slugs]


def _echoes(article: Article, asked: Asked, urls: Sequence[str]) -> Iterator[Placement]:
    for placement in article.revision.placements:
        if placement.review == "rejected":
            continue
        came_by = any(hop.url in urls for hop in placement.hops)
        if came_by or (asked.wanted and asked.spans(folded(placement.exact), 1)):
            yield placement


def _dependent(article: Article, quotes: Iterable[Placement], at: datetime) -> DependentOut:
    status = article.state(at)
    return DependentOut.model_validate(
        {
            "id": article.id,
            "slug": article.slug,
            "title": article.revision.title,
            "status": status,
            "quotes": [EchoOut(id=quote.quote_id, exact=quote.exact) for quote in quotes],
        }
    )
