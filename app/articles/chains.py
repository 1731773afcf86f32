"""Wire shapes of how quotes reached an article, and the making of them."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from pydantic import Field

from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.schemas import ArticleSlug, PageUrl, TitleText
from app.quotes.fragments import at_words
from app.quotes.schemas import HopOut, HopRole, QuoteKind, QuoteOut, Review
from app.schemas import Moment, Out
from app.sources.schemas import SourceOut


class CuedHopOut(Out):
    """One station of the words of a quote, and how the article says so."""

    source: SourceOut
    role: HopRole
    cue: str | None = Field(description="The words of the article that attribute them to it.", examples=["said"])
    url: str | None = Field(description="Where they stand there.", examples=["https://harbour-review.example/ferry"])
    date: dt.date | None = Field(description="When they were said or printed there.")


class QuotedOut(Out):
    """A quote, briefly."""

    id: UUID
    parent: UUID | None = Field(description="The quote within which it stands.")
    exact: str = Field(examples=["We will not leave eleven hundred people without a boat after dark,"])
    kind: QuoteKind
    review: Review
    url: str = Field(
        description="The article's page at these words.", examples=["https://example.org/night-ferry#:~:text=We%20will"]
    )


class ChainOut(Out):
    """The way of one quote."""

    quote: QuotedOut
    hops: list[CuedHopOut] = Field(description="The speaker first, where known; the article's publisher last.")


class ToldOut(Out):
    """The article that the ways end in."""

    id: UUID
    slug: ArticleSlug
    url: PageUrl
    title: TitleText
    canonical_url: str | None = Field(description="The original.", examples=["https://harbour-review.example/ferry"])
    published_at: Moment


class ProvenanceOut(Out):
    """How the words of an article's quotes reached it."""

    article: ToldOut
    publisher: SourceOut
    chains: list[ChainOut] = Field(description="One for each quote that is not rejected, in the order of the text.")


def provenance(article: Article, desk: Desk) -> ProvenanceOut:
    """The ways of all the article's quotes."""
    told = ToldOut(
        id=article.id,
        slug=article.slug,
        url=desk.masthead.url_of(article),
        title=article.revision.title,
        canonical_url=article.canonical_url,
        published_at=article.published_at,
    )
    quotes = desk.quotes(article, article.revision)
    known = {quote.id for quote in quotes}
    outer = {placement.quote_id: placement.parent_id for placement in article.revision.placements}
    parents = {quote.id: outer[quote.id] if outer[quote.id] in known else None for quote in quotes}
    return ProvenanceOut(
        article=told,
        publisher=SourceOut.model_validate(desk.masthead.source),
        chains=[_chain(quote, parents[quote.id], told, article.revision.text) for quote in quotes],
    )


def _chain(quote: QuoteOut, parent: UUID | None, told: ToldOut, text: str) -> ChainOut:
    return ChainOut(
        quote=QuotedOut(
            id=quote.id,
            parent=parent,
            exact=quote.exact,
            kind=quote.kind,
            review=quote.review,
            url=at_words(told.url, text, quote.start, quote.end),
        ),
        hops=list(_hops(quote, told)),
    )


def _hops(quote: QuoteOut, told: ToldOut) -> Iterator[CuedHopOut]:
    """The stations, of which the last two are the article's own: where it was printed first, and here."""
    for hop in quote.attribution:
        cue = quote.cue.text if quote.cue and hop.role == "speaker" else None
        url, date = _printed(hop, told)
        yield CuedHopOut(source=hop.source, role=hop.role, cue=cue, url=url, date=date)


def _printed(hop: HopOut, told: ToldOut) -> tuple[str | None, dt.date | None]:
    """Where and when the words stood at this station."""
    if hop.role == "publisher":
        return told.url, told.published_at.date()
    if hop.role == "reprinted_from":
        return told.canonical_url, None
    return hop.url, hop.date
