# mypy: disable-error-code="attr-defined, no-any-return, arg-type"
# The columns come from the application's tables, which mypy does not follow.
"""What one compares with: the same articles as FastAPI's own project template would serve them.

Synchronous routes, a session for each request, relationships loaded as rows, `response_model`, offset and count, a
commit for each change. It is made well: relationships are loaded eagerly, the journal is a write-ahead log, and a
writer waits for the lock instead of failing. It checks no credential, keeps no audit log, indexes no words, renders
nothing ahead and sends no validators. `BENCH_DATABASE` names its database.
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine, create_engine, event, func, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, relationship, selectinload

import app.models  # noqa: F401 (foreign keys resolve only once all tables are known)
from app.articles import models as articles
from app.articles.body import render
from app.comments.models import Comment as CommentTable
from app.db import sqlite
from app.permissions.models import Permission as PermissionTable
from app.quotes.models import Hop as HopTable
from app.quotes.models import Placement as PlacementTable
from app.sources.models import Source as SourceTable


class Base(DeclarativeBase):
    metadata = articles.Article.metadata


class Source(Base):
    __table__ = SourceTable.__table__
    __mapper_args__ = {"include_properties": ["id", "slug", "kind", "name", "url"]}  # noqa: RUF012


class Author(Base):
    __table__ = articles.Author.__table__


class Tag(Base):
    __table__ = articles.Tag.__table__


class Hop(Base):
    __table__ = HopTable.__table__
    source: Mapped[Source] = relationship()


class Placement(Base):
    __table__ = PlacementTable.__table__
    speaker: Mapped[Source | None] = relationship()
    hops: Mapped[list[Hop]] = relationship()


class Citation(Base):
    __table__ = articles.Citation.__table__
    source: Mapped[Source] = relationship()


class Permission(Base):
    __table__ = PermissionTable.__table__
    assigner: Mapped[Source] = relationship()


class Revision(Base):
    __table__ = articles.Revision.__table__
    placements: Mapped[list[Placement]] = relationship(order_by=PlacementTable.start)
    citations: Mapped[list[Citation]] = relationship()


class Byline(Base):
    __table__ = articles.Byline.__table__
    author: Mapped[Author] = relationship()


class Label(Base):
    __table__ = articles.Label.__table__
    tag: Mapped[Tag] = relationship()


class Comment(Base):
    __table__ = CommentTable.__table__


class Article(Base):
    __table__ = articles.Article.__table__
    revision: Mapped[Revision] = relationship(
        primaryjoin=(articles.Revision.article_id == articles.Article.id) & articles.Revision.is_current,
        foreign_keys=articles.Revision.article_id,
        uselist=False,
    )
    bylines: Mapped[list[Byline]] = relationship()
    labels: Mapped[list[Label]] = relationship()
    permissions: Mapped[list[Permission]] = relationship()

    @property
    def authors(self) -> list[Author]:
        return [byline.author for byline in self.bylines]

    @property
    def tags(self) -> list[Tag]:
        return [label.tag for label in self.labels]

    @property
    def title(self) -> str:
        return str(self.revision.title)

    @property
    def summary(self) -> str | None:
        return self.revision.summary


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class NamedOut(Out):
    slug: str
    name: str


class SourceOut(NamedOut):
    id: UUID
    kind: str
    url: str | None


class HopOut(Out):
    source: SourceOut
    role: str
    url: str | None
    date: date | None


class QuoteOut(Out):
    id: UUID = Field(validation_alias="quote_id")
    kind: str
    exact: str
    prefix: str
    suffix: str
    start: int | None = Field(validation_alias="start_at")
    end: int | None = Field(validation_alias="end_at")
    speaker: SourceOut | None
    attribution: list[HopOut] = Field(validation_alias="hops")
    review: str
    anchor: str
    confidence: float | None


class CitationOut(Out):
    source: SourceOut
    role: str


class PermissionOut(Out):
    assigner: SourceOut
    credit: str
    valid_from: datetime | None
    valid_through: datetime | None


class BodyOut(Out):
    markdown: str
    html: str
    text: str
    quotes: list[QuoteOut] = Field(validation_alias="placements")
    sources: list[CitationOut] = Field(validation_alias="citations")


class CardOut(Out):
    id: UUID
    slug: str
    title: str
    summary: str | None
    language: str
    published_at: datetime | None
    updated_at: datetime | None
    authors: list[NamedOut]
    tags: list[NamedOut]
    permissions: list[PermissionOut]
    comment_count: int


class ArticleOut(CardOut):
    body: BodyOut = Field(validation_alias="revision")


class ArticlesOut(BaseModel):
    data: list[CardOut]
    count: int


class ArticleIn(BaseModel):
    title: str
    markdown: str
    authors: list[str] = []
    tags: list[str] = []


class CommentIn(BaseModel):
    author_name: str
    body: str


class CommentOut(Out):
    id: UUID
    author_name: str
    text: str
    html: str
    created_at: datetime


def make_engine() -> Engine:
    url = make_url(os.environ["BENCH_DATABASE"])
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, module=sqlite, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


api = FastAPI()


def open_session(request: Request) -> Iterator[Session]:
    with Session(request.app.state.engine) as session:
        yield session


def create_app() -> FastAPI:
    api.state.engine = make_engine()
    return api


SessionDep = Annotated[Session, Depends(open_session)]

CARD = [
    joinedload(Article.revision),
    selectinload(Article.bylines).joinedload(Byline.author),
    selectinload(Article.labels).joinedload(Label.tag),
    selectinload(Article.permissions).joinedload(Permission.assigner),
]
WHOLE = [
    *CARD,
    joinedload(Article.revision).selectinload(Revision.placements).joinedload(Placement.speaker),
    joinedload(Article.revision).selectinload(Revision.placements).selectinload(Placement.hops).joinedload(Hop.source),
    joinedload(Article.revision).selectinload(Revision.citations).joinedload(Citation.source),
]


@api.get("/v1/articles", response_model=ArticlesOut)
def list_articles(session: SessionDep, tag: str, skip: int = 0, limit: int = 20) -> Any:
    tagged = select(Article).join(Article.labels).join(Label.tag).where(Tag.slug == tag, Article.status == "published")
    count = session.scalar(select(func.count()).select_from(tagged.subquery()))
    page = tagged.options(*CARD).order_by(Article.published_at.desc()).offset(skip).limit(limit)
    return {"data": session.scalars(page).all(), "count": count}


@api.get("/v1/articles/{slug}", response_model=ArticleOut)
def read_article(session: SessionDep, slug: str) -> Any:
    return _found(session, slug)


@api.post("/v1/admin/articles", response_model=ArticleOut, status_code=201)
def create_article(session: SessionDep, data: ArticleIn) -> Any:
    at, body = datetime.now(UTC), render(data.markdown)
    article = Article(
        slug=f"{data.title.lower().replace(' ', '-')[:80]}-{uuid4().hex[:8]}",
        status="draft",
        language="en",
        comments_state="open",
        created_at=at,
        revision=Revision(
            number=1,
            is_current=True,
            title=data.title,
            markdown=body.markdown,
            html=body.html,
            text=body.text,
            details={},
            created_at=at,
        ),
        bylines=[Byline(author=_named(session, Author, name), position=n) for n, name in enumerate(data.authors)],
        labels=[Label(tag=_named(session, Tag, name), position=n) for n, name in enumerate(data.tags)],
    )
    session.add(article)
    session.commit()
    session.refresh(article)
    return article


@api.post("/v1/articles/{slug}/comments", response_model=CommentOut, status_code=202)
def create_comment(session: SessionDep, slug: str, data: CommentIn) -> Any:
    article = session.scalar(select(Article).where(Article.slug == slug))
    if article is None:
        raise HTTPException(404)
    comment = Comment(
        article_id=article.id,
        kind="comment",
        status="pending",
        author_name=data.author_name,
        text=data.body,
        html=render(data.body).html,
        created_at=datetime.now(UTC),
    )
    session.add(comment)
    session.commit()
    session.refresh(comment)
    return comment


def _found(session: Session, slug: str) -> Article:
    article = session.scalar(select(Article).where(Article.slug == slug).options(*WHOLE))
    if article is None:
        raise HTTPException(404)
    return article


def _named(session: Session, kind: Any, name: str) -> Any:
    return session.scalar(select(kind).where(kind.name == name)) or kind(name=name, slug=name.lower().replace(" ", "-"))
