"""`/v1/admin/articles/{id}/permissions`: the rights under which a reprint stands."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.actions import check_not_trashed, find, reload
from app.articles.admin import Publisher, ReaderOfDrafts, matched, shown
from app.articles.delivery import Reference
from app.articles.models import Article, Citation
from app.articles.renditions import refresh
from app.articles.schemas import StaffArticleOut
from app.articles.versions import version
from app.context import Paging, Router, SiteDep
from app.db import now
from app.errors import Conflict, NotFound
from app.events.actions import Actor, record
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import cut
from app.permissions.actions import amend, grant, withdraw
from app.permissions.models import Permission
from app.permissions.queries import covers
from app.permissions.schemas import PermissionIn, PermissionPatch, StaffPermissionOut
from app.schemas import Page

router = Router(prefix="/v1/admin/articles", tags=["admin"])

PermissionId = Annotated[UUID, Path(description="Id of a permission of this article.")]


class LastPermission(Conflict):
    """Without its only permission an article needs none, and would be public without end. End the permission by its
    `valid_through`, grant another first, or unpublish the article."""

    slug, title = "last-permission", "A published reprint keeps one permission"


@router.get("/{reference}/permissions", response_model=Page[StaffPermissionOut], responses=refusals(404))
def list_permissions(
    request: Request, site: SiteDep, _by: ReaderOfDrafts, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the permissions of an article in any state, oldest first. The ETag is the article's."""
    at = now()
    with site.database.reader() as session:
        article = find(session, reference)
    listing = cut(
        sorted(article.permissions, key=lambda row: row.id),
        version=version(article),
        request=request,
        cursors=site.cursors,
        limit=page.limit,
        count=page.count == "exact",
    )
    items = [_document(row, at).model_dump_json().encode() for row in listing.rows]
    return private(listing.to_json(items), tag=version(article), headers=listing.links())


@router.get("/{reference}/permissions/{permission_id}", response_model=StaffPermissionOut, responses=refusals(404))
def read_permission(site: SiteDep, _by: ReaderOfDrafts, reference: Reference, permission_id: PermissionId) -> Response:
    """Read a permission of an article in any state. The ETag is the article's."""
    with site.database.reader() as session:
        article = find(session, reference)
        return _shown(article, _of(article, permission_id))


@router.post(
    "/{reference}/permissions",
    status_code=201,
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def permit_article(
    request: Request, site: SiteDep, by: Publisher, reference: Reference, data: PermissionIn, retries: RetriesDep
) -> Response:
    """Put an article under a permission. From now on it is public only while one of its permissions holds."""
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)
            permit(session, article, data, by=by, at=now())
            return shown(session, article, status_code=201)

        return retries.once(session, act)


@router.patch(
    "/{reference}/permissions/{permission_id}",
    response_model=StaffPermissionOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def update_permission(
    request: Request,
    site: SiteDep,
    by: Publisher,
    reference: Reference,
    permission_id: PermissionId,
    data: PermissionPatch,
) -> Response:
    """Change the terms of a permission. What the body does not name stays; readers get the new terms at once.

    409 `permission-in-use` while a permission that rests on this one would outlast it or begin before it. The ETag is
    the article's.
    """
    at = now()
    with site.database.writer.session() as session:
        article = matched(request, session, reference)
        check_not_trashed(article)
        permission = _of(article, permission_id)
        before = _state(permission)
        article.touch(at)  # before as well as after: the new terms may hide it
        amend(session, permission, data)
        _take_effect(session, article, at=at)
        record(session, by, "change_permission", "article", article.id, before=before, after=_state(permission))
        return _shown(article, permission)


@router.delete(
    "/{reference}/permissions/{permission_id}",
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 428),
)
def delete_permission(
    request: Request, site: SiteDep, by: Publisher, reference: Reference, permission_id: PermissionId
) -> Response:
    """Take a permission back, as one that was entered by mistake; answers the article. The audit log keeps it.

    409 `permission-in-use` while another permission rests on it, `last-permission` if the article is published or
    scheduled and has no other.
    """
    at = now()
    with site.database.writer.session() as session:
        article = matched(request, session, reference)
        check_not_trashed(article)
        permission = _of(article, permission_id)
        if article.is_published and len(article.permissions) == 1:
            raise LastPermission("Without it the article would be public without end.")
        before = _state(permission)
        article.touch(at)
        withdraw(session, permission)
        _take_effect(session, article, at=at)
        record(session, by, "unpermit", "article", article.id, before=before)
        return shown(session, article)


def permit(session: Session, article: Article, data: PermissionIn, *, by: Actor, at: datetime) -> Permission:
    """Put the article under a permission; from now on it is public only while one holds. Raises `Invalid`."""
    check_not_trashed(article)
    article.touch(at)  # before as well as after: the permission may hide it
    permission = grant(session, article.id, data, at=at)
    _take_effect(session, article, at=at)
    record(session, by, "permit", "article", article.id, after=_state(permission))
    return permission


def _take_effect(session: Session, article: Article, *, at: datetime) -> None:
    """Let staff and readers get the article as its permissions now are.

    The revision cites whoever gave one. It cites them still when the permission is no more, as the past rests on it.
    """
    reload(session, article)
    cited = {citation.source_id for citation in article.revision.citations if citation.role == "reprinted_from"}
    givers = {permission.assigner_id: permission.assigner for permission in article.permissions}
    new = [Citation(source=giver, role="reprinted_from") for key, giver in givers.items() if key not in cited]
    article.revision.citations.extend(new)
    article.touch(at)
    if article.is_published:
        refresh(session, [article.id], at=at)
    reload(session, article)


def _of(article: Article, permission_id: UUID) -> Permission:
    for permission in article.permissions:
        if permission.id == permission_id:
            return permission
    raise NotFound("The article has no such permission.")


def _state(permission: Permission) -> dict[str, Any]:
    """A permission as the audit log keeps it."""
    return {
        "permission": str(permission.id),
        "assigner": permission.assigner.slug,
        "credit": permission.credit,
        "valid_from": permission.valid_from.isoformat() if permission.valid_from else None,
        "valid_through": permission.valid_through.isoformat() if permission.valid_through else None,
        "on_expire": permission.on_expire,
        "proof": permission.proof,
        "parent": str(permission.parent_id) if permission.parent_id else None,
    }


def _document(permission: Permission, at: datetime) -> StaffPermissionOut:
    return StaffPermissionOut(
        **documents.permission(permission).model_dump(),
        id=permission.id,
        proof=permission.proof,
        parent=permission.parent_id,
        holds=covers(permission, at),
    )


def _shown(article: Article, permission: Permission) -> Response:
    return private(_document(permission, now()).model_dump_json().encode(), tag=version(article))
