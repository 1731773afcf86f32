"""Whom and what a batch of articles names: found in the database together, or made."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from slugify import slugify
from sqlalchemy.orm import Session

from app.articles import staff_queries
from app.articles.models import Author, Tag
from app.db import Base, new_id
from app.events.actions import Deed
from app.extract import Draft
from app.ingest.drafts import Made
from app.ingest.showing import SourceShape, unkept
from app.sources import queries as sources
from app.sources.actions import fold, numbered, state
from app.sources.models import Source, SourceName
from app.sources.schemas import SourceOut

Named = TypeVar("Named", Author, Tag)

LONGEST = 200
"""Characters of a source's name, at most."""

AT_ONCE = 10_000
"""Names in one statement; SQLite takes 32,766 parameters."""


class Slugs:
    """Slugs that nobody has; those given out are taken from then on."""

    def __init__(self, session: Session, bases: Iterable[str], among: Any, like: Callable[[str], Any]) -> None:
        self._session, self._like = session, like
        self._taken = set(session.scalars(among(list(bases))))
        self._known: set[str] = set()

    def take(self, base: str) -> str:
        """`base`, or else the first free one of `base-2`, `base-3` and on."""
        if base in self._taken and base not in self._known:
            self._taken.update(self._session.scalars(self._like(base)))
            self._known.add(base)
        slug = next(slug for slug in numbered(base) if slug not in self._taken)
        self._taken.add(slug)
        return slug

    def take_all(self, slugs: Iterable[str]) -> list[str]:
        """Those of these that are free."""
        free = [slug for slug in dict.fromkeys(slugs) if slug not in self._taken]
        self._taken.update(free)
        return free


@lru_cache(maxsize=10_000)
def slug_base(name: str, most: int, without: str) -> str:
    """How a slug of the name begins; `without` where the name has no letter that a slug could."""
    return slugify(name, max_length=most, word_boundary=True) or without


@dataclass(slots=True)
class Names:
    """The authors, tags and sources of a batch. What is new stands in `rows`, and in `deeds` for the audit log."""

    authors: dict[str, Author]
    tags: dict[str, Tag]
    author_slugs: Slugs
    tag_slugs: Slugs
    sources: dict[tuple[str, str], list[Source]]
    source_slugs: Slugs
    at: datetime
    rows: list[Base] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def author(self, name: str) -> Author:
        return self._named(name, Author, self.authors, self.author_slugs)

    def tag(self, name: str) -> Tag:
        return self._named(name, Tag, self.tags, self.tag_slugs)

    def _named(self, name: str, kind: type[Named], known: dict[str, Named], slugs: Slugs) -> Named:
        if name not in known:
            known[name] = kind(id=new_id(), name=name, slug=slugs.take(slug_base(name, 80, "name")))
            self.rows.append(known[name])
        return known[name]

    def source(self, name: str, kind: str) -> Source:
        """The one known source of this name and kind, else a new one. Namesakes are not guessed between."""
        name = name.strip()[:LONGEST]
        namesakes = self.sources.setdefault((fold(name), kind), [])
        if len(namesakes) != 1:
            namesakes.append(self._new_source(name, kind))
        return namesakes[-1]

    def _new_source(self, name: str, kind: str) -> Source:
        source = Source(
            id=new_id(),
            slug=self.source_slugs.take(slug_base(name, 100, "source")),
            kind=kind,
            name=name,
            is_site=False,
            created_at=self.at,
            modified_at=self.at,
            names=[SourceName(id=new_id(), name=name, folded=fold(name))],
            roles=[],
            links=[],
        )
        source.names[0].source_id = source.id
        self.rows += [source, *source.names]
        self.deeds.append(Deed("create", "source", source.id, after=state(source)))
        return source


def look_up_sources(session: Session, draft: Draft, at: datetime) -> Names:
    """What the database knows of the sources in a draft."""
    return _look_up(session, [draft], set(), set(), at)


def known_sources(session: Session, draft: Draft) -> SourceShape:
    """The sources in a draft as an import would take them: those that are kept, or new ones."""
    named = {*names_in(draft), *(found.name for found in draft.sources)}
    known = _known(session, {fold(name.strip()[:LONGEST]) for name in named})

    def shape(name: str, kind: str) -> dict[str, Any]:
        namesakes = known.get((fold(name.strip()[:LONGEST]), kind), [])
        return SourceOut.model_validate(namesakes[0]).model_dump() if len(namesakes) == 1 else unkept(name, kind)

    return shape


def look_up(session: Session, batch: list[Made], at: datetime) -> Names:
    """What the database knows of the names in a batch, in a fixed number of statements."""
    authors = {name for made in batch for name in made.data.authors}
    tags = {name for made in batch for name in made.data.tags}
    cited = {cited.name for made in batch for cited in made.item.cited}
    return _look_up(session, [made.draft for made in batch], authors, tags, at, cited=cited)


def _look_up(
    session: Session,
    drafts: list[Draft],
    authors: set[str],
    tags: set[str],
    at: datetime,
    *,
    cited: Collection[str] = (),
) -> Names:
    named = {name.strip()[:LONGEST] for draft in drafts for name in names_in(draft)}
    named |= {name.strip()[:LONGEST] for name in cited}
    return Names(
        authors={row.name: row for row in session.scalars(staff_queries.authors_named(authors))},
        tags={row.name: row for row in session.scalars(staff_queries.tags_named(tags))},
        author_slugs=Slugs(
            session,
            {slug_base(name, 80, "name") for name in authors},
            staff_queries.author_slugs_among,
            staff_queries.author_slugs,
        ),
        tag_slugs=Slugs(
            session,
            {slug_base(name, 80, "name") for name in tags},
            staff_queries.tag_slugs_among,
            staff_queries.tag_slugs,
        ),
        sources=_known(session, {fold(name) for name in named}),
        source_slugs=Slugs(
            session, {slug_base(name, 100, "source") for name in named}, sources.slugs_among, sources.slug_like
        ),
        at=at,
    )


def _known(session: Session, folded: set[str]) -> dict[tuple[str, str], list[Source]]:
    """The sources that have these names, by name and kind; the oldest first."""
    found: dict[tuple[str, str], list[Source]] = {}
    asked = iter(folded)
    while some := list(islice(asked, AT_ONCE)):
        for name, source in session.execute(sources.named_among(some)):
            found.setdefault((name, source.kind), []).append(source)
    return found


def names_in(draft: Draft) -> Iterable[str]:
    """Every name under which a draft needs a source."""
    if draft.permission is not None:
        yield draft.permission.assigner
    for quote in draft.quotes:
        if quote.source_name is not None:
            yield quote.source_name
        yield from (via.name for via in quote.via)
