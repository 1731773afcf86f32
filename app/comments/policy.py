"""`/v1/admin/moderation`: how the site and its articles take comments, and who and what is kept out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.actions import find
from app.articles.delivery import Reference
from app.articles.models import Article
from app.comments import moderating, screening_queries
from app.comments.admin import Moderator
from app.comments.models import ArticleRules, Ban, SiteRules
from app.comments.policy_schemas import ArticleRulesIn, ArticleRulesOut, BanIn, BanOut, Rules, RulesOut
from app.comments.screening import rules_for, rules_of
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.actions import record, take_turn, touch
from app.events.retries import RetriesDep
from app.http import NO_STORE, check_match, private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page

router = Router(prefix="/v1/admin", tags=["admin"])

BanId = Annotated[UUID, Path(description="Id of a ban.")]


@router.get("/moderation/rules", response_model=RulesOut)
def read_comment_rules(site: SiteDep, _by: Moderator) -> Response:
    """Read how the site takes comments."""
    with site.database.reader() as session:
        return private(_rules(session))


@router.put("/moderation/rules", response_model=RulesOut, responses=refusals(412, 422, 428))
def replace_comment_rules(request: Request, site: SiteDep, by: Moderator, data: Rules) -> Response:
    """Say how the site takes comments. What the body does not name becomes its default."""
    with site.database.writer.session() as session:
        take_turn(session)
        check_match(request, _rules(session))
        before = rules_of(session).model_dump(mode="json")
        session.merge(SiteRules(id=1, document=data.model_dump(mode="json"), changed_at=now()))
        record(session, by, "rule", "site", UUID(int=0), before=before, after=data.model_dump(mode="json"))
        touch(session, ["feed:all"])  # `/v1/site` tells of it
        return private(_rules(session))


@router.get("/articles/{reference}/comment-rules", response_model=ArticleRulesOut, responses=refusals(404))
def read_article_comment_rules(site: SiteDep, _by: Moderator, reference: Reference) -> Response:
    """Read how an article takes comments."""
    with site.database.reader() as session:
        return private(_article_rules(session, find(session, reference)))


@router.put(
    "/articles/{reference}/comment-rules",
    response_model=ArticleRulesOut,
    responses=refusals(404, 412, 422, 428),
)
def replace_article_comment_rules(
    request: Request, site: SiteDep, by: Moderator, reference: Reference, data: ArticleRulesIn
) -> Response:
    """Let an article take comments otherwise than the site; with nothing in the body, as the site does.

    Its editor's `comments_state` holds besides: of the two the stricter one counts.
    """
    with site.database.writer.session() as session:
        take_turn(session)
        article = find(session, reference)
        check_match(request, _article_rules(session, article))
        session.merge(ArticleRules(article_id=article.id, **data.model_dump()))
        record(session, by, "rule", "article", article.id, after=data.model_dump())
        return private(_article_rules(session, article))


@router.get("/moderation/bans", response_model=Page[BanOut])
def list_bans(request: Request, site: SiteDep, _by: Moderator, page: Annotated[Paging, Query()]) -> Response:
    """List bans, the latest first, ended ones too."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            screening_queries.bans(),
            Sort(Ban.created_at.expression, Ban.id.expression, descending=True, parse=datetime.fromisoformat),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [ban_out(row).model_dump_json().encode() for row in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.post("/moderation/bans", status_code=201, response_model=BanOut, responses=refusals(422))
def create_ban(site: SiteDep, by: Moderator, data: BanIn, retries: RetriesDep) -> Response:
    """Keep a person, an address range or some words out, for good or until a moment. Comments that are there stay."""
    with site.database.writer.session() as session:

        def act() -> Response:
            made = moderating.ban(session, data, secret=site.settings.secret, by=by, at=now())
            headers = {"Location": f"/v1/admin/moderation/bans/{made.id}"}
            return private(ban_out(made).model_dump_json().encode(), status_code=201, headers=headers)

        return retries.once(session, act)


@router.delete("/moderation/bans/{ban_id}", status_code=204, response_class=Response, responses=refusals(404))
def delete_ban(site: SiteDep, by: Moderator, ban_id: BanId) -> Response:
    """Lift a ban."""
    with site.database.writer.session() as session:
        moderating.lift(session, ban_id, by=by)
    return Response(status_code=204, headers=NO_STORE)


def _rules(session: Session) -> bytes:
    return RulesOut(**rules_of(session).model_dump()).model_dump_json().encode()


def _article_rules(session: Session, article: Article) -> bytes:
    session.flush()
    own = session.scalar(screening_queries.article_rules([article.id]))
    effective: Any = rules_for(session, article, at=now())[1]
    mode: Any = own.mode if own else None
    days = own.close_after_days if own else None
    return ArticleRulesOut(mode=mode, close_after_days=days, effective=effective).model_dump_json().encode()


def ban_out(row: Ban) -> BanOut:
    """The ban as staff get it: of a person, not even the digest."""
    kind: Any = row.kind
    effect: Any = row.effect
    return BanOut(
        id=row.id,
        kind=kind,
        value=row.value if row.kind in ("network", "words") else None,
        effect=effect,
        note=row.note,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
