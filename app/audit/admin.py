"""`/v1/admin/audit`: who did what."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.accounts.access import needs
from app.articles.sealing import first_changed
from app.context import Paging, Router, SiteDep
from app.events import queries
from app.events.actions import Actor, verify
from app.events.models import AuditEntry
from app.http import private
from app.paging import Sort, fetch
from app.schemas import Moment, MomentIn, Out, Page

router = Router(prefix="/v1/admin/audit", tags=["admin"])

Auditor = Annotated[Actor, Depends(needs("audit:read"))]


class AuditPaging(Paging):
    actor: str | None = Field(
        default=None, max_length=100, description="`user:…`, `key:…`, `cli`, `worker` or `external`."
    )
    object: UUID | None = Field(default=None, description="Id of what it was done to.")
    kind: str | None = Field(default=None, max_length=40, description="What that is, as `article`.")
    action: str | None = Field(default=None, max_length=40, description="What was done, as `publish`.")
    after: MomentIn | None = Field(default=None, description="Only later ones.")
    before: MomentIn | None = Field(default=None, description="Only earlier ones.")


class AuditEntryOut(Out):
    """That somebody did something."""

    number: int
    made_at: Moment
    actor: str = Field(examples=["key:7hT2kQ9x"])
    action: str = Field(examples=["publish"])
    object_kind: str = Field(examples=["article"])
    object_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None = Field(examples=["0193a5b0c0de7000"])
    address: str | None = Field(
        description="Where from; `null` if it was the command line, or has been erased.", examples=["192.0.2.7"]
    )
    digest: str = Field(
        description="SHA-256 over the entry and the digest before, as canonical JSON (RFC 8785).",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class ChangedSaveOut(Out):
    """A revision that has not the words that it was saved with, or is gone."""

    entry: int = Field(description="Number of the audit entry that has their digest.")
    article_id: UUID
    revision: int


class VerdictOut(Out):
    """Whether the audit log is as it was written, and the words of revisions are those that it sealed."""

    intact: bool = Field(description="Both are.")
    entries: int = Field(description="How many follow from one another, from the first on.")
    digest: str = Field(
        description="Of the last of those. Keep it elsewhere: entries cut off the end change it.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    first_broken: int | None = Field(description="Number of the first entry that does not follow.")
    first_changed: ChangedSaveOut | None = Field(description="The first save whose words are not those of the log.")


@router.get("", response_model=Page[AuditEntryOut])
def list_audit_entries(
    request: Request, site: SiteDep, _by: Auditor, page: Annotated[AuditPaging, Query()]
) -> Response:
    """List who did what, the latest first."""
    query = queries.audit_entries()
    for column, wanted in (
        (AuditEntry.actor, page.actor),
        (AuditEntry.object_id, page.object),
        (AuditEntry.object_kind, page.kind),
        (AuditEntry.action, page.action),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if page.after is not None:
        query = query.where(AuditEntry.made_at > page.after)
    if page.before is not None:
        query = query.where(AuditEntry.made_at < page.before)
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(AuditEntry.number.expression, None, descending=True, parse=int),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [AuditEntryOut.model_validate(entry).model_dump_json().encode() for entry in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.get("/verify", response_model=VerdictOut)
def verify_audit(site: SiteDep, _by: Auditor) -> Response:
    """Follow the chain of digests through the whole audit log, and compare each revision with the digest of its words.

    It takes seconds for each 100,000 entries.
    """
    with site.database.reader() as session:
        found, changed = verify(session), first_changed(session)
    verdict = VerdictOut(
        intact=found.first_broken is None and changed is None,
        entries=found.entries,
        digest=found.digest,
        first_broken=found.first_broken,
        first_changed=ChangedSaveOut.model_validate(changed) if changed else None,
    )
    return private(verdict.model_dump_json().encode())
