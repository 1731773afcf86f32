"""Wire shapes of the citation graph."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.articles.schemas import ArticleLinkOut
from app.schemas import Out
from app.sources.schemas import Kind

EdgeKind = Literal["cites", "quotes", "reprints", "corrects"]
NodeKind = Literal["article", "source", "page"]

Counted = Annotated[
    int, Field(description="Articles that were looked at, the newest of those asked for.", examples=[812])
]
AsOf = Annotated[
    datetime | None,
    Field(
        description="When this was made ahead, over all articles as they were then. What readers see no more since is "
        "left out. `null`: it was made for this request."
    ),
]
Complete = Annotated[bool, Field(description="Whether these were all; if not, ask for a shorter time.")]


class NodeOut(Out):
    """An article of this site, a source, or a page elsewhere."""

    type: NodeKind
    id: UUID = Field(description="Of a page, the UUIDv5 of its address (RFC 9562, namespace of URLs).")
    name: str = Field(description="Title, name, or address.", examples=["Maren Oduya"])
    kind: Kind | None = Field(description="Of a source.")
    url: str | None = Field(description="Of a page, or the source's own site.", examples=["https://harbour.example/"])
    href: str | None = Field(
        description="Its path in this API; `null` for a page.", examples=["/v1/sources/maren-oduya"]
    )


class ReferenceOut(Out):
    """That one cites, quotes, reprints or corrects another, and which article says so."""

    id: UUID = Field(description="The same as long as the article says it.")
    kind: EdgeKind
    citing: NodeOut = Field(description="Who or what refers.")
    cited: NodeOut = Field(description="To whom or what.")
    is_origin: bool = Field(
        description="Whether what was taken begins there, as far as the article says: it is the speaker, or was cited "
        "itself, and did not only pass it on."
    )
    url: str | None = Field(description="Where it stands there.", examples=["https://harbour-review.example/ferry"])
    article: ArticleLinkOut = Field(description="The article that says so.")


class PrimarySourceOut(Out):
    """The shortest way from an article to a source whose own words, or which itself, it rests on."""

    path: list[ReferenceOut] = Field(description="The article first. Empty if no way was found.")
    length: int | None = Field(description="Steps; `null` if no way was found.", examples=[2])
    max_length: int = Field(description="Longer ways are not looked for.", examples=[6])
    complete: bool = Field(description="Whether every way of up to this length was looked at.")


class LoopOut(Out):
    """Articles and sources each of which rests on each other one, at last."""

    size: int = Field(description="How many they are.", examples=[3])
    nodes: list[NodeOut] = Field(description="50 at most.")
    references: list[ReferenceOut] = Field(description="Those between them, the latest first; 50 at most.")


class LoopsOut(Out):
    """Circular reporting among published articles."""

    items: list[LoopOut] = Field(description="The largest first.")
    counted: int = Field(description="References that were looked at, the newest.", examples=[812])
    complete: Complete
    as_of: AsOf


class MostCitedItemOut(Out):
    """How many articles refer to something."""

    node: NodeOut
    article_count: int = Field(examples=[12])


class MostCitedOut(Out):
    """What most articles refer to."""

    items: list[MostCitedItemOut]
    counted: Counted
    complete: Complete
    as_of: AsOf


class SingleSourceOut(Out):
    """An article that rests on one source alone."""

    article: ArticleLinkOut
    source: NodeOut


class SingleSourcesOut(Out):
    """Articles that rest on one source alone."""

    items: list[SingleSourceOut] = Field(description="The latest first.")
    counted: Counted
    complete: Complete
    as_of: AsOf


class SourcingItemOut(Out):
    """On how many sources articles rest, and how many of these have no name."""

    value: str = Field(description="Slug, or month as `YYYY-MM` in UTC.", examples=["bo-lind"])
    name: str = Field(examples=["Bo Lind"])
    article_count: int = Field(description="Articles that rest on any source.", examples=[14])
    source_count: int = Field(description="Their sources; one counts in each article anew.", examples=[40])
    unnamed_count: int = Field(description="Those of them that are `unnamed`.", examples=[6])
    unnamed_share: float = Field(description="0 to 1, to four places.", examples=[0.15])
    single_source_count: int = Field(description="Articles that rest on one source alone.", examples=[3])


class SourcingOut(Out):
    """On how many sources published articles rest, and how many of these have no name."""

    items: list[SourcingItemOut] = Field(description="The most articles first; months and articles, the latest first.")
    counted: Counted
    complete: Complete
    as_of: AsOf
