"""Where readers might see something of an article, and what of it an answer shows."""

import re
from collections.abc import Iterable
from typing import Any

import httpx

from app.main import ROUTERS
from tests.record.world import IDS, NEVER, WORDS, Json, canaries

SURFACES: dict[str, list[str]] = {
    "/v1/articles": [
        "/v1/articles?limit=100&count=exact",
        "/v1/articles?q={title}",
        "/v1/articles?view=full&limit=100",
        "/v1/articles?sort=title&limit=100",
        "/v1/articles?sort=-updated_at&limit=100",
        "/v1/articles?limit=1",
        "/v1/articles?q=lighthouse&limit=100",
        "/v1/articles?reprint=true&corrected=true&limit=100",
        "/v1/articles?published_after=2020-01-01T00:00:00Z&updated_after=2020-01-01T00:00:00Z&limit=100",
        "/v1/articles?q={speaker}&view=full",
        "/v1/articles?q={body}&count=exact",
        "/v1/articles?tag={tag}&count=exact",
        "/v1/articles?author={author}",
        "/v1/articles?source={assigner}",
        "/v1/articles?source={via_id}",
        "/v1/articles?speaker={speaker}&view=full",
    ],
    "/v1/articles/{reference}": [
        "/v1/articles/{slug}",
        "/v1/articles/{id}",
        "/v1/articles/{slug}?fields=title,body,comments",
        "/v1/articles/{slug}?format=jsonld",
        "/v1/articles/{slug}?format=ninjs",
        "/v1/articles/{slug}?format=html",
        "/v1/articles/{slug}?format=markdown",
    ],
    "/v1/articles/{reference}/provenance": [
        "/v1/articles/{slug}/provenance",
        "/v1/articles/{slug}/provenance?format=jsonld",
    ],
    "/v1/articles/{reference}/quotes": ["/v1/articles/{slug}/quotes", "/v1/articles/{id}/quotes"],
    "/v1/articles/{reference}/sources": ["/v1/articles/{slug}/sources"],
    "/v1/articles/{reference}/corrections": ["/v1/articles/{slug}/corrections"],
    "/v1/articles/{reference}/references": [
        "/v1/articles/{slug}/references",
        "/v1/articles/{id}/references?kind=reprints&count=exact",
    ],
    "/v1/articles/{reference}/citations": [
        "/v1/articles/{slug}/citations",
        "/v1/articles/{id}/citations?kind=corrects",
    ],
    "/v1/articles/{reference}/primary-source": ["/v1/articles/{slug}/primary-source"],
    "/v1/articles/{reference}/revisions": ["/v1/articles/{slug}/revisions"],
    "/v1/articles/{reference}/comments": [
        "/v1/articles/{slug}/comments",
        "/v1/articles/{id}/comments?sort=newest",
        "/v1/articles/{id}/comments?sort=top&count=exact",
        "/v1/articles/{id}/comments?view=tree",
    ],
    "/v1/comments/{comment_id}": ["/v1/comments/{comment_id}"],
    "/v1/comments/{comment_id}/replies": ["/v1/comments/{comment_id}/replies?count=exact"],
    "/v1/quotes": [
        "/v1/quotes?limit=100&count=exact",
        "/v1/quotes?speaker={speaker}&count=exact",
        "/v1/quotes?review=any&limit=100",
        "/v1/quotes?article={slug}",
        "/v1/quotes?verification=unverified&count=exact",
        "/v1/quotes?via={via}",
        "/v1/quotes?via={assigner}",
        "/v1/quotes?sort=said_on&review=any&facets=speaker,via,month",
    ],
    "/v1/quotes/{quote_id}": ["/v1/quotes/{quote_id}"],
    "/v1/quotes/{quote_id}/card.{form}": ["/v1/quotes/{quote_id}/card.svg"],
    "/v1/quotes/{quote_id}/variants": ["/v1/quotes/{quote_id}/variants?review=any&count=exact"],
    "/oembed": [
        "/oembed?url=http://127.0.0.1:8000/v1/articles/{slug}",
        "/oembed?url=http://127.0.0.1:8000/v1/quotes/{quote_id}&format=xml",
    ],
    "/v1/sources": ["/v1/sources?limit=100&count=exact", "/v1/sources?q=zq{name}", "/v1/sources?kind=person&limit=100"],
    "/v1/sources/{reference}": ["/v1/sources/{speaker}", "/v1/sources/{via_id}", "/v1/sources/{assigner}"],
    "/v1/sources/{reference}/quotes": ["/v1/sources/{speaker}/quotes", "/v1/sources/{via}/quotes?role=via"],
    "/v1/sources/{reference}/articles": ["/v1/sources/{speaker}/articles", "/v1/sources/{assigner}/articles"],
    "/v1/sources/{reference}/references": ["/v1/sources/{assigner}/references?count=exact"],
    "/v1/sources/{reference}/citations": ["/v1/sources/{speaker}/citations", "/v1/sources/{via_id}/citations"],
    "/v1/citations": ["/v1/citations?url=https://example.org/original&limit=100&count=exact"],
    "/v1/most-cited": ["/v1/most-cited?limit=100", "/v1/most-cited?tag={tag}&kind=quotes&type=source"],
    "/v1/circular-reporting": ["/v1/circular-reporting"],
    "/v1/single-source-stories": ["/v1/single-source-stories", "/v1/single-source-stories?tag=harbours"],
    "/v1/search": [
        "/v1/search?q={title}&count=exact",
        "/v1/search?q=lighthouse&limit=100&facets=tag,author,source,month&count=exact",
        "/v1/search?q=lighthouse&sort=relevance&limit=100",
        "/v1/search?q={speaker}&source={via_id}",
        "/v1/search?q={body}&tag={tag}&fields=id,highlights",
    ],
    "/v1/tags": ["/v1/tags?limit=100&count=exact"],
    "/v1/tags/{slug}": ["/v1/tags/{tag}", "/v1/tags/harbours"],
    "/v1/authors": ["/v1/authors?limit=100&count=exact"],
    "/v1/authors/{slug}": ["/v1/authors/{author}", "/v1/authors/bo-lind"],
    "/v1/corrections": ["/v1/corrections?limit=100&count=exact"],
    "/v1/changes": [
        "/v1/changes?limit=100&count=exact",
        "/v1/changes?kind=article.published,article.updated&limit=100",
    ],
    "/v1/site": ["/v1/site"],
    "/feeds/{file}": ["/feeds/rss.xml", "/feeds/atom.xml", "/feeds/feed.json"],
    "/feeds/corrections/{file}": ["/feeds/corrections/atom.xml", "/feeds/corrections/feed.json"],
    "/feeds/comments/{file}": ["/feeds/comments/atom.xml", "/feeds/comments/feed.json"],
    "/feeds/articles/{reference}/comments/{file}": [
        "/feeds/articles/{slug}/comments/atom.xml",
        "/feeds/articles/{id}/comments/rss.xml",
    ],
    "/feeds/tags/{slug}/{file}": ["/feeds/tags/{tag}/atom.xml", "/feeds/tags/harbours/rss.xml"],
    "/feeds/authors/{slug}/{file}": ["/feeds/authors/{author}/feed.json"],
    "/feeds/sources/{reference}/{file}": ["/feeds/sources/{speaker}/atom.xml", "/feeds/sources/{via_id}/rss.xml"],
    "/sitemap.xml": ["/sitemap.xml"],
    "/sitemap-news.xml": ["/sitemap-news.xml"],
    "/sitemap-{number}.xml": ["/sitemap-1.xml"],
}
"""Every public GET route with the addresses at which something of an article might be seen; in braces, what is
put in from the article. The first one of each route is the plainest."""

OF_MAIL = {"/v1/comments/confirm", "/v1/comments/unsubscribe", "/v1/auth/verify", "/v1/auth/password/reset"}
"""The pages behind links in e-mails, which show nothing but a button: tests/mail."""

BY_SECRET = {"/v1/previews/{token}", "/v1/previews/{token}/media/{digest}/{variant}"}
"""Public GET routes that show an article to whoever has a secret, and nothing to others: tests/previews."""

STREAMS = {"/v1/articles/{reference}/comments/stream"}
"""Public GET routes that do not end: what they say, and to whom, is in tests/comments/test_live.py."""

OF_FILES = {"/v1/media/{digest}/{variant}"}
"""Public GET routes that send no words at all: who sees them, and when, is in tests/media."""

OPERATIONAL = {
    "/robots.txt": "/robots.txt",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
    "/metrics": "/metrics",
    "/openapi.json": "/openapi.json",
    "/": "/",
    "/docs": "/docs",
    "/docs/{name}": "/docs/init.js",
    "/problems/{slug}": "/problems/not-found",
}
"""Routes that say nothing of the content."""


def documented_routes(document: Json) -> set[str]:
    """The paths of the document that anybody may GET."""
    return {
        path
        for path, operations in document["paths"].items()
        if "get" in operations and not operations["get"].get("security")
    }


def undocumented_routes() -> set[str]:
    """The paths that anybody may GET and that the document leaves out."""
    routes: list[Any] = [route for router in ROUTERS for route in router.routes]
    return {route.path for route in routes if "GET" in route.methods and not route.include_in_schema}


SHARED = {
    "/v1/changes?limit=100&count=exact",
    "/v1/site",
    "/v1/tags/harbours",
    "/v1/authors/bo-lind",
    "/v1/articles?limit=1",
    "/v1/circular-reporting",
    "/v1/single-source-stories",
    "/v1/single-source-stories?tag=harbours",
    "/sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap-1.xml",
}
"""Addresses that need not show a public article."""


def addresses(article: Json, *, everywhere: bool = True, first: bool = False) -> list[str]:
    """Where to look for the article; `everywhere`: also where its own address or words are not named.

    `first`: only the plainest address of each route.
    """
    values = canaries(article["name"]) | {key: article[key] for key in ("name", "slug", *IDS)}
    chosen = [urls[:1] if first else urls for urls in SURFACES.values()]
    return [url.format(**values) for urls in chosen for url in urls if everywhere or "{" in url]


def without_echo(answer: httpx.Response) -> str:
    """The answer's words, headers too, less what only repeats the request."""
    body = answer.text
    if answer.headers.get("Content-Type") == "application/problem+json":
        problem = answer.json()
        body = str({name: value for name, value in problem.items() if name not in ("instance", "request_id")})
    return "\n".join([body, *(f"{name}: {value}" for name, value in stable_headers(answer).items())]).lower()


def stable_headers(answer: httpx.Response) -> dict[str, str]:
    """The headers less those that differ from one answer to the next."""
    return {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}


def same(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer that must be the same for the same question."""
    content = re.sub(rb'"request_id": "[^"]*"', b"", answer.content)
    return answer.status_code, content, stable_headers(answer)


def seen(answer: httpx.Response, article: Json, kinds: Iterable[str] = (*WORDS, *NEVER)) -> set[str]:
    """Which of the article's words, or its ids, the answer shows."""
    text = without_echo(answer)
    words = canaries(article["name"])
    found = {kind for kind in kinds if words[kind] in text}
    return found | {key for key in (*IDS, "rejected_id") if article[key] in text}


ENDED = {"stub": 200, "redirect": 307, "gone": 410}
"""What an article's own address answers after its permission has ended."""

LEFT = {
    "stub": {"title", "assigner", "credit", "id", "assigner_id"},
    "redirect": {"id"},
    "gone": set[str](),
}
"""What may still show there; the body, the quotes and who spoke are not among it."""


WITHDRAWN = (*ENDED, "unpublished", "trashed")
"""The articles that readers have seen and see no longer: the log of changes has a tombstone of each, an id alone."""


def is_of_others(url: str) -> bool:
    """Whether the address, though one of the article's, shows other articles only."""
    return "/variants" in url


def left(url: str, article: Json) -> set[str]:
    """What the address may still show of the article that readers no longer see, or have never seen."""
    if url == SURFACES["/v1/changes"][0]:
        return {"id"} if article["name"] in WITHDRAWN else set()
    own = (f"/v1/articles/{article['slug']}", f"/v1/articles/{article['id']}")
    return LEFT.get(article["name"], set()) if url.split("?")[0] in own else set()


def body_of(problem: Json) -> Json:
    """The problem less what names the request."""
    return {name: value for name, value in problem.items() if name not in ("instance", "request_id")}


def lifetime(answer: httpx.Response) -> int:
    """For how many seconds a cache may use the answer, stale use included."""
    rule = answer.headers["Cache-Control"]
    if "no-store" in rule or "no-cache" in rule:
        return 0
    seconds = {name: int(value) for name, value in re.findall(r"([a-z-]+)=(\d+)", rule)}
    return max(seconds["max-age"], seconds.get("s-maxage", 0)) + seconds.get("stale-while-revalidate", 0)
