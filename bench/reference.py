# mypy: disable-error-code="attr-defined, no-any-return, arg-type"
# The columns come from the application's tables, which mypy does not follow.
"""What one compares with: the same articles as FastAPI's own project template would serve them.

Synchronous routes, a session for each request, relationships loaded as rows, `response_model`, offset and count, a
commit for each change. It is made well: relationships are loaded eagerly, the journal is a write-ahead log, and a
writer waits for the lock instead of failing. Whoever creates an article shows a credential; slugs have a table of their
own, and each change an entry in an audit log. It indexes no words, renders nothing ahead and sends no validators.
`BENCH_DATABASE` names its database.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine, create_engine, event, func, make_url, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.articles.body import render
from app.db import sqlite
from bench.reference_models import (
    Apart,
    ApiKey,
    Article,
    ArticleIn,
    ArticleOut,
    ArticleSlug,
    ArticlesOut,
    AuditEntry,
    Author,
    Byline,
    Citation,
    Comment,
    CommentIn,
    CommentOut,
    Hop,
    Label,
    Permission,
    Placement,
    Revision,
    Tag,
    User,
)


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
    Apart.metadata.create_all(api.state.engine)
    return api


SessionDep = Annotated[Session, Depends(open_session)]


def current_user(session: SessionDep, token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> User:
    digest = hashlib.sha256(token.credentials.encode()).hexdigest()
    key = session.scalar(select(ApiKey).where(ApiKey.digest == digest).options(joinedload(ApiKey.owner)))
    if key is None or key.revoked_at or key.owner.disabled_at:
        raise HTTPException(401)
    if "articles:write" not in key.scopes:
        raise HTTPException(403)
    return key.owner


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
def create_article(session: SessionDep, by: Annotated[User, Depends(current_user)], data: ArticleIn) -> Any:
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
    session.flush()
    session.add(ArticleSlug(slug=article.slug, article_id=article.id, created_at=at))
    session.add(_audited(by.email, "create", article.id, at, title=data.title))
    session.commit()
    session.refresh(article)
    return article


@api.post("/v1/articles/{slug}/comments", response_model=CommentOut, status_code=202)
def create_comment(session: SessionDep, slug: str, data: CommentIn) -> Any:
    at = datetime.now(UTC)
    article = session.scalar(select(Article).where(Article.slug == slug))
    if article is None:
        raise HTTPException(404)
    comment = Comment(
        article_id=article.id,
        path=f"{int(at.timestamp() * 1000):011x}{uuid4().hex[12:]}",
        depth=1,
        is_seen=False,
        kind="comment",
        status="pending",
        author_name=data.author_name,
        text=data.body,
        html=render(data.body).html,
        created_at=at,
    )
    session.add(comment)
    session.flush()
    session.add(_audited("reader", "comment", comment.id, at, status="pending"))
    session.commit()
    session.refresh(comment)
    return comment


def _audited(actor: str, action: str, object_id: UUID, at: datetime, **after: str) -> AuditEntry:
    return AuditEntry(actor=actor, action=action, object_id=object_id, after=after, made_at=at)


def _found(session: Session, slug: str) -> Article:
    article = session.scalar(select(Article).where(Article.slug == slug).options(*WHOLE))
    if article is None:
        raise HTTPException(404)
    return article


def _named(session: Session, kind: Any, name: str) -> Any:
    return session.scalar(select(kind).where(kind.name == name)) or kind(name=name, slug=name.lower().replace(" ", "-"))
