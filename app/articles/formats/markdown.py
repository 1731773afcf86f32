"""Markdown as editors wrote it, under a front matter that says what else is known."""

import json
import re
from typing import Any

from app.articles.formats.imprint import Imprint, present
from app.articles.schemas import ArticleOut
from app.quotes.schemas import QuoteOut
from app.schemas import in_utc

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def with_front_matter(article: ArticleOut, imprint: Imprint) -> str:
    """The article's Markdown; the front matter is YAML whose values are JSON, which is YAML 1.2 too."""
    permission = article.permission
    head = present(
        {
            "title": article.title,
            "slug": article.slug,
            "url": article.url,
            "canonical_url": article.canonical_url,
            "date": in_utc(article.published_at),
            "updated": in_utc(article.updated_at),
            "revision": article.revision,
            "language": article.language,
            "summary": article.summary,
            "authors": [author.name for author in article.authors],
            "tags": [tag.name for tag in article.tags],
            "publisher": imprint.publisher.name,
            "credit": permission and permission.credit,
            "quotes": [_quote(quote) for quote in article.quotes or ()],
            "corrections": [
                {"kind": made.kind, "date": in_utc(made.published_at), "text": made.text}
                for made in article.corrections
            ],
        }
    )
    lines = [f"{name}: {_yaml(value)}" for name, value in head.items()]
    body = article.body.markdown.strip("\n") if article.body else ""
    return "\n".join(["---", *lines, "---", "", body, ""])


def _quote(quote: QuoteOut) -> dict[str, Any]:
    way = [hop.source.name for hop in quote.attribution if hop.role == "via"]
    said_by = quote.speaker.name if quote.speaker else None
    return present({"exact": quote.exact, "speaker": said_by, "via": way, "review": quote.review})


def _yaml(value: Any) -> str:
    """JSON without the characters that YAML forbids unescaped."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
