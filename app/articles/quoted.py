"""Quotes apart from their articles: each as readers get it across articles, and under what it is found there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles import documents
from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.schemas import ArticleLinkOut, RecordedQuoteOut
from app.quotes.fragments import at_words
from app.quotes.schemas import QuoteOut
from app.sources.models import Source, SourceRole
from app.sources.queries import roles_of
from app.sources.schemas import RoleOut

SHARES = (2, 3, 4, 7)
"""Code points of a day in ISO 8601 that are its century, decade, year and month: its quotes are found under each."""

Roles = Mapping[UUID, Sequence[tuple[SourceRole, Source | None]]]
"""What sources were, by their ids: each role with the organization where they had it."""


def roles_among(session: Session, articles: Iterable[Article]) -> Roles:
    """The roles of everybody who is quoted in these articles."""
    speakers = {p.speaker_id for article in articles for p in article.revision.placements if p.speaker_id}
    found = defaultdict(list)
    for role, place in session.execute(roles_of(speakers)) if speakers else ():
        found[role.source_id].append((role, place))
    return found


def ready(desk: Desk, article: Article, roles: Roles) -> Iterator[dict[str, Any]]:
    """The quotes of a public article as they are at the desk's moment: what of a `QuoteDocument` does not follow from
    the rendition. They are in the order in which they were made."""
    published = documents.known(article.published_at)
    link = link_to(article)
    text = article.revision.text
    for quote in sorted(desk.quotes(article, article.revision), key=lambda quote: quote.id):
        speaker = quote.speaker.id if quote.speaker else None
        said = next((station.date for station in quote.attribution if station.date), None)
        day = said or published.astimezone(UTC).date()
        recorded = RecordedQuoteOut(
            **dict(quote),
            speaker_roles=[as_role(*each) for each in roles.get(speaker, ()) if held(each[0], day)] if speaker else [],
            url=at_words(desk.masthead.url_of(article), text, quote.start, quote.end),
            article=link,
        )
        yield {
            "quote_id": quote.id,
            "article_id": article.id,
            "day": day,
            "speaker_id": speaker,
            "review": quote.review,
            "card": recorded.model_dump_json().encode(),
            "keys": [*keys_of(quote, article), *(["said:" + part for part in shares(said)] if said else [])],
            "text": quote.exact,
        }


def keys_of(quote: QuoteOut, article: Article) -> Iterator[str]:
    """The lists that the quote is in, but for those of the day."""
    yield from (
        "all",
        f"review:{quote.review}",
        f"kind:{quote.kind}",
        verified(quote.verification),
        f"article:{article.id}",
    )
    yield f"month:{documents.known(article.published_at).astimezone(UTC):%Y-%m}"
    if quote.speaker:
        yield f"speaker:{quote.speaker.id}"
    passed = {hop.source.id for hop in quote.attribution if hop.role in ("via", "reprinted_from")}
    yield from sorted(f"via:{source_id}" for source_id in passed)
    yield from (f"tag:{tag.slug}" for tag in article.tags)


def verified(verification: str) -> str:
    """The list of the quotes with this verification; names of lists have no underscore.

    >>> verified("heard_on_record")
    'verification:heard-on-record'
    """
    return f"verification:{verification.replace('_', '-')}"


def shares(day: date) -> list[str]:
    """The century, decade, year and month of a day, and the day.

    >>> shares(date(2022, 5, 17))
    ['20', '202', '2022', '2022-05', '2022-05-17']
    """
    return [day.isoformat()[:length] for length in SHARES] + [day.isoformat()]


def held(role: SourceRole, day: date) -> bool:
    """Whether the role was held on that day, as far as its dates are known."""
    return (role.valid_from or day) <= day <= (role.valid_through or day)


def as_role(role: SourceRole, organization: Source | None) -> RoleOut:
    return RoleOut(
        title=role.title,
        organization=documents.source(organization) if organization else None,
        valid_from=role.valid_from,
        valid_through=role.valid_through,
    )


def link_to(article: Article) -> ArticleLinkOut:
    return ArticleLinkOut(
        id=article.id,
        slug=article.slug,
        title=article.revision.title,
        published_at=documents.known(article.published_at),
        href=f"/v1/articles/{article.slug}",
    )
