"""JSON Feed 1.1 (jsonfeed.org)."""

import json
from typing import Any

from app.articles.formats.imprint import present
from app.feeds.channel import Channel, Item
from app.schemas import in_utc

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write(channel: Channel) -> bytes:
    """The page as a JSON feed."""
    feed = {"version": VERSION, "title": channel.title} | present(
        {
            "home_page_url": channel.home,
            "feed_url": channel.url,
            "next_url": channel.next,
            "authors": [{"name": channel.publisher}],
        }
    )
    items = [_item(item) for item in channel.items]
    return json.dumps(feed | {"items": items}, ensure_ascii=False, separators=(",", ":")).encode()


def _item(item: Item) -> dict[str, Any]:
    return {"id": item.id, "url": item.url, "content_html": item.html} | present(
        {
            "external_url": item.original,
            "title": item.title,
            "summary": item.summary,
            "date_published": in_utc(item.published_at),
            "date_modified": in_utc(item.updated_at),
            "authors": [{"name": author} for author in item.authors],
            "tags": list(item.tags),
            "language": item.language,
            "_reprint": present({"from": item.assigner and item.assigner.name, "credit": item.credit}) or None,
        }
    )
