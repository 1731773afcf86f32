"""The line of an article as its rows."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles import documents
from app.articles.body import render
from app.articles.models import Article, ArticleSlug, Author, Byline, Citation, Label, Revision, Tag
from app.comments.models import ArticleRules
from app.corrections.models import Correction
from app.db import Base
from app.editions.models import Edition
from app.evidence.actions import digest
from app.evidence.models import Evidence
from app.ingest import queries
from app.ingest.article_lines import ArticleLine, EditionLine, EvidenceLine, PlacementLine, RevisionLine
from app.ingest.models import Origin
from app.media.models import Illustration, Image
from app.permissions.models import Permission
from app.quotes.models import Hop, Placement, Quote
from app.sources.models import Source

Table = type[Author] | type[Tag] | type[Source] | type[Image]


class Refused(Exception):
    """The line cannot become rows; the message is a plain sentence."""


class Names:
    """The ids of authors, tags and sources by their slugs, and of images by their digests, each asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Table, dict[str, UUID]] = {Author: {}, Tag: {}, Source: {}, Image: {}}

    def ids(self, table: Table, slugs: Iterable[str | None]) -> dict[str, UUID]:
        """The id for each of these names, and perhaps more. Raises `Refused` if one names nothing."""
        known = self._known[table]
        wanted = {slug for slug in slugs if slug is not None}
        if asked := wanted - known.keys():
            known.update((row[0], row[1]) for row in self._session.execute(queries.ids_of(table, asked)))
        if unknown := min(wanted - known.keys(), default=None):
            raise Refused(f"It names the {table.__name__.lower()} “{unknown}”, who or which is not here.")
        return known

    def source(self, slug: str) -> Source:
        """The source with this slug. Raises `Refused` if there is none."""
        return self._session.get_one(Source, self.ids(Source, [slug])[slug])


def rows_of(line: ArticleLine, names: Names) -> tuple[Article, list[Base]]:
    """The article, and all its rows. Raises `Refused` for a name that is not known."""
    own = line.model_dump(include=set(Article.__table__.columns.keys()))
    return Article(**own, comment_count=0), [*_belongings(line, names)]


def _belongings(line: ArticleLine, names: Names) -> Iterator[Base]:
    authors, tags = names.ids(Author, line.authors), names.ids(Tag, line.tags)
    sources = names.ids(Source, _sources(line))
    yield from (ArticleSlug(article_id=line.id, **row.model_dump()) for row in line.slugs)
    yield from (Byline(article_id=line.id, author_id=authors[s], position=n) for n, s in enumerate(line.authors))
    yield from (Label(article_id=line.id, tag_id=tags[s], position=n) for n, s in enumerate(line.tags))
    for row in line.quotes:
        yield Quote(article_id=line.id, **row.model_dump(exclude={"evidence"}))
        yield from (_evidence(row.id, found) for found in row.evidence)
    yield from (Origin(article_id=line.id, **row.model_dump()) for row in line.origins)
    for permission in line.permissions:
        assigner = sources[permission.assigner]
        yield Permission(article_id=line.id, assigner_id=assigner, **permission.model_dump(exclude={"assigner"}))
    images = names.ids(Image, (row.image for revision in line.revisions for row in revision.images))
    for revision in line.revisions:
        yield from _revision(line, revision, sources)
        yield from (Illustration(revision_id=revision.id, position=n, image_id=images[d]) for n, d in _images(revision))
    for correction in line.corrections:
        mended_by = correction.revision
        yield Correction(article_id=line.id, revision_id=mended_by, **correction.model_dump(exclude={"revision"}))
    if line.comment_rules is not None:
        yield ArticleRules(article_id=line.id, **line.comment_rules.model_dump())
    yield from (_edition(line, edition, names) for edition in line.editions)


def _images(revision: RevisionLine) -> Iterator[tuple[int, str]]:
    return ((row.position, row.image) for row in revision.images)


def _edition(line: ArticleLine, edition: EditionLine, names: Names) -> Edition:
    head = dict(edition.head)
    known = names.ids(Source, head["assigners"])
    head["assigners"] = [str(known[slug]) for slug in head["assigners"]]
    if granted := head["permission"]:
        assigner = documents.source(names.source(granted["assigner"]))
        head["permission"] = granted | {"assigner": assigner.model_dump(mode="json")}
    span = edition.model_dump(include={"since", "until"})
    return Edition(article_id=line.id, revision_id=edition.revision, head=head, **span)


def _evidence(quote_id: UUID, line: EvidenceLine) -> Evidence:
    return Evidence(quote_id=quote_id, source_sha256=digest(line.source_text), **line.model_dump())


def _sources(line: ArticleLine) -> Iterator[str | None]:
    """The slug of every source that the line names."""
    yield from (row.assigner for row in line.permissions)
    for revision in line.revisions:
        yield from (row.source for row in revision.citations)
        for quote in revision.quotes:
            yield quote.speaker
            yield from (hop.source for hop in quote.hops)


def _revision(line: ArticleLine, revision: RevisionLine, sources: dict[str, UUID]) -> Iterator[Base]:
    yield Revision(
        **revision.model_dump(exclude={"saved_by", "quotes", "citations", "images"}),
        article_id=line.id,
        is_current=revision is line.revisions[-1],
        html=render(revision.markdown).html,
        author_id=revision.saved_by,
    )
    for quote in revision.quotes:
        yield from _placement(revision.id, quote, sources)
    for row in revision.citations:
        yield Citation(revision_id=revision.id, source_id=sources[row.source], role=row.role)


def _placement(revision: UUID, quote: PlacementLine, sources: dict[str, UUID]) -> Iterator[Base]:
    yield Placement(
        **quote.model_dump(exclude={"quote", "speaker", "parent", "hops"}),
        revision_id=revision,
        quote_id=quote.quote,
        parent_id=quote.parent,
        speaker_id=sources[quote.speaker] if quote.speaker else None,
    )
    for position, hop in enumerate(quote.hops):
        source = sources[hop.source]
        yield Hop(placement_id=quote.id, position=position, source_id=source, **hop.model_dump(exclude={"source"}))
