import unicodedata
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from slugify import slugify
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound
from app.events.actions import Actor, record, take_turn
from app.schemas import id_from
from app.sources import queries
from app.sources.models import Source, SourceLink, SourceName, SourceRole
from app.sources.schemas import RoleIn, SourceIn, SourcePatch


class SlugTaken(Conflict):
    """Another object has this slug, or had it once; old addresses are never given away."""

    slug, title = "slug-taken", "The slug is in use"


def fold(name: str) -> str:
    """A name as it is compared: NFKC, case folded, white space single.

    >>> fold("  The  GUARDIAN ")
    'the guardian'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def find(session: Session, reference: str, *, lock: bool = False) -> Source:
    """The source with this slug or id, whole, and with `lock` nobody else changes it meanwhile. Raises `NotFound`."""
    if lock:
        take_turn(session)
    source = session.scalar(queries.by_reference(reference))
    if source is None:
        raise NotFound("There is no such source.")
    return source


def referred(session: Session, reference: str, pointer: str) -> Source:
    """The source that a body refers to, the merged ones followed. Raises `Invalid` pointing at the place."""
    source = session.scalar(queries.by_reference(reference))
    while source is not None and source.merged_into_id is not None:
        source = session.scalar(queries.by_reference(str(source.merged_into_id)))
    if source is None:
        raise Invalid(
            "The body refers to an unknown source.", errors=[{"pointer": pointer, "detail": "no such source"}]
        )
    return source


def create(session: Session, data: SourceIn, *, by: Actor, at: datetime) -> Source:
    """Raises `SlugTaken`, or `Invalid` for a role at an unknown organization."""
    take_turn(session)
    source = Source(
        slug=_claim(session, data.slug) if data.slug else free_slug(session, data.name),
        kind=data.kind,
        name=data.name,
        url=data.url,
        is_site=False,
        created_at=at,
        modified_at=at,
        names=names_from([data.name, *data.aliases]),
        roles=_roles(session, data.roles),
        links=[SourceLink(url=url) for url in dict.fromkeys(data.same_as)],
    )
    session.add(source)
    session.flush()
    record(session, by, "create", "source", source.id, after=state(source))
    return source


def edit(session: Session, source: Source, data: SourcePatch, *, by: Actor, at: datetime) -> None:
    """Change what `data` names. Articles that show the source are new to readers as well."""
    before = state(source)
    given = data.model_dump(exclude_unset=True, include={"kind", "name", "url"})
    aliases = data.aliases if data.aliases is not None else [n.name for n in source.names if n.name != source.name]
    for name, value in given.items():
        setattr(source, name, value)
    if "name" in given or data.aliases is not None:
        source.names = names_from([source.name, *aliases])
    if data.roles is not None:
        source.roles = _roles(session, data.roles)
    if data.same_as is not None:
        source.links = [SourceLink(url=url) for url in dict.fromkeys(data.same_as)]
    source.modified_at = at
    session.flush()
    record(session, by, "edit", "source", source.id, before=before, after=state(source))


def ensure_site(session: Session, *, name: str, url: str, at: datetime) -> bool:
    """One source stands for this site, under this name and address; whether that had to be changed."""
    source = session.scalar(queries.site())
    if source is None:
        source = Source(slug=free_slug(session, name), kind="publication", is_site=True, created_at=at)
        source.roles, source.links = [], []
        session.add(source)
    elif (source.name, source.url) == (name, url):
        return False
    else:
        source = find(session, str(source.id))
    source.name, source.url, source.modified_at = name, url, at
    source.names = names_from([name])
    session.flush()
    return True


def resolve(session: Session, *, name: str, kind: str, by: Actor, at: datetime) -> Source:
    """The one known source of this name and kind, else a new one. Namesakes are not guessed between."""
    known = [source for source in session.scalars(queries.named(fold(name))) if source.kind == kind]
    if len(known) == 1:
        return known[0]
    return create(session, SourceIn(kind=kind, name=name), by=by, at=at)


def free_slug(session: Session, name: str) -> str:
    """A slug for the name that no source has.

    A name in a script that has no Latin form becomes `source`, then `source-2` and so on.
    """
    base = slugify(name, max_length=100, word_boundary=True) or "source"
    taken = set(session.scalars(queries.slug_like(base)))
    return next(slug for slug in numbered(base) if slug not in taken)


def numbered(base: str) -> Iterable[str]:
    """`base`, `base-2`, `base-3` and on, less what could be taken for an id."""
    return (slug for slug in (base if n == 1 else f"{base}-{n}" for n in count(1)) if not id_from(slug))


def state(source: Source) -> dict[str, Any]:
    """The source as the audit log keeps it."""
    return {
        "slug": source.slug,
        "kind": source.kind,
        "name": source.name,
        "url": source.url,
        "names": [name.name for name in source.names],
        "roles": [[role.title, str(role.organization_id or "")] for role in source.roles],
        "same_as": [link.url for link in source.links],
    }


def _claim(session: Session, slug: str) -> str:
    if slug in set(session.scalars(queries.slug_like(slug))):
        raise SlugTaken("Another source has this slug.")
    return slug


def names_from(names: Iterable[str]) -> list[SourceName]:
    """Each name once, as it is compared; the first comes first."""
    unique = {fold(name): name for name in reversed(list(names))}
    return [SourceName(name=name, folded=folded) for folded, name in reversed(unique.items())]


def _roles(session: Session, roles: Iterable[RoleIn]) -> list[SourceRole]:
    return [
        SourceRole(
            title=role.title,
            organization_id=_organization(session, role, number),
            valid_from=role.valid_from,
            valid_through=role.valid_through,
        )
        for number, role in enumerate(roles)
        if _is_in_order(role, number)
    ]


def _is_in_order(role: RoleIn, number: int) -> bool:
    if role.valid_from and role.valid_through and role.valid_from > role.valid_through:
        raise Invalid(
            "A role ends before it begins.",
            errors=[{"pointer": f"/roles/{number}/valid_through", "detail": "too early"}],
        )
    return True


def _organization(session: Session, role: RoleIn, number: int) -> UUID | None:
    if role.organization is None:
        return None
    return referred(session, role.organization, f"/roles/{number}/organization").id
