"""New articles and all that belongs to them, written a batch at a time."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.articles import staff_queries
from app.articles.actions import citations_of, details_of
from app.articles.gate import lacking, requirements
from app.articles.models import Article, ArticleSlug, Byline, Citation, Label, Revision
from app.articles.renditions import show
from app.articles.sealing import excerpt
from app.db import Base, insert_all, new_id
from app.events.actions import Actor, Deed, record_all, touch
from app.ingest.drafts import Made
from app.ingest.found import placements_of
from app.ingest.models import Origin
from app.ingest.names import Names, Slugs, look_up, slug_base
from app.ingest.threads import thread
from app.permissions.models import Permission
from app.quotes.models import Placement
from app.schemas import id_from
from app.sources.models import Source


@dataclass(slots=True)
class _Entry:
    """An article on its way into the database: its rows, and what the audit log will say."""

    article: Article
    rows: list[Base] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)


def enter(session: Session, batch: list[Made], *, by: Actor, public: bool, at: datetime) -> list[Article]:
    """The articles, whole, as drafts; with `public` those that were public where they come from are published, unless
    their quotes lack what the site asks of them.

    Each has one revision, with every quote suggested for an editor to confirm. All the rows are written with one
    statement for each table.
    """
    if not batch:
        return []
    names = look_up(session, batch, at)
    bases = {_slug_base(made) for made in batch} | {slug for made in batch for slug in _former_slugs(made)}
    slugs = Slugs(session, bases, staff_queries.slugs_among, staff_queries.slugs_like)
    asked = requirements(session) if public else []
    entries = []
    for made in batch:
        entry = _entry(made, names, slugs.take(_slug_base(made)), by=by, at=at)
        is_due = made.item.published_at is None or made.item.published_at <= at
        is_wanted = public and made.item.status == "published" and is_due
        if is_wanted and not lacking(entry.article.revision.placements, asked):
            _publish(entry, made.item.updated_at, at)
        entries.append(entry)
    for made, entry in zip(batch, entries, strict=True):  # an old address only where no article has it for its own
        former = slugs.take_all(_former_slugs(made))
        rows = [ArticleSlug(slug=slug, article_id=entry.article.id, created_at=at) for slug in former]
        set_committed_value(entry.article, "slugs", [*entry.article.slugs, *rows])  # readers are told of them too
        entry.rows += rows
    insert_all(session, [*names.rows, *(row for entry in entries for row in entry.rows)])
    record_all(session, by, [*names.deeds, *(deed for entry in entries for deed in entry.deeds)])
    if shown := [entry.article for entry in entries if entry.article.is_published]:
        keys = show(session, shown, at=at)
        touch(session, [*(f"article:{article.id}" for article in shown), *(f"feed:{key}" for key in keys)])
    return [entry.article for entry in entries]


def _slug_base(made: Made) -> str:
    """How the article's slug begins: as its address did where it comes from, else as its title does."""
    old = slug_base(made.item.slug or "", 120, "")
    return old if old and id_from(old) is None else slug_base(made.data.title, 80, "article")


def _former_slugs(made: Made) -> list[str]:
    old = [slug_base(name, 120, "") for name in made.item.former_slugs]
    return [slug for slug in old if slug and id_from(slug) is None]


def _entry(made: Made, names: Names, slug: str, *, by: Actor, at: datetime) -> _Entry:
    article = _article(made, names, slug, at)
    entry = _Entry(article)
    source_of = cache(names.source)  # of namesakes, one for the whole article
    permissions = []
    if made.draft.permission is not None:
        assigner = source_of(made.draft.permission.assigner, "publication")
        permissions = [_permission(article, assigner, made.draft.permission.credit, at)]
    set_committed_value(article, "permissions", permissions)
    placements = placements_of(made.draft, made.body.text, source_of, article_id=article.id, at=at)
    cited = [source_of(found.name, found.kind) for found in made.item.cited]
    revision = _revision(made, article, placements, cited, by=by, at=at)
    comments = thread(article, made.item.comments, at=at)
    article.comment_count = sum(comment.status == "approved" for comment in comments)
    entry.rows += [
        article,
        *article.slugs,
        *article.bylines,
        *article.labels,
        revision,
        *(placement.quote for placement in placements),
        *placements,
        *(hop for placement in placements for hop in placement.hops),
        *revision.citations,
        *permissions,
        *comments,
        Origin(key=made.key, article_id=article.id, imported_at=at, digest=made.digest, revision=1),
    ]
    entry.deeds.append(Deed("create", "article", article.id, after=excerpt(revision)))
    entry.deeds += [
        Deed("permit", "article", article.id, after={"assigner": p.assigner.slug, "credit": p.credit})
        for p in permissions
    ]
    return entry


def _article(made: Made, names: Names, slug: str, at: datetime) -> Article:
    data = made.data
    article = Article(
        id=new_id(),
        slug=slug,
        status="draft",
        language=data.language,
        canonical_url=data.canonical_url,
        published_at=data.published_at,
        comments_state=data.comments_state,
        comment_count=0,
        created_at=at,
    )
    authors = [names.author(name) for name in dict.fromkeys(data.authors)]
    tags = [names.tag(name) for name in dict.fromkeys(data.tags)]
    article.bylines = [
        Byline(article_id=article.id, author_id=a.id, author=a, position=n) for n, a in enumerate(authors)
    ]
    article.labels = [Label(article_id=article.id, tag_id=t.id, tag=t, position=n) for n, t in enumerate(tags)]
    set_committed_value(article, "slugs", [ArticleSlug(slug=slug, article_id=article.id, created_at=at)])
    set_committed_value(article, "corrections", [])
    return article


def _permission(article: Article, assigner: Source, credit: str, at: datetime) -> Permission:
    return Permission(
        id=new_id(),
        article_id=article.id,
        assigner_id=assigner.id,
        assigner=assigner,
        credit=credit[:1000],
        on_expire="stub",
        created_at=at,
    )


def _revision(
    made: Made, article: Article, placements: list[Placement], cited: list[Source], *, by: Actor, at: datetime
) -> Revision:
    about = [Citation(source=source, source_id=source.id, role="cited") for source in dict.fromkeys(cited)]
    revision = Revision(
        id=new_id(),
        article_id=article.id,
        number=1,
        is_current=True,
        title=made.data.title,
        summary=made.data.summary,
        markdown=made.body.markdown,
        html=made.body.html,
        text=made.body.text,
        details=details_of(article),
        note="imported",
        author_id=by.user_id,
        created_at=at,
        placements=placements,
        citations=citations_of(placements, article.permissions, kept=about),
    )
    for placement in placements:
        placement.revision_id = revision.id
    for citation in revision.citations:
        citation.revision_id, citation.source_id = revision.id, citation.source.id
    set_committed_value(article, "revision", revision)
    return revision


def _publish(entry: _Entry, updated_at: datetime | None, at: datetime) -> None:
    article, revision = entry.article, entry.article.revision
    article.updated_at = updated_at if updated_at and updated_at <= at else None
    article.publish(at)
    revision.public_number, revision.public_at = 1, article.updated_at
    entry.deeds.append(
        Deed("publish", "article", article.id, before={"status": "draft"}, after={"status": article.status})
    )
