"""Which formats an article has, and how each is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.articles.formats.imprint import Imprint
from app.articles.formats.markdown import with_front_matter
from app.articles.formats.ninjs import news_item
from app.articles.formats.page import POLICY, page
from app.articles.formats.schema_org import news_article
from app.articles.schemas import ArticleOut
from app.negotiation import MEDIA_TYPES

Format = Literal["json", "jsonld", "ninjs", "html", "markdown"]
FORMATS: tuple[Format, ...] = ("json", "jsonld", "ninjs", "html", "markdown")


@dataclass(frozen=True, slots=True)
class Written:
    """An article in a format, ready to be sent."""

    content: bytes
    media_type: str
    headers: Mapping[str, str]


def write(name: str, article: ArticleOut, imprint: Imprint) -> Written:
    """The article in the format of this name, which is one of `FORMATS` but not JSON."""
    if name == "html":
        return Written(page(article, imprint).encode(), MEDIA_TYPES[name], POLICY)
    if name == "markdown":
        return Written(with_front_matter(article, imprint).encode(), MEDIA_TYPES[name], {})
    made = news_article(article, imprint) if name == "jsonld" else news_item(article, imprint)
    return Written(to_json(made), MEDIA_TYPES[name], {})


def to_json(made: dict[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
