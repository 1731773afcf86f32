from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.articles import staff_queries
from app.articles.body import Body, render
from app.articles.gate import check_quotes, lacking, requirements
from app.articles.illustrating import check_ready, illustrate, lead_of
from app.articles.models import Article, ArticleSlug, Citation, Revision
from app.articles.naming import claim, free_slug, rename, set_names
from app.articles.renditions import refresh
from app.articles.scheduling import note_step, show_current, unscheduled
from app.articles.schemas import ArticleIn, ArticlePatch
from app.articles.sealing import excerpt
from app.articles.states import Trashed, check_step
from app.db import new_id, now
from app.errors import Invalid, NotFound
from app.events.actions import Actor, record, take_turn, tell
from app.media.models import Image
from app.permissions.models import Permission
from app.quotes.actions import carry, lapse, unsettled
from app.quotes.models import Placement
from app.schemas import in_utc

Change = Callable[[list[Placement], str], None]
"""Gets the placements carried to a revision's text, and that text; it may edit, add to and take from the list."""


def find(session: Session, reference: str, *, lock: bool = False) -> Article:
    """The article in any state, whole, and with `lock` nobody else changes it meanwhile. Raises `NotFound`."""
    if lock:
        take_turn(session)
    article = session.scalar(staff_queries.for_staff(reference))
    if article is None:
        raise NotFound("There is no such article.")
    return article


def create(session: Session, data: ArticleIn, *, by: Actor, at: datetime) -> Article:
    """A draft with its first revision. Raises `SlugTaken`, or `Invalid` for a body without text."""
    take_turn(session)
    body = _body(data.markdown)
    article = Article(
        id=new_id(),
        slug=claim(session, data.slug) if data.slug else free_slug(session, data.title),
        status="draft",
        language=data.language,
        canonical_url=data.canonical_url,
        published_at=data.published_at,
        updated_at=None,
        modified_at=None,
        comments_state=data.comments_state,
        comment_count=0,
        created_at=at,
        bylines=[],
        labels=[],
    )
    _check_dates(article, at)
    slug = ArticleSlug(slug=article.slug, article_id=article.id, created_at=at)
    set_names(session, article, data.authors, data.tags)
    session.add_all([article, slug])
    session.flush()
    revision = _first_revision(article, data, body, by=by, at=at)
    revision.illustrations = illustrate(session, data.image, body.html)
    session.add(revision)
    session.flush()
    record(session, by, "create", "article", article.id, after=excerpt(revision))
    # Loading the whole article to find what has just been written would cost as much as writing it.
    for name, value in (("revision", revision), ("slugs", [slug]), ("permissions", []), ("corrections", [])):
        set_committed_value(article, name, value)
    return article


def edit(
    session: Session,
    article: Article,
    data: ArticlePatch,
    *,
    by: Actor,
    at: datetime,
    change: Change | None = None,
) -> Article:
    """Change what `data` names, as a new revision to which every quote is carried; `change` as in `revise`.

    A published article is new to readers at once. Raises `Invalid`, `SlugTaken`, `Trashed`.
    """
    check_not_trashed(article)
    given = data.model_dump(exclude_unset=True)
    old = article.revision
    old_slug = article.slug
    if data.slug and data.slug != article.slug:
        rename(session, article, data.slug, at=at)
    if "published_at" in given and article.state(at) == "scheduled":
        raise Invalid("It is scheduled.", errors=[{"pointer": "/published_at", "detail": "change the schedule"}])
    for name in ("language", "canonical_url", "published_at", "comments_state"):
        if name in given:
            setattr(article, name, given[name])
    if "published_at" in given:
        _check_dates(article, at)
    set_names(session, article, data.authors, data.tags)
    body = _body(data.markdown) if data.markdown else Body(old.markdown, old.html, old.text)
    revise(
        session,
        article,
        by=by,
        at=at,
        title=data.title or old.title,
        summary=given.get("summary", old.summary),
        body=body,
        image=given.get("image", _id_of(lead_of(old))),
        note=data.note,
        change=change,
    )
    if article.slug != old_slug and article.is_seen(at):
        tell(session, "article.slug_changed", article.id, {"slug": article.slug, "was": old_slug})
    return find(session, str(article.id))


def revise(
    session: Session,
    article: Article,
    *,
    by: Actor,
    at: datetime,
    title: str | None = None,
    summary: str | None = None,
    body: Body | None = None,
    image: UUID | None = None,
    base: Revision | None = None,
    note: str | None = None,
    change: Change | None = None,
) -> Revision:
    """A new current revision: the words and image of `base` unless others are given, and its quotes after `change`.

    `base` is an earlier revision of the article, or else the current one. Raises `QuotesNotReady` if readers would see
    a quote that lacks more than it did.
    """
    check_not_trashed(article)
    old = article.revision
    base = base or old
    if body is None:
        title, summary, body = base.title, base.summary, Body(base.markdown, base.html, base.text)
        image = _id_of(lead_of(base))
    placements = carry(base.placements, base.text, body.text)
    if change is not None:
        change(placements, body.text)
    asked = requirements(session) if article.is_published else []
    spared = lacking(old.placements, asked)
    lapsed = lapse(old.placements, placements)
    check_quotes(placements, asked, spared=spared)
    number, public_number = session.execute(staff_queries.highest_numbers(article.id)).one()
    new = Revision(
        id=new_id(),
        article_id=article.id,
        number=number + 1,
        is_current=True,
        title=title or base.title,
        summary=summary,
        markdown=body.markdown,
        html=body.html,
        text=body.text,
        details=details_of(article),
        note=note,
        author_id=by.user_id,
        created_at=at,
        placements=placements,
        citations=[],
        illustrations=illustrate(session, image, body.html),
    )
    shown_as = (public_number or 0) + 1
    if old.public_at is not None and old.public_at > at:  # nobody has seen the old words, and nobody will
        shown_as = old.public_number or shown_as
        old.public_number = old.public_at = None
        article.updated_at = article.published_at
    old.is_current = False
    session.flush()  # the old one must step down before the database lets another stand
    session.add(new)
    new.citations = citations_of(placements, article.permissions, kept=base.citations)
    if article.is_published:
        _show(article, old, new, number=shown_as, at=at)
    if article.is_seen(at):
        tell(session, "article.updated", article.id, {"slug": article.slug, "revision": new.public_number})
    for placement in unsettled(old.placements, placements):
        kind = "quote.orphaned" if placement.start is None else "quote.changed"
        tell(session, kind, placement.quote_id, {"article_id": str(article.id), "quote_id": str(placement.quote_id)})
    for placement in lapsed:
        tell_verification(session, article, placement)
    session.flush()
    record(session, by, "edit", "article", article.id, before=excerpt(old), after=excerpt(new))
    reload(session, article)
    if article.is_published:
        refresh(session, [article.id], at=at)
    return new


def publish(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Make the article public, from its date on; subscribers are told when readers see it.

    What is scheduled need not wait for its moment. Raises a `Conflict` from any other state, or `QuotesNotReady`.
    """
    before = article.state(at)
    if before == "scheduled":
        unscheduled(session, article)
    article.publish(at)
    show_current(session, article, at=at)
    refresh(session, [article.id], at=at)
    note_step(session, article, "publish", by=by, before=before)


def unpublish(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Take the article from readers and leave word for subscribers. Raises a `Conflict` if it is not published."""
    before = article.state(at)
    article.unpublish(at)
    refresh(session, [article.id], at=at)
    note_step(session, article, "unpublish", by=by, before=before)


def trash(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Put the article in the trash, out of readers' sight. Raises `Trashed` if it lies there."""
    before = article.state(at)
    target = check_step("trash_public" if article.is_published else "trash", article.slug, before)
    if before == "scheduled":
        unscheduled(session, article)
        refresh(session, [article.id], at=at)
    elif before == "published":
        article.unpublish(at)
        refresh(session, [article.id], at=at)
    article.status = target
    note_step(session, article, "trash", by=by, before=before)


def restore(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Take the article out of the trash, as a draft. Raises `WrongState` if it is not there."""
    before = article.state(at)
    article.status = check_step("restore", article.slug, before)
    note_step(session, article, "restore", by=by, before=before)


def reload(session: Session, article: Article) -> None:
    """Bring the loaded article up to what this transaction has written."""
    session.flush()
    session.scalar(staff_queries.for_staff(str(article.id)))


def tell_verification(session: Session, article: Article, placement: Placement) -> None:
    """Leave word for subscribers that a quote that readers see has another verification than it had."""
    if placement.review != "rejected" and article.is_seen(now()):
        quote = placement.quote
        body = {"article_id": str(article.id), "quote_id": str(quote.id), "verification": quote.verification}
        tell(session, "quote.verification_changed", quote.id, body)


def _first_revision(article: Article, data: ArticleIn, body: Body, *, by: Actor, at: datetime) -> Revision:
    return Revision(
        id=new_id(),
        article_id=article.id,
        number=1,
        is_current=True,
        title=data.title,
        summary=data.summary,
        markdown=body.markdown,
        html=body.html,
        text=body.text,
        details=details_of(article),
        author_id=by.user_id,
        created_at=at,
        placements=[],
        citations=[],
    )


def _show(article: Article, old: Revision, new: Revision, *, number: int, at: datetime) -> None:
    """Make a revision of a published article the one that readers get. Raises `ImageNotReady`."""
    check_ready(new)
    new.public_number, new.public_at = number, max(at, article.published_at or at)
    article.touch(at)
    is_same = (old.title, old.summary, old.text) == (new.title, new.summary, new.text)
    words_at = article.updated_at if is_same else at
    article.updated_at = max(words_at or at, article.published_at or at)


def citations_of(
    placements: Iterable[Placement], permissions: Iterable[Permission], *, kept: Iterable[Citation]
) -> list[Citation]:
    """What a revision relies on: what its quotes and permissions say, and what was cited besides."""
    pairs: dict[tuple[Any, str], Any] = {}
    for placement in placements:
        if placement.review == "rejected":
            continue
        if placement.speaker is not None:
            pairs[placement.speaker.id, "speaker"] = placement.speaker
        for hop in placement.hops:
            pairs[hop.source.id, "via"] = hop.source
    for permission in permissions:
        pairs[permission.assigner_id, "reprinted_from"] = permission.assigner
    for citation in kept:
        if citation.role == "cited":
            pairs[citation.source_id, "cited"] = citation.source
    return [Citation(source=source, role=role) for (_, role), source in pairs.items()]


def _body(markdown: str) -> Body:
    body = render(markdown)
    if not any(character.isprintable() and not character.isspace() for character in body.text):
        raise Invalid("The body has no text.", errors=[{"pointer": "/markdown", "detail": "nothing to read in it"}])
    return body


def _check_dates(article: Article, at: datetime) -> None:
    if article.published_at and article.published_at > at:
        raise Invalid(
            "An article cannot have been published in the future.",
            errors=[{"pointer": "/published_at", "detail": "later than now"}],
        )
    if article.published_at is None and article.is_published:
        raise Invalid("A published article has a date.", errors=[{"pointer": "/published_at", "detail": "required"}])


def _id_of(image: Image | None) -> UUID | None:
    return image.id if image else None


def details_of(article: Article) -> dict[str, Any]:
    return {
        "slug": article.slug,
        "language": article.language,
        "canonical_url": article.canonical_url,
        "published_at": in_utc(article.published_at) if article.published_at else None,
        "authors": [author.name for author in article.authors],
        "tags": [tag.name for tag in article.tags],
        "comments_state": article.comments_state,
    }


def check_not_trashed(article: Article) -> None:
    """Raises `Trashed`."""
    if article.status == "trashed":
        raise Trashed(f"“{article.slug}” is in the trash.")
