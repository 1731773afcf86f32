"""Lines of an export as rows."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import TypeVar, assert_never
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.articles.models import Article, Author, Masthead, Tag
from app.comments.models import Comment
from app.comments.rules import to_html
from app.db import insert_all, new_id
from app.events.actions import Deed
from app.ingest import queries
from app.ingest.actions import Outcome
from app.ingest.article_lines import ArticleLine
from app.ingest.lines import (
    AuthorLine,
    BasisLine,
    CommentLine,
    CommentsLine,
    HeadLine,
    Line,
    SourceLine,
    TagLine,
    TiesLine,
    UserLine,
)
from app.ingest.rows import Names, Refused, rows_of
from app.ingest.written import article_lines
from app.permissions.models import Permission
from app.sources.actions import fold, state
from app.sources.models import Source, SourceLink, SourceName, SourceRole
from app.sources.queries import site


def key_of(line: Line) -> str:
    """What the line is about, for reports."""
    match line:
        case HeadLine():
            return "head"
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


Named = TypeVar("Named", Author, Tag)


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
            case UserLine():
                return self._user(line)
            case AuthorLine():
                return self._named(line, Author)
            case TagLine():
                return self._named(line, Tag)
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
        savers = {revision.saved_by for revision in line.revisions if self._users}
        known_savers = set(self.session.scalars(queries.users_among(filter(None, savers)))) if any(savers) else set()
        for revision in line.revisions:
            if revision.saved_by not in known_savers:
                revision.saved_by = None  # as if he had been deleted since
        if line.id not in self._there:
            return None
        article, known = self._there[line.id]
        if known != line.model_dump_json():
            raise Refused(f"“{article.slug}” is here and not as it is in the file; nothing was changed.")
        return Outcome(key_of(line), "unchanged", article, line.revisions[-1].title)

    def _user(self, line: UserLine) -> Outcome:
        if self.session.get(User, line.id) is not None:
            return Outcome(key_of(line), "unchanged", title=line.name, kind="user")
        insert_all(self.session, [User(**line.model_dump(exclude={"type"}))])
        self.deeds.append(Deed("create", "user", line.id, after={"role": line.role}))
        return Outcome(key_of(line), "created", title=line.name, kind="user")

    def _named(self, line: AuthorLine | TagLine, table: type[Named]) -> Outcome:
        there = self.session.scalar(queries.slugged(table, line.slug))
        if there is None:
            insert_all(self.session, [table(id=line.id, slug=line.slug, name=line.name)])
        elif there.name != line.name:
            raise Refused(f"The {line.type} “{line.slug}” is here under the name “{there.name}”.")
        return Outcome(key_of(line), "created" if there is None else "unchanged", title=line.name, kind=line.type)

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
        return Outcome(key_of(line), "created", title=source.name, kind="source")

    def _article(self, line: ArticleLine) -> Outcome:
        if (there := self.same(line)) is not None:
            return there
        article, rows = rows_of(line, self.names)
        insert_all(self.session, [article, *rows])
        last = line.revisions[-1]
        after = {"revision": last.number, "title": last.title, **last.details}
        self.deeds.append(Deed("create", "article", line.id, after=after))
        self.shown.add(line.id)
        return Outcome(key_of(line), "created", article, last.title)

    def _comments(self, line: CommentsLine) -> Outcome:
        ids = {row.id for row in line.comments}
        there = set(self.session.scalars(queries.comments_among(ids)))
        fresh = [row for row in line.comments if row.id not in there]
        self._check_places(line.article, fresh)
        insert_all(
            self.session,
            [
                Comment(
                    **row.model_dump(exclude={"parent", "quote"}),
                    article_id=line.article,
                    parent_id=row.parent,
                    quote_id=row.quote,
                    html=to_html(row.text),
                    reply_count=0,
                )
                for row in fresh
            ],
        )
        self._count(line.article, [row for row in fresh if row.status == "approved"])
        return Outcome(key_of(line), "created" if fresh else "unchanged", kind="comments", comments=len(fresh))

    def _check_places(self, article: UUID, comments: Collection[CommentLine]) -> None:
        """Refuse comments that answer another article's, or are on another article's quote."""
        parents = {row.parent for row in comments if row.parent} - {row.id for row in comments}
        quotes = {row.quote for row in comments if row.quote}
        if set(self.session.scalars(queries.comments_under(article, parents))) != parents:
            raise Refused("One of the comments answers a comment that is not under this article.")
        if set(self.session.scalars(queries.quotes_in(article, quotes))) != quotes:
            raise Refused("One of the comments is on a quote that is not in this article.")

    def _count(self, article: UUID, approved: Collection[CommentLine]) -> None:
        """Add to the counters what has come in, which costs the same however many comments there are already."""
        if not approved:
            return
        more = Article.comment_count + len(approved)
        self.session.execute(update(Article).where(Article.id == article).values(comment_count=more))
        replies = Counter(row.parent for row in approved if row.parent)
        for parent, count in replies.items():
            more = Comment.reply_count + count
            self.session.execute(update(Comment).where(Comment.id == parent).values(reply_count=more))
        self.shown.add(article)

    def _basis(self, line: BasisLine) -> Outcome:
        permission = self.session.get(Permission, line.permission)
        if permission is None or self.session.get(Permission, line.rests_on) is None:
            raise Refused("There is no such permission here.")
        if permission.parent_id is None:
            permission.parent_id = line.rests_on
            self.session.flush()
            return Outcome(key_of(line), "created", kind="basis")
        return Outcome(key_of(line), "unchanged", kind="basis")
