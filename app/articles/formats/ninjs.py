"""IPTC ninjs 3.1, in which agencies and newsrooms exchange articles."""

from collections.abc import Iterator
from typing import Any

from app.articles.formats.imprint import Imprint, present
from app.articles.formats.quoted import marked
from app.articles.schemas import ArticleOut, CitationOut
from app.schemas import in_utc

STANDARD = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}


def news_item(article: ArticleOut, imprint: Imprint) -> dict[str, Any]:
    """The article as a news object of type `text`; quotes are marked in its HTML body."""
    permission = article.permission
    return {"uri": f"urn:uuid:{article.id}", "type": "text", "standard": STANDARD} | present(
        {
            "representationType": "full" if article.body else "partial",
            "version": str(article.revision),
            "versionCreated": in_utc(article.updated_at),
            "contentCreated": in_utc(article.published_at),
            "pubStatus": "usable",
            "language": article.language,
            "title": article.title,
            "headlines": [{"role": "main", "contentType": "text/plain", "value": article.title}],
            "slugline": article.slug,
            "by": ", ".join(author.name for author in article.authors),
            "copyrightHolder": permission.assigner.name if permission else imprint.publisher.name,
            "copyrightNotice": permission and permission.credit,
            "descriptions": list(_descriptions(article)),
            "bodies": list(_bodies(article)),
            "people": [_named(cited) for cited in article.sources if cited.source.kind == "person"],
            "organisations": [
                _named(cited) for cited in article.sources if cited.source.kind in ("organization", "publication")
            ],
            "infoSources": list(_sources(article, imprint)),
            "subjects": [{"name": tag.name, "literal": tag.slug} for tag in article.tags],
            "altIds": [{"role": "slug", "value": article.slug}, {"role": "url", "value": article.url}]
            + ([{"role": "canonical", "value": article.canonical_url}] if article.canonical_url else []),
            "renditions": [{"name": "web", "href": article.url, "contentType": "text/html"}],
            "associations": list(_pictures(article, imprint)),
        }
    )


def _descriptions(article: ArticleOut) -> Iterator[dict[str, Any]]:
    if article.summary:
        yield {"role": "summary", "contentType": "text/plain", "value": article.summary}
    for made in article.corrections:
        yield {"role": made.kind, "contentType": "text/plain", "value": made.text}


def _bodies(article: ArticleOut) -> Iterator[dict[str, Any]]:
    if article.body is None:
        return
    size = {"charCount": len(article.body.text), "wordCount": len(article.body.text.split())}
    texts = {"text/html": marked(article), "text/plain": article.body.text, "text/markdown": article.body.markdown}
    for content_type, value in texts.items():
        yield {"role": "main", "contentType": content_type, "value": value, **size}


def _named(cited: CitationOut) -> dict[str, Any]:
    return {"name": cited.source.name, "rel": cited.role, "uri": f"urn:uuid:{cited.source.id}"}


def _sources(article: ArticleOut, imprint: Imprint) -> Iterator[dict[str, Any]]:
    """Who supplied the article, and whom it relies on, as the words travelled."""
    yield {"name": imprint.publisher.name, "role": "publisher", "uri": f"urn:uuid:{imprint.publisher.id}"}
    for cited in article.sources:
        yield {"name": cited.source.name, "role": cited.role, "uri": f"urn:uuid:{cited.source.id}"}


def _pictures(article: ArticleOut, imprint: Imprint) -> Iterator[dict[str, Any]]:
    if article.image is None:
        return
    url = imprint.absolute(article.image.url)
    yield {
        "uri": url,
        "name": "image",
        "rel": "image",
        "type": "picture",
        "descriptions": [{"role": "caption", "value": article.image.alt}],
        "copyrightNotice": article.image.credit,
        "renditions": [{"name": "main", "href": url}],
    }
