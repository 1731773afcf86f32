"""Steps on the way to readers: handing in for review, and a moment from which the article is public.

A schedule is a date and no job. The article is `scheduled` in its row and `published_at` is its moment; its renditions,
feed rows and words are written at once, and every public query compares that date with the clock. Nothing has to run
for the article to appear, and nothing need ever change the status: `Article.state` says `published` from then on. Word
of it, `article.published`, is due at `published_at` of each row that is `scheduled`.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.articles import staff_queries
from app.articles.gate import check_quotes, requirements
from app.articles.illustrating import check_ready
from app.articles.models import Article
from app.articles.renditions import refresh
from app.articles.states import check_step
from app.errors import Invalid
from app.events.actions import Actor, record


def submit(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Hand the article in for review. Raises a `Conflict`."""
    before = article.state(at)
    article.status = check_step("submit", article.slug, before)
    note_step(session, article, "submit", by=by, before=before)


def send_back(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Make a draft again of what was handed in. Raises a `Conflict`."""
    before = article.state(at)
    article.status = check_step("send_back", article.slug, before)
    note_step(session, article, "send_back", by=by, before=before)


def schedule(session: Session, article: Article, *, moment: datetime, by: Actor, at: datetime) -> None:
    """Have readers see the article from `moment` on, which becomes its date. Raises `Invalid` or a `Conflict`."""
    before = article.state(at)
    target = check_step("schedule", article.slug, before)
    if moment <= at:
        raise Invalid("The moment has passed.", errors=[{"pointer": "/scheduled_at", "detail": "must be to come"}])
    if before == "scheduled":
        unscheduled(session, article)
    article.status, article.date_unscheduled, article.published_at = target, article.published_at, moment
    article.updated_at = moment
    show_current(session, article, at=moment)
    refresh(session, [article.id], at=at)
    note_step(session, article, "schedule", by=by, before=before)


def unschedule(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Cancel the schedule while its moment is to come: a draft again, as it was dated before. Raises a `Conflict`."""
    before = article.state(at)
    article.status = check_step("unschedule", article.slug, before)
    unscheduled(session, article)
    refresh(session, [article.id], at=at)
    note_step(session, article, "unschedule", by=by, before=before)


def unscheduled(session: Session, article: Article) -> None:
    """Undo what a schedule that is still to come has set. The status is left to the caller."""
    revision = article.revision
    if revision.public_at is not None and revision.public_at == article.published_at:
        revision.public_number = revision.public_at = None
    article.status = "draft"
    article.published_at, article.date_unscheduled = article.date_unscheduled, None
    session.flush()
    article.updated_at = session.scalar(staff_queries.last_public(article.id))


def show_current(session: Session, article: Article, *, at: datetime) -> None:
    """Number the current revision among those that readers get, from that moment on.

    Raises `QuotesNotReady` or `ImageNotReady`.
    """
    revision = article.revision
    check_quotes(revision.placements, requirements(session))
    if revision.public_number is not None:
        return
    check_ready(revision)
    _, public_number = session.execute(staff_queries.highest_numbers(article.id)).one()
    if public_number is not None:  # readers knew other words before it was taken down
        article.updated_at = max(at, article.published_at or at)
    revision.public_number, revision.public_at = (public_number or 0) + 1, article.updated_at


def note_step(session: Session, article: Article, action: str, *, by: Actor, before: str) -> None:
    """Put on the record that the article came from one state into another."""
    record(session, by, action, "article", article.id, before={"status": before}, after={"status": article.status})
