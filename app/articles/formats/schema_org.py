"""schema.org in JSON-LD: a `NewsArticle` with its quotations, citations and corrections."""

from collections.abc import Iterator
from typing import Any

from app.articles.formats.imprint import Imprint, present
from app.articles.schemas import ArticleOut, CitationOut
from app.corrections.schemas import CorrectionOut
from app.quotes.fragments import at_words
from app.quotes.schemas import HopOut, QuoteOut
from app.schemas import in_utc
from app.sources.schemas import SourceOut

CONTEXT = "https://schema.org"

_TYPES = {
    "person": "Person",
    "organization": "Organization",
    "publication": "NewsMediaOrganization",
    "document": "CreativeWork",
    "unnamed": "Person",
}


def news_article(article: ArticleOut, imprint: Imprint) -> dict[str, Any]:
    """The article as a `NewsArticle`; of what was reprinted, `isBasedOn` is the original."""
    permission, image = article.permission, article.image
    return {"@context": CONTEXT, "@type": "NewsArticle", "@id": f"urn:uuid:{article.id}"} | present(
        {
            "url": article.url,
            "mainEntityOfPage": article.url,
            "headline": article.title,
            "abstract": article.summary,
            "inLanguage": article.language,
            "datePublished": in_utc(article.published_at),
            "dateModified": in_utc(article.updated_at),
            "version": str(article.revision),
            "author": [{"@type": "Person", "name": author.name} for author in article.authors],
            "publisher": publisher(imprint),
            "keywords": [tag.name for tag in article.tags],
            "image": image
            and {
                "@type": "ImageObject",
                "url": imprint.absolute(image.url),
                "caption": image.alt,
                "creditText": image.credit,
            },
            "articleBody": article.body and article.body.text,
            "isBasedOn": _original(article),
            "creditText": permission and permission.credit,
            "copyrightHolder": permission and thing(permission.assigner),
            "expires": permission and permission.valid_through and in_utc(permission.valid_through),
            "citation": [*_pages(article), *(_work(cited) for cited in article.sources if _is_cited(cited))],
            "hasPart": [quotation(quote, article) for quote in article.quotes or ()],
            "correction": [correction(made) for made in article.corrections],
            "commentCount": article.comments.count,
            "discussionUrl": imprint.absolute(article.comments.url),
        }
    )


def quotation(quote: QuoteOut, article: ArticleOut) -> dict[str, Any]:
    """The quote as a `Quotation`: who spoke, and through whom the words came."""
    text = article.body.text if article.body else ""
    return {"@type": "Quotation", "@id": f"urn:uuid:{quote.id}"} | present(
        {
            "text": quote.exact,
            "url": at_words(article.url, text, quote.start, quote.end),
            "spokenByCharacter": quote.speaker and thing(quote.speaker),
            "isBasedOn": [_station(hop) for hop in quote.attribution if hop.role == "via"],
            "creativeWorkStatus": quote.review,
            "description": "Indirect speech: the words are the article's." if quote.kind == "indirect" else None,
        }
    )


def correction(made: CorrectionOut) -> dict[str, Any]:
    """A `CorrectionComment`; `about` is the passage that was wrong."""
    about = {"@type": "CreativeWork", "text": made.target.exact} if made.target else None
    return {"@type": "CorrectionComment", "@id": f"urn:uuid:{made.id}"} | present(
        {"name": made.kind, "text": made.text, "datePublished": in_utc(made.published_at), "about": about}
    )


def publisher(imprint: Imprint) -> dict[str, Any]:
    return thing(imprint.publisher) | {"@type": "NewsMediaOrganization"}


def thing(source: SourceOut) -> dict[str, Any]:
    """A source as a person, an organization or a work."""
    unnamed = "Not named in the article." if source.kind == "unnamed" else None
    return {"@type": _TYPES[source.kind], "@id": f"urn:uuid:{source.id}"} | present(
        {"name": source.name, "url": source.url, "disambiguatingDescription": unnamed}
    )


def _original(article: ArticleOut) -> dict[str, Any] | None:
    if article.permission is None and article.canonical_url is None:
        return None
    assigner = article.permission and thing(article.permission.assigner)
    return {"@type": "NewsArticle"} | present({"url": article.canonical_url, "publisher": assigner})


def _pages(article: ArticleOut) -> Iterator[dict[str, Any]]:
    """The pages that words of the article came from, each once."""
    stations = [hop for quote in article.quotes or () for hop in quote.attribution if hop.role == "via" and hop.url]
    yield from {hop.url: _station(hop) for hop in stations}.values()


def _station(hop: HopOut) -> dict[str, Any]:
    """A work in which words stood before they stood here."""
    day = hop.date and hop.date.isoformat()
    return {"@type": "CreativeWork"} | present({"url": hop.url, "datePublished": day, **_behind(hop.source)})


def _is_cited(cited: CitationOut) -> bool:
    return cited.role in ("via", "cited")


def _work(cited: CitationOut) -> dict[str, Any]:
    if cited.source.kind == "document":
        return thing(cited.source)
    return {"@type": "CreativeWork", **_behind(cited.source)}


def _behind(source: SourceOut) -> dict[str, Any]:
    """Who stands behind a work that is not known by itself."""
    if source.kind == "document":
        return {"isPartOf": thing(source)}
    return {"author" if source.kind in ("person", "unnamed") else "publisher": thing(source)}
