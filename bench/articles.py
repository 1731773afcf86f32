"""Made-up articles, the same each time: each whole, in no session, with all that it relies on."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from app.articles.models import Article, ArticleSlug, Author, Byline, Citation, Label, Revision, Tag
from app.permissions.models import Permission
from app.quotes.models import Hop, Placement, Quote
from app.sources.models import Source, SourceName
from bench.words import Prose, prose

T = TypeVar("T")

BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=8)
"""Between two articles: a million of them end in 2025."""

REPRINTS = 20
"""One article in so many is a reprint."""

CONTEXT = 32
"""Code points before and after a quote that its selector holds."""

SECTION = "news"
"""The tag that every article bears."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom and what articles share."""

    speakers: list[Source]
    publications: list[Source]
    names: list[SourceName]
    authors: list[Author]
    tags: list[Tag]

    @property
    def sources(self) -> list[Source]:
        return self.speakers + self.publications


def make_cast(articles: int) -> Cast:
    """Speakers, a twentieth as many as articles, and fifty at least; publications, authors and tags."""
    chosen = _random("cast")
    given = ["Ida", "Ole", "Mara", "Jens", "Ruth", "Emil", "Nora", "Karl"]
    families = ["Holm", "Brandt", "Lund", "Voss"]
    many = max(50, min(articles // 20, 20_000))
    people = [f"{chosen.choice(given)} {chosen.choice(families)}{number}" for number in range(many)]
    speakers = [_source(name, "person", number) for number, name in enumerate(people)]
    publications = [_source(f"Gazette {number}", "publication", 50_000 + number) for number in range(10)]
    return Cast(
        speakers=speakers,
        publications=publications,
        names=[_name(source) for source in speakers + publications],
        authors=[Author(id=_id(BEGIN, "author", n), slug=f"author-{n}", name=f"Author {n}") for n in range(100)],
        tags=[_tag(SECTION, "News"), *(_tag(f"topic-{n}", f"Topic {n}") for n in range(1, 300))],
    )


def make_articles(cast: Cast, articles: int) -> Iterator[Article]:
    """Published articles, oldest first, each whole and in no session."""
    for number in range(articles):
        yield make_article(cast, number)


def moment(number: int) -> datetime:
    """When the article of this number was made and published."""
    return BEGIN + number * STEP


def make_article(cast: Cast, number: int) -> Article:
    chosen = _random(number)
    at = moment(number)
    speakers = [_skewed(chosen, cast.speakers) for _ in range(chosen.randint(2, 5))]
    words = prose(chosen, [speaker.name for speaker in speakers])
    tags = dict.fromkeys([cast.tags[0], *(_skewed(chosen, cast.tags) for _ in range(chosen.randint(1, 3)))])
    slug = f"{words.title.lower().replace(' ', '-')[:60]}-{number}"
    article = Article(
        id=_id(at, "article", number),
        slug=slug,
        status="published",
        language="en",
        published_at=at,
        updated_at=at,
        modified_at=at,
        comments_state="open",
        comment_count=0,
        created_at=at,
    )
    author = chosen.choice(cast.authors)
    article.bylines = [Byline(article_id=article.id, author_id=author.id, author=author, position=0)]
    article.labels = [Label(article_id=article.id, tag_id=t.id, tag=t, position=n) for n, t in enumerate(tags)]
    permissions = [_permission(article, chosen.choice(cast.publications))] if number % REPRINTS == 0 else []
    set_committed_value(article, "slugs", [ArticleSlug(slug=slug, article_id=article.id, created_at=at)])
    set_committed_value(article, "permissions", permissions)
    set_committed_value(article, "corrections", [])
    set_committed_value(article, "revision", make_revision(article, words, speakers, _skewed(chosen, cast.speakers)))
    return article


def make_revision(article: Article, words: Prose, speakers: list[Source], between: Source) -> Revision:
    """The first revision; its first quote came through somebody."""
    revision = Revision(
        id=_id(article.created_at, "revision", article.slug),
        article_id=article.id,
        number=1,
        is_current=True,
        public_number=1,
        public_at=article.published_at,
        title=words.title,
        summary=words.summary,
        markdown="\n\n".join(words.blocks),
        html="\n".join(f"<p>{block}</p>" for block in words.blocks),
        text=words.text,
        details={},
        created_at=article.created_at,
    )
    revision.placements = [
        _placement(revision, words, number, speakers[said.speaker]) for number, said in enumerate(words.quotes)
    ]
    first = revision.placements[0]
    first.hops = [Hop(placement_id=first.id, position=0, source_id=between.id, source=between, role="via")]
    relied = [*((speakers[said.speaker], "speaker") for said in words.quotes), (between, "via")]
    relied += [(permission.assigner, "reprinted_from") for permission in article.permissions]
    revision.citations = [
        Citation(revision_id=revision.id, source_id=source.id, source=source, role=role)
        for source, role in dict.fromkeys(relied)
    ]
    return revision


def _placement(revision: Revision, words: Prose, number: int, speaker: Source) -> Placement:
    said, whole = words.quotes[number], revision.text
    at = revision.created_at
    quote_id = _id(at, "quote", revision.id, number)
    return Placement(
        id=_id(at, "placement", revision.id, number),
        quote_id=quote_id,
        quote=Quote(id=quote_id, article_id=revision.article_id, verification="unverified", created_at=at),
        revision_id=revision.id,
        kind="direct",
        exact=said.exact,
        prefix=whole[max(0, said.start - CONTEXT) : said.start],
        suffix=whole[said.end : said.end + CONTEXT],
        start=said.start,
        end=said.end,
        speaker_id=speaker.id,
        speaker=speaker,
        review="confirmed",
        anchor="anchored",
        hops=[],
    )


def _permission(article: Article, publication: Source) -> Permission:
    return Permission(
        id=_id(article.created_at, "permission", article.slug),
        article_id=article.id,
        assigner_id=publication.id,
        assigner=publication,
        credit=f"First published by {publication.name}",
        valid_through=datetime(2090, 1, 1, tzinfo=UTC),
        on_expire="stub",
        created_at=article.created_at,
    )


def _tag(slug: str, name: str) -> Tag:
    return Tag(id=_id(BEGIN, "tag", slug), slug=slug, name=name)


def _source(name: str, kind: str, number: int) -> Source:
    return Source(
        id=_id(BEGIN, "source", number),
        slug=f"{name.lower().replace(' ', '-')}-{number}",
        kind=kind,
        name=name,
        is_site=False,
        created_at=BEGIN,
        modified_at=BEGIN,
    )


def _name(source: Source) -> SourceName:
    return SourceName(
        id=_id(BEGIN, "name", source.slug), source_id=source.id, name=source.name, folded=source.name.casefold()
    )


def _id(at: datetime, *parts: object) -> UUID:
    """A UUIDv7 (RFC 9562) of this moment whose other bits follow from the parts."""
    noise = _random(*parts).getrandbits(74)
    high, low = noise >> 62, noise & (2**62 - 1)
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def _random(*parts: object) -> random.Random:
    return random.Random(repr(parts))  # noqa: S311 (a corpus, no secret)


def _skewed(chosen: random.Random, things: list[T]) -> T:
    """One of them, the first ones far more often."""
    return things[int(len(things) ** chosen.random()) - 1]
