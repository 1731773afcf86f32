"""Lines of an export as rows."""

from collections.abc import Collection
from datetime import datetime
from typing import assert_never
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.articles.groups import AUTHORS, TAGS, FormerSlug, Group
from app.articles.models import Article, Masthead, Revision
from app.articles.sealing import excerpt
from app.articles.staff_queries import citing
from app.comments.models import SiteRules
from app.db import insert_all, new_id
from app.events.actions import Deed
from app.ingest import queries
from app.ingest.actions import Outcome
from app.ingest.article_lines import ArticleLine
from app.ingest.commented import take_back
from app.ingest.lines import (
    AuthorLine,
    BasisLine,
    CommentsLine,
    HeadLine,
    ImageLine,
    Line,
    RulesLine,
    SourceLine,
    TagLine,
    TiesLine,
    UserLine,
)
from app.ingest.rows import Names, Refused, rows_of
from app.ingest.written import article_lines
from app.media.models import Image
from app.permissions.models import Permission
from app.sources.actions import fold, state
from app.sources.models import Source, SourceLink, SourceName, SourceRole
from app.sources.queries import members, site


def key_of(line: Line) -> str:
    """What the line is about, for reports."""
    match line:
        case HeadLine():
            return "head"
        case RulesLine():
            return "rules"
        case ImageLine():
            return f"image {line.digest}"
        case UserLine() | ArticleLine():
            return f"{line.type} {line.id}"
        case AuthorLine() | TagLine() | SourceLine():
            return f"{line.type} {line.slug}"
        case TiesLine():
            return f"ties {line.source}"
        case CommentsLine():
            return f"comments {line.comments[0].id}"
        case BasisLine():
            return f"basis {line.permission}"
        case _:
            assert_never(line)


class Batch:
    """Lines that are written together. `shown`: the articles that readers may see changed; `deeds`: what the audit
    log will say."""

    def __init__(self, session: Session, *, users: bool, at: datetime) -> None:
        self.session, self.at = session, at
        self._users = users
        self.shown: set[UUID] = set()
        self.deeds: list[Deed] = []
        self._there: dict[UUID, tuple[Article, str]] = {}
        self.names = Names(session)

    def look_up(self, lines: Collection[ArticleLine]) -> None:
        """Find which of these articles are there, and how."""
        ids = [line.id for line in lines]
        cards = {card.id: card for card in self.session.scalars(queries.cards(ids))}
        for line in article_lines(self.session, cards, users=self._users):
            self._there[line.id] = (cards[line.id], line.model_dump_json())
        self.session.expunge_all()

    def write(self, line: Line) -> Outcome:
        """Make what is not there; what is there stays. Raises `Refused`, or what the database raises."""
        match line:
            case RulesLine():
                return self._rules(line)
            case UserLine():
                return self._user(line)
            case AuthorLine():
                return self._named(line, AUTHORS)
            case TagLine():
                return self._named(line, TAGS)
            case ImageLine():
                return self._image(line)
            case SourceLine():
                return self._source(line)
            case TiesLine():
                return self._ties(line)
            case ArticleLine():
                return self._article(line)
            case CommentsLine():
                return self._comments(line)
            case BasisLine():
                return self._basis(line)
            case HeadLine():
                raise Refused("A head stands at the beginning only.")
            case _:
                assert_never(line)

    def same(self, line: ArticleLine) -> Outcome | None:
        """That the very article is there; None if none is. Raises `Refused` if it is there and is another by now."""
        self._forget_strangers(line)
        if line.id not in self._there:
            return None
        article, known = self._there[line.id]
        if known != line.model_dump_json():
            raise Refused(f"“{article.slug}” is here and not as it is in the file; nothing was changed.")
        return Outcome(key_of(line), "unchanged", article, line.revisions[-1].title)

    def _forget_strangers(self, line: ArticleLine) -> None:
        """Who saved or checked something and is not here counts as a user who was deleted since."""
        checked = [row for quote in line.quotes for row in quote.evidence]
        users = [*(revision.saved_by for revision in line.revisions), *(row.checked_by for row in checked)]
        wanted = set(filter(None, users)) if self._users else set()
        known = set(self.session.scalars(queries.users_among(wanted))) if wanted else set()
        for revision in line.revisions:
            if revision.saved_by not in known:
                revision.saved_by = None
        for row in checked:
            if row.checked_by not in known:
                row.checked_by = None

    def _user(self, line: UserLine) -> Outcome:
        if not self._users:  # who may bring users is asked by what the head says
            raise Refused("The head says that the file has no users.")
        if self.session.get(User, line.id) is not None:
            return Outcome(key_of(line), "unchanged", title=line.name, kind="user")
        insert_all(self.session, [User(**line.model_dump(exclude={"type"}))])
        self.deeds.append(Deed("create", "user", line.id, after={"role": line.role}))
        return Outcome(key_of(line), "created", title=line.name, kind="user")

    def _rules(self, line: RulesLine) -> Outcome:
        there = self.session.scalar(queries.comment_rules())
        document = line.document.model_dump(mode="json")
        if there is None:
            insert_all(self.session, [SiteRules(id=1, document=document, changed_at=line.changed_at)])
            self.deeds.append(Deed("rule", "site", UUID(int=0), after=document))
        elif there.document != document:
            raise Refused("The site takes comments by other rules here; they stay.")
        return Outcome(key_of(line), "created" if there is None else "unchanged", kind="rules")

    def _named(self, line: AuthorLine | TagLine, group: Group) -> Outcome:
        there = self.session.scalar(queries.slugged(group.thing, line.slug))
        if there is None:
            if self.session.scalar(queries.led_on(group, line.slug)) is not None:
                raise Refused(f"The slug “{line.slug}” leads to another {line.type} here.")
            former = [FormerSlug(kind=group.name, slug=slug, **{group.owner: line.id}) for slug in line.former_slugs]
            insert_all(self.session, [group.thing(id=line.id, slug=line.slug, name=line.name), *former])
        elif there.name != line.name:
            raise Refused(f"The {line.type} “{line.slug}” is here under the name “{there.name}”.")
        return Outcome(key_of(line), "created" if there is None else "unchanged", title=line.name, kind=line.type)

    def _image(self, line: ImageLine) -> Outcome:
        there = self.session.scalar(queries.image(line.digest))
        if there is None:
            row = line.model_dump(exclude={"type", "kind"}) | {"type": line.kind, "uploaded_by": None}
            insert_all(self.session, [Image(**row)])
            self.deeds.append(Deed("create", "image", line.id, after={"digest": line.digest}))
        elif (there.alt, there.credit, there.caption) != (line.alt, line.credit, line.caption):
            raise Refused(f"The image {line.digest[:12]}… is here with other words.")
        return Outcome(key_of(line), "created" if there is None else "unchanged", kind="image")

    def _source(self, line: SourceLine) -> Outcome:
        if line.is_site and self._is_new_site(line):
            self._adopt(line)
            return Outcome(key_of(line), "created", title=line.name, kind="source")
        there = self.session.scalar(queries.slugged(Source, line.slug))
        if there is None:
            self._insert(line, is_site=False)
        elif (there.kind, fold(there.name)) != (line.kind, fold(line.name)):
            raise Refused(f"The source “{line.slug}” is here as “{there.name}”, of the kind “{there.kind}”.")
        return Outcome(key_of(line), "created" if there is None else "unchanged", title=line.name, kind="source")

    def _is_new_site(self, line: SourceLine) -> bool:
        """Whether the record here has not begun, so that the site of the file may go on as this one."""
        is_empty = self.session.scalar(queries.next_ids(None, 1)) is None
        return is_empty and self.session.scalars(site()).one().id != line.id

    def _adopt(self, line: SourceLine) -> None:
        """Let the site have the id and the slug that it has in the file."""
        before = self.session.scalars(site()).one()
        before.is_site, before.slug = False, f"{before.slug}-before"
        self.session.flush()
        self._insert(line, is_site=True)
        self.session.execute(update(Masthead).values(source_id=line.id))
        self.session.execute(delete(Source).where(Source.id == before.id))

    def _insert(self, line: SourceLine, *, is_site: bool) -> None:
        source = Source(**line.model_dump(exclude={"type", "is_site", "names", "links"}), is_site=is_site)
        source.names = [SourceName(id=new_id(), source_id=line.id, name=n, folded=fold(n)) for n in line.names]
        source.links = [SourceLink(id=new_id(), source_id=line.id, url=url) for url in line.links]
        source.roles = []
        insert_all(self.session, [source, *source.names, *source.links])
        self.deeds.append(Deed("create", "source", line.id, after=state(source)))

    def _ties(self, line: TiesLine) -> Outcome:
        named = {line.source, line.merged_into, *(role.organization for role in line.roles)}
        ids = self.names.ids(Source, named)
        source = self.session.scalars(queries.with_roles(ids[line.source])).one()
        if source.roles or source.merged_into_id:
            return Outcome(key_of(line), "unchanged", title=source.name, kind="source")
        source.merged_into_id = ids[line.merged_into] if line.merged_into else None
        self.session.flush()
        roles = [
            SourceRole(
                id=new_id(),
                source_id=source.id,
                organization_id=ids[role.organization] if role.organization else None,
                **role.model_dump(exclude={"organization"}),
            )
            for role in line.roles
        ]
        insert_all(self.session, roles)
        if line.roles or source.merged_into_id:
            after = line.model_dump(mode="json", include={"merged_into", "roles"})
            self.deeds.append(Deed("tie", "source", source.id, after=after))
            told_of = [source.id, *self.session.scalars(members(source.id))]
            self.shown.update(self.session.scalars(citing(told_of)))
        return Outcome(key_of(line), "created", title=source.name, kind="source")

    def _article(self, line: ArticleLine) -> Outcome:
        if (there := self.same(line)) is not None:
            return there
        article, rows = rows_of(line, self.names)
        insert_all(self.session, [article, *rows])
        last = max((row for row in rows if isinstance(row, Revision)), key=lambda revision: revision.number)
        self.deeds.append(Deed("create", "article", line.id, after=excerpt(last)))
        self.shown.add(line.id)
        return Outcome(key_of(line), "created", article, last.title)

    def _comments(self, line: CommentsLine) -> Outcome:
        made, counted = take_back(self.session, line, at=self.at)
        self.shown.update(article.id for article in counted)
        return Outcome(key_of(line), "created" if made else "unchanged", kind="comments", comments=made)

    def _basis(self, line: BasisLine) -> Outcome:
        permission = self.session.get(Permission, line.permission)
        if permission is None or self.session.get(Permission, line.rests_on) is None:
            raise Refused("There is no such permission here.")
        if permission.parent_id is None:
            permission.parent_id = line.rests_on
            self.session.flush()
            return Outcome(key_of(line), "created", kind="basis")
        return Outcome(key_of(line), "unchanged", kind="basis")
