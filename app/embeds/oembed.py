"""What a page elsewhere shows of an article or a quote (oEmbed 1.0)."""

import math
from dataclasses import dataclass
from html import escape
from typing import Any

from app.articles.schemas import ArticleOut, RecordedQuoteOut
from app.embeds.cards import HEIGHT, WIDTH, speaker, way

MOST = 600
"""Pixels that an embed is wide where the page does not say less."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much place the page has, in pixels."""

    width: int
    height: int | None

    def sized(self, words: str) -> dict[str, int]:
        """Width and about the height that so many words take."""
        width = min(self.width, MOST)
        height = 110 + 26 * math.ceil(len(words) * 9 / width)
        return {"width": width, "height": min(height, self.height or height)}


def of_article(article: ArticleOut, publisher: str, home: str, room: Room) -> dict[str, Any]:
    """The article's title and summary, as a link to it."""
    credit = f"<br><small>{escape(article.permission.credit)}</small>" if article.permission else ""
    html = (
        f'<blockquote cite="{escape(article.url)}"><p><a href="{escape(article.url)}">{escape(article.title)}</a></p>'
        f"<p>{escape(article.summary or '')}{credit}</p></blockquote>"
    )
    by = ", ".join(author.name for author in article.authors)
    shown = {"type": "rich", "version": "1.0", "title": article.title, "author_name": by or publisher}
    provided = {"provider_name": publisher, "provider_url": home, "html": html}
    return shown | provided | room.sized(f"{article.title} {article.summary or ''}")


def of_quote(quote: RecordedQuoteOut, publisher: str, home: str, room: Room) -> dict[str, Any]:
    """The words with their speaker and their way, a link to where they stand, and the card as the thumbnail."""
    said = ", ".join(filter(None, [speaker(quote), way(quote)]))
    html = (
        f'<figure><blockquote cite="{escape(quote.url)}"><p>{escape(quote.exact)}</p></blockquote>'
        f'<figcaption>{escape(said)} · <a href="{escape(quote.url)}">{escape(quote.article.title)}</a>, '
        f"{escape(publisher)}</figcaption></figure>"
    )
    shown = {"type": "rich", "version": "1.0", "title": f"{speaker(quote)}: {quote.exact}"}
    provided = {"author_name": speaker(quote), "provider_name": publisher, "provider_url": home, "html": html}
    thumbnail: dict[str, Any] = {}
    if room.width >= WIDTH and (room.height is None or room.height >= HEIGHT):
        address = f"{home}/v1/quotes/{quote.id}/card.svg"
        thumbnail = {"thumbnail_url": address, "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    return shown | provided | room.sized(quote.exact) | thumbnail
