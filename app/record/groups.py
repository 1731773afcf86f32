"""What staff do with tags and authors: each is one act on every article that is under it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from slugify import slugify
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.articles.groups import TAGS, FormerSlug, Group
from app.articles.queries import led_on
from app.articles.staff_queries import author_slugs, tag_slugs
from app.errors import Conflict, Invalid, NotFound
from app.events.actions import Actor, record, take_turn, touch
from app.record import queries
from app.record.actions import renew
from app.record.schemas import GroupIn, GroupPatch
from app.sources.actions import SlugTaken, numbered


class NameTaken(Conflict):
    """Another tag, or another author, has this name. Merge the two instead."""

    slug, title = "name-taken", "The name is in use"


class GroupInUse(Conflict):
    """Articles are under this tag or author. Take it from them, or merge it into another."""

    slug, title = "group-in-use", "Articles are under it"


def find(session: Session, group: Group, group_id: UUID, *, lock: bool = False) -> Any:
    """The tag or author with the number of its articles, and with `lock` nobody else changes any. Raises `NotFound`."""
    if lock:
        take_turn(session)
    row = session.execute(queries.staff_groups(group).where(group.thing.id == group_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no such {group.name}.")
    return row


def create(session: Session, group: Group, data: GroupIn, *, by: Actor) -> Any:
    """Raises `NameTaken` or `SlugTaken`."""
    take_turn(session)
    _check_name(session, group, data.name)
    if data.slug is not None and data.slug in _taken(session, group, data.slug):
        raise SlugTaken(f"Another {group.name} has this slug, or had it once.")
    base = slugify(data.name, max_length=80, word_boundary=True) or "name"
    taken = _taken(session, group, base)
    made = group.thing(name=data.name, slug=data.slug or next(slug for slug in numbered(base) if slug not in taken))
    session.add(made)
    session.flush()
    record(session, by, "create", group.name, made.id, after=_state(made))
    return made


def edit(session: Session, group: Group, row: Any, data: GroupPatch, *, by: Actor, at: datetime) -> None:
    """Rename it, in every article too. A slug that readers know leads on. Raises `NameTaken` or `SlugTaken`."""
    before = _state(row)
    if data.name is not None and data.name != row.name:
        _check_name(session, group, data.name)
        row.name = data.name
    if data.slug is not None and data.slug != row.slug:
        if session.scalar(led_on(group, data.slug)) == row.id:
            session.execute(delete(FormerSlug).where(FormerSlug.kind == group.name, FormerSlug.slug == data.slug))
        elif data.slug in _taken(session, group, data.slug):
            raise SlugTaken(f"Another {group.name} has this slug, or had it once.")
        _lead_on(session, group, row.slug, row.id)
        row.slug = data.slug
    if _state(row) != before:
        record(session, by, "edit", group.name, row.id, before=before, after=_state(row))
        _renew(session, group, row.id, at=at)


def merge(session: Session, group: Group, row: Any, into_id: UUID, *, by: Actor, at: datetime) -> Any:
    """Put all articles of one under another, which takes over its slugs, and is returned. Raises `Invalid`."""
    into = session.get(group.thing, into_id)
    if into is None or into is row:
        raise Invalid(f"Name another {group.name}.", errors=[{"pointer": "/into", "detail": f"no other {group.name}"}])
    before = _state(row)
    ids = session.scalars(queries.under(group, row.id)).all()
    of_row, move = queries.owner(group) == row.id, {group.owner: into.id}
    both = group.link.article_id.in_(queries.under(group, into.id))
    for statement in (
        delete(group.link).where(of_row, both),
        update(group.link).where(of_row).values(move),
        update(FormerSlug).where(getattr(FormerSlug, group.owner) == row.id).values(move),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    _lead_on(session, group, row.slug, into.id)
    session.delete(row)
    session.flush()
    record(session, by, "merge", group.name, row.id, before=before, after=_state(into))
    renew(session, ids, at=at)
    touch(session, ["feed:all"])
    return into


def remove(session: Session, group: Group, row: Any, *, by: Actor) -> None:
    """Forget a tag or an author that no article is under. Raises `GroupInUse`."""
    if count := len(session.scalars(queries.under(group, row.id)).all()):
        raise GroupInUse(f"{count} articles are under it, those of any state counted.")
    before = _state(row)
    session.delete(row)
    session.flush()
    record(session, by, "delete", group.name, row.id, before=before)


def _renew(session: Session, group: Group, group_id: UUID, *, at: datetime) -> None:
    session.flush()
    renew(session, session.scalars(queries.under(group, group_id)).all(), at=at)
    touch(session, ["feed:all"])


def _lead_on(session: Session, group: Group, slug: str, group_id: UUID) -> None:
    """Let a slug that readers know lead to this tag or author; what only staff have seen is free again."""
    if session.scalar(queries.is_listed(f"{group.name}:{slug}")):
        session.add(FormerSlug(kind=group.name, slug=slug, **{group.owner: group_id}))


def _taken(session: Session, group: Group, base: str) -> set[str]:
    return set(session.scalars(tag_slugs(base) if group is TAGS else author_slugs(base)))


def _check_name(session: Session, group: Group, name: str) -> None:
    if session.scalar(queries.namesake(group, name)) is not None:
        raise NameTaken(f"There is a {group.name} of this name.")


def _state(row: Any) -> dict[str, Any]:
    return {"slug": row.slug, "name": row.name}
