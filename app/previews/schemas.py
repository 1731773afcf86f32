from uuid import UUID

from pydantic import Field

from app.schemas import In, Moment, MomentIn, Out


class PreviewLinkIn(In):
    """A new preview link."""

    expires_at: MomentIn | None = Field(
        default=None, description="7 days from now, if not given; 30 days from now at most."
    )


class PreviewLinkOut(Out):
    """A preview link, without its token."""

    id: UUID
    article_id: UUID
    created_by: UUID | None = Field(description="The user who made it.")
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None


class NewPreviewLinkOut(PreviewLinkOut):
    """A preview link with its token, which is shown this once and kept nowhere."""

    token: str = Field(description="Whoever has it sees the article.", examples=["orp_Zk3v…"])
    url: str = Field(description="The article for whoever has the link.", examples=["/v1/previews/orp_Zk3v…"])
