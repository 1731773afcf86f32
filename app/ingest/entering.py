"""New articles and all that belongs to them, written a batch at a time."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.articles import queries as articles
from app.articles.actions import citations_of, details_of
from app.articles.documents import excerpt
from app.articles.models import Article, ArticleSlug, Byline, Label, Revision
from app.articles.renditions import show
from app.db import Base, insert_all, new_id
from app.events.actions import Actor, Deed, record_all, touch
from app.ingest.drafts import Made
from app.ingest.found import placements_of
from app.ingest.models import Origin
from app.ingest.names import Names, Slugs, look_up, slug_base
from app.ingest.threads import thread
from app.permissions.models import Permission
from app.quotes.models import Placement
from app.sources.models import Source


@dataclass(slots=True)
class _Entry:
    """An article on its way into the database: its rows, and what the audit log will say."""

    article: Article
    rows: list[Base] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)


def enter(session: Session, batch: list[Made], *, by: Actor, public: bool, at: datetime) -> list[Article]:
    """The articles, whole, as drafts; with `public` those that were public where they come from are published.

    Each has one revision, with every quote suggested for an editor to confirm. All the rows are written with one
    statement for each table.
    """
    if not batch:
        return []
    names = look_up(session, batch, at)
    bases = {slug_base(made.data.title, 80, "article") for made in batch}
    slugs = Slugs(session, bases, articles.slugs_among, articles.slugs_like)
    entries = []
    for made in batch:
        entry = _entry(made, names, slugs.take(slug_base(made.data.title, 80, "article")), by=by, at=at)
        if public and made.item.status == "published":
            _publish(entry, at)
        entries.append(entry)
    insert_all(session, [*names.rows, *(row for entry in entries for row in entry.rows)])
    record_all(session, by, [*names.deeds, *(deed for entry in entries for deed in entry.deeds)])
    if shown := [entry.article for entry in entries if entry.article.is_published]:
        keys = show(session, shown, at=at)
        touch(session, [*(f"article:{article.id}" for article in shown), *(f"feed:{key}" for key in keys)])
    return [entry.article for entry in entries]


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
    revision = _revision(made, article, placements, by=by, at=at)
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
        absences=[],
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


def _revision(made: Made, article: Article, placements: list[Placement], *, by: Actor, at: datetime) -> Revision:
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
        citations=citations_of(placements, article.permissions, kept=[]),
    )
    for placement in placements:
        placement.revision_id = revision.id
    for citation in revision.citations:
        citation.revision_id, citation.source_id = revision.id, citation.source.id
    set_committed_value(article, "revision", revision)
    return revision


def _publish(entry: _Entry, at: datetime) -> None:
    article, revision = entry.article, entry.article.revision
    article.publish(at)
    revision.public_number, revision.public_at = 1, article.updated_at
    entry.deeds.append(
        Deed("publish", "article", article.id, before={"status": "draft"}, after={"status": article.status})
    )
