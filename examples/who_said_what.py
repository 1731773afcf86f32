"""Who said what in an article: one line for each of its quotes; then who is quoted how often, what came through whom,
what was said when, to whom, and by whom without a name; what has been checked, what stands elsewhere too, by which
right the article is here and on whose words it rests; and where some words stand in all articles.

    python examples/who_said_what.py [ADDRESS [SLUG [WORDS]]]

ADDRESS is that of a running Onrecord, http://127.0.0.1:8000 if not given; without SLUG it is the latest reprint. WORDS
are looked for in the quotes of all articles: "a phrase", a begin*, -without.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx

WIDTH = 48
"""Code points of a quote that fit in the table."""

SOME = 3
"""Quotes that are shown where there may be many."""


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


def asked(client: httpx.Client, path: str = "/v1/quotes", **parameters: Any) -> dict[str, Any]:
    """The first page of quotes, confirmed by an editor or only suggested, that these parameters ask for."""
    return json_of(client, path, {"review": "any", "limit": 100, **parameters})


def json_of(client: httpx.Client, path: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def speaker(quote: dict[str, Any]) -> str:
    """Who said it, and what he was on that day."""
    if quote["speaker"] is None:
        return "(not known)"
    roles = [role["title"] for role in quote["speaker_roles"]]
    return ", ".join([quote["speaker"]["name"], *roles])


def way(quote: dict[str, Any]) -> str:
    """How the words came here: each station with the day, where that is known."""
    stations = (hop["source"]["name"] + (f" ({hop['date']})" if hop["date"] else "") for hop in quote["attribution"])
    return " > ".join(stations)


def answers(client: httpx.Client, slug: str) -> Iterator[str]:
    """What else readers ask about an article: who is quoted, what came through whom, and when it was said."""
    facets = asked(client, article=slug, facets="speaker,via", limit=1)["facets"]
    yield "\nWho is quoted how often?"
    for facet in facets["speaker"]:
        yield f"{facet['count']:5}  {facet['name']}"
    yield "\nWhat came through whom?"
    for facet in facets["via"]:
        yield f"{facet['count']:5}  {facet['name']}"
        path = f"/v1/sources/{facet['value']}/quotes"
        for quote in asked(client, path, role="via", article=slug, limit=SOME)["items"]:
            yield f"         {speaker(quote)}: {quote['exact'][:WIDTH]}"
    yield "\nWhat was said first?"
    for quote in asked(client, article=slug, sort="said_on", limit=SOME)["items"]:
        yield f"       {way(quote)}: {quote['exact'][:WIDTH]}"


def more_answers(client: httpx.Client, slug: str, whole: Sequence[dict[str, Any]]) -> Iterator[str]:
    """And about its sources: to whom they spoke, which have no name, what has been checked, what they say elsewhere,
    under which right the article stands here, and on whose own words it rests."""
    ways = [quote["attribution"] for quote in whole if quote["speaker"]]
    yield "\nTo whom did they say it?"
    yield from most(way[1]["source"]["name"] for way in ways if way[1:])
    speakers = [quote["speaker"] for quote in whole if quote["speaker"]]
    yield "\nWho stays unnamed?"
    yield from most(speaker["name"] for speaker in speakers if speaker["kind"] == "unnamed")
    yield "\nHow far has it been checked?"
    yield from most(f"{quote['review']}, {quote['verification']}" for quote in whole)
    yield "\nWhere else do these words stand?"
    variants = [one for quote in whole for one in json_of(client, f"/v1/quotes/{quote['id']}/variants")["items"]]
    for one in variants:
        yield f"       {one['quote']['article']['title']}: {one['quote']['exact'][:WIDTH]}"
    if not variants:
        yield "       (nowhere here)"
    yield "\nBy which right is it here?"
    permission = json_of(client, f"/v1/articles/{slug}")["permission"]
    yield f"       {permission['credit'] if permission else 'It is our own.'}"
    yield "\nOn whose own words does it rest?"
    path = json_of(client, f"/v1/articles/{slug}/primary-source")["path"]
    yield f"       {' > '.join(step['cited']['name'] for step in path) or '(not known)'}"


def most(names: Iterable[str]) -> Iterator[str]:
    """The most frequent of them, each with how often it occurs."""
    yield from (f"{many:5}  {name}" for name, many in Counter(names).most_common())


def found(client: httpx.Client, words: str) -> Iterator[str]:
    """Where the words stand in the quotes of all articles: marked, with their way, and the address of the place."""
    for quote in asked(client, q=words)["items"]:
        exact = quote["exact"]
        for place in reversed(quote["highlights"]):
            exact = f"{exact[: place['start']]}[{exact[place['start'] : place['end']]}]{exact[place['end'] :]}"
        yield f"{exact}\n       {speaker(quote)}, by way of {way(quote)}\n       {quote['url']}"


def main(address: str = "http://127.0.0.1:8000", slug: str = "", words: str = "") -> None:
    with httpx.Client(base_url=address) as client:
        try:
            slug = slug or latest_reprint(client)
            whole = list(quotes(client, slug))
            lines = [*map(line, whole), *answers(client, slug), *more_answers(client, slug, whole)]
            if words:
                lines += [f"\nWhere do they say {words}?", *found(client, words)]
        except httpx.HTTPError as error:
            sys.exit(f"{address} did not answer as expected: {str(error).splitlines()[0]}")
    print(f"{'start':5}  {'kind':8}  {'speaker':34}  {'via':16}  words", *lines, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
