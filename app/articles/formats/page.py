"""A page of HTML that says no more than the article, for readers without a site and for machines that read pages."""

import json
from collections.abc import Iterator
from html import escape
from urllib.parse import quote as quoted_url

from app.articles.formats.imprint import Imprint
from app.articles.formats.quoted import marked
from app.articles.formats.schema_org import news_article
from app.articles.schemas import ArticleOut
from app.schemas import in_utc

STYLE = "body{font:1.1em/1.6 serif;max-width:40em;margin:2em auto;padding:0 1em}q{quotes:none}img{max-width:100%}"
POLICY = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' http: https:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
}
"""What a browser lets the page do: show pictures and its own style, and no more."""


def page(article: ArticleOut, imprint: Imprint) -> str:
    """The article as a document of its own, with its quotes marked and schema.org's words on it for search engines."""
    data = json.dumps(news_article(article, imprint), ensure_ascii=False).replace("<", "\\u003c")
    embed = f"{imprint.base_url}/oembed?url={quoted_url(article.url, safe='')}"
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{escape(article.language)}">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(article.title)}</title>",
            f'<link rel="canonical" href="{escape(article.canonical_url or article.url)}">',
            f'<link rel="alternate" type="application/json+oembed" href="{escape(embed)}">',
            f"<style>{STYLE}</style>",
            f'<script type="application/ld+json">{data}</script></head>',
            "<body><article>",
            *_head(article, imprint),
            f'<div class="body" dir="auto">{marked(article)}</div>',
            *_foot(article),
            "</article></body></html>",
            "",
        ]
    )


def _head(article: ArticleOut, imprint: Imprint) -> Iterator[str]:
    yield f'<header dir="auto"><h1>{escape(article.title)}</h1>'
    if article.summary:
        yield f"<p>{escape(article.summary)}</p>"
    by = ", ".join(author.name for author in article.authors)
    moment = in_utc(article.published_at)
    day = f'<time datetime="{moment}">{moment[:10]}</time>'
    yield f"<p>{escape(' · '.join(filter(None, [by, imprint.publisher.name])))} · {day}</p></header>"
    if image := article.image:
        yield (
            f'<figure><img src="{escape(imprint.absolute(image.url))}" alt="{escape(image.alt or "")}">'
            f"<figcaption>{escape(image.credit or '')}</figcaption></figure>"
        )


def _foot(article: ArticleOut) -> Iterator[str]:
    """What readers must be told besides: by whose leave it stands here, and what was wrong."""
    if article.permission:
        credit = escape(article.permission.credit)
        url = article.canonical_url
        yield f'<p><a href="{escape(url)}">{credit}</a></p>' if url else f"<p>{credit}</p>"
    if article.corrections:
        made = (
            f'<li><time datetime="{in_utc(found.published_at)}">{in_utc(found.published_at)[:10]}</time> '
            f"{escape(found.text)}</li>"
            for found in article.corrections
        )
        yield f'<ul class="corrections">{"".join(made)}</ul>'
