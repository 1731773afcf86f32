"""Who said what in an article: one line for each of its quotes.

    python examples/who_said_what.py [ADDRESS [SLUG]]

ADDRESS is that of a running Onrecord, http://127.0.0.1:8000 if not given; without SLUG it is the latest reprint.
"""

import sys
from collections.abc import Iterator
from typing import Any

import httpx

WIDTH = 48
"""Code points of a quote that fit in the table."""


def latest_reprint(client: httpx.Client) -> str:
    """The slug of the newest article that stands here under a permission."""
    page = client.get("/v1/articles", params={"reprint": "true", "limit": 1, "fields": "slug"})
    page.raise_for_status()
    items = page.json()["items"]
    if not items:
        sys.exit("There is no reprint here; name an article.")
    slug: str = items[0]["slug"]
    return slug


def quotes(client: httpx.Client, slug: str) -> Iterator[dict[str, Any]]:
    """Every quote of the article in the order of its text, page by page."""
    path: str | None = f"/v1/articles/{slug}/quotes?limit=100"
    while path:
        page = client.get(path)
        page.raise_for_status()
        yield from page.json()["items"]
        path = page.json()["next"]


def line(quote: dict[str, Any]) -> str:
    """Where it stands, its kind, who said it, through whom it came, and how it begins."""
    speaker = quote["speaker"]["name"] if quote["speaker"] else "(not known)"
    stations = [hop["source"]["name"] for hop in quote["attribution"] if hop["role"] == "via"]
    words = quote["exact"].replace("\n", " ")
    if len(words) > WIDTH:
        words = words[: WIDTH - 1] + "…"
    return f"{quote['start']!s:>5}  {quote['kind']:8}  {speaker:34.34}  {' > '.join(stations):16.16}  {words}"


def main(address: str = "http://127.0.0.1:8000", slug: str = "") -> None:
    with httpx.Client(base_url=address) as client:
        try:
            slug = slug or latest_reprint(client)
            lines = [line(quote) for quote in quotes(client, slug)]
        except httpx.HTTPError as error:
            sys.exit(f"{address} did not answer as expected: {str(error).splitlines()[0]}")
    print(f"{'start':5}  {'kind':8}  {'speaker':34}  {'via':16}  words", *lines, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
