"""Two sources that are one become one; one that is two becomes two. Former addresses lead to where things are now."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, delete, insert, or_, update
from sqlalchemy.orm import Session

from app.articles.models import Citation
from app.errors import Conflict, Invalid
from app.events.actions import Actor, record, tell, touch
from app.permissions.models import Permission
from app.quotes import queries as placed
from app.quotes.models import Hop, Placement
from app.record import queries
from app.record.actions import renew, showing
from app.record.schemas import SplitIn
from app.sources import actions
from app.sources.models import Source, SourceLink, SourceRole


class AlreadyMerged(Conflict):
    """The source was merged into another; what is to be done is to be done with that one."""

    slug, title = "already-merged", "The source was merged"


def merge(session: Session, source: Source, into: str, *, by: Actor, at: datetime) -> Source:
    """Have `source` be the same as the one called `into`, and that one say, print and grant whatever `source` did, in
    every revision. Its names, roles and links go along. Returns the one that stays.

    Raises `AlreadyMerged`, or `Invalid` for this site's own source, an unknown one or itself.
    """
    stays = actions.find(session, str(actions.referred(session, into, "/into").id))
    _check_is_itself(source)
    if source.is_site:
        raise Invalid("This site's own source cannot be merged away.")
    if stays.id == source.id:
        raise Invalid("A source cannot be merged into itself.", errors=[{"pointer": "/into", "detail": "the same"}])
    before = {"merged": actions.state(source), "into": actions.state(stays)}
    was_public = session.scalar(queries.source(source.slug, at)) is not None
    articles = list({*showing(session, source.id), *showing(session, stays.id)})  # quotes tell of both one's roles
    stays.names = actions.names_from([stays.name, *(name.name for name in [*stays.names, *source.names])])
    known = {link.url for link in stays.links}
    stays.links += [SourceLink(url=link.url) for link in source.links if link.url not in known]
    stays.modified_at = source.modified_at = at
    session.flush()
    _move(session, source.id, stays.id)
    stays = actions.find(session, str(stays.id))
    record(session, by, "merge", "source", source.id, before=before, after={"into": actions.state(stays)})
    renew(session, articles, at=at)
    touch(session, ["feed:all"])
    if was_public:  # readers are told of nothing that only drafts rely on
        tell(session, "source.merged", source.id, {"id": str(source.id), "merged_into": str(stays.id)})
    return stays


def split(session: Session, source: Source, data: SplitIn, *, by: Actor, at: datetime) -> Source:
    """Give some of the source's quotes to a new source, for a namesake; in every revision. Returns the new one.

    Raises `AlreadyMerged`, `SlugTaken`, or `Invalid` for a quote that the source neither said nor passed on.
    """
    _check_is_itself(source)
    its_own = set(session.scalars(placed.passed_by(source.id, data.quotes)))
    for number, quote_id in enumerate(data.quotes):
        if quote_id not in its_own:
            raise Invalid(
                "The source neither said nor passed on one of the quotes.",
                errors=[{"pointer": f"/quotes/{number}", "detail": "no quote of this source"}],
            )
    articles = list({article for _, article in session.execute(queries.articles_of(data.quotes))})
    made = actions.create(session, data.source, by=by, at=at)
    _give(session, source.id, made.id, data.quotes)
    source.modified_at = at
    session.flush()
    renew(session, articles, at=at)
    touch(session, ["feed:all"])
    after = {"into": str(made.id), "quotes": [str(quote_id) for quote_id in data.quotes]}
    record(session, by, "split", "source", source.id, after=after)
    return made


def _check_is_itself(source: Source) -> None:
    if source.merged_into_id is not None:
        raise AlreadyMerged(f"It is now the source {source.merged_into_id}.")


def _move(session: Session, source: UUID, into: UUID) -> None:
    """Everything that points at the source points at the other one; what would then say the same twice says it once."""
    for again in placed.said_and_passed_on(source, into), placed.passed_on_twice(source, into):
        session.execute(delete(Hop).where(again))
    session.execute(delete(Citation).where(queries.cited_twice(source, into)))
    session.execute(delete(SourceRole).where(SourceRole.source_id == into, SourceRole.organization_id == source))
    moves: list[Update] = [
        update(Placement).where(Placement.speaker_id == source).values(speaker_id=into),
        update(Hop).where(Hop.source_id == source).values(source_id=into),
        update(Citation).where(Citation.source_id == source).values(source_id=into),
        update(Permission).where(Permission.assigner_id == source).values(assigner_id=into),
        update(SourceRole).where(SourceRole.organization_id == source).values(organization_id=into),
        update(SourceRole).where(SourceRole.source_id == source).values(source_id=into),
        update(Source).where(or_(Source.id == source, Source.merged_into_id == source)).values(merged_into_id=into),
    ]
    for move in moves:
        session.execute(move.execution_options(synchronize_session=False))
    session.expire_all()


def _give(session: Session, source: UUID, to: UUID, quotes: Collection[UUID]) -> None:
    """The quotes' speakers and stations of this source become the other one; what their revisions cite follows."""
    stand = placed.placements_of(quotes)
    revisions = session.scalars(placed.revisions_of(quotes)).all()
    changes = [
        update(Placement).where(Placement.speaker_id == source, Placement.quote_id.in_(quotes)).values(speaker_id=to),
        update(Hop).where(Hop.source_id == source, Hop.placement_id.in_(stand)).values(source_id=to),
        delete(Citation).where(Citation.source_id == source, queries.cites_for_quotes(revisions)),
        *(
            insert(Citation).from_select(["revision_id", "source_id", "role"], relied)
            for one in (source, to)
            for relied in placed.relied_on_by_quotes(one, revisions)
        ),
    ]
    for change in changes:
        session.execute(change.execution_options(synchronize_session=False))
    session.expire_all()
