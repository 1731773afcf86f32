from uuid import UUID

from pydantic import Field

from app.schemas import Moment, Out


class ChangedArticleOut(Out):
    """Where the article is that a change is about."""

    id: UUID
    slug: str = Field(description="Its present slug.", examples=["the-night-ferry-stays"])
    url: str = Field(description="Its page on the publisher's site.", examples=["https://example.org/night-ferry"])
    href: str = Field(description="Its path in this API.", examples=["/v1/articles/the-night-ferry-stays"])


class ChangeOut(Out):
    """One public change. It says where to look, not what is there."""

    id: UUID = Field(description="Give it as `after`, or as `Last-Event-ID`, to go on from here.")
    kind: str = Field(examples=["article.published"])
    at: Moment
    subject_id: UUID = Field(description="What changed: an article, a quote, a comment or a source, as `kind` says.")
    article: ChangedArticleOut | None = Field(
        description="The article that it is about; `null` once readers no longer see it: forget `subject_id`."
    )
