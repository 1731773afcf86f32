"""Set what the record is asked across articles beside a page of articles' cards, in the same run.

    python -m bench.record [--articles N] [--engine sqlite|postgresql] [--rounds R] [--write]

Over HTTP, on one connection, with nothing from the cache. Everything is asked in turn, R times, and the medians are
compared. Quotes are compared and reports made first, as the worker does. `--write` puts the ratios into
`docs/searching.md`.
"""

import argparse
import json
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from app.db import Database, now
from app.graph.actions import report
from app.settings import Settings
from app.variants.actions import rebuild
from bench.databases import ENGINES, SECRET, WORK, database_of
from bench.servers import ROOT, onrecord
from bench.workloads import NEWEST

DOCS = ROOT / "docs" / "searching.md"
BEGIN, END = "<!-- figures: python -m bench.record --write -->", "<!-- end of figures -->"
GOAL = 3.0
FACETS = "facets=speaker,via,month&count=exact"
BEYOND = f"/v1/quotes?kind=direct&tag=news&{FACETS}", "/v1/most-cited?tag=news"
"""What counts each hit, and says so: it has no goal."""


def prepare(settings: Settings) -> None:
    """What the worker does behind the changes."""
    database = Database(settings.database)
    try:
        with database.writer.session() as session:
            rebuild(session, at=now())
        report(database, at=now())
    finally:
        database.close()


def questions(connection: HTTPConnection) -> dict[str, str]:
    """What is asked, in words: its path, about those who are quoted most."""
    counted = ask(connection, "/v1/quotes?facets=speaker,via,month")["facets"]
    speaker, via, month = (counted[name][0]["value"] for name in ("speaker", "via", "month"))
    quote = ask(connection, f"/v1/quotes?speaker={speaker}")["items"][0]["id"]
    narrow = {
        "": "", "`speaker=`": f"speaker={speaker}&", "`via=`": f"via={via}&", "`tag=`": "tag=news&",
        "`month=`": f"month={month}&", "`kind=`": "kind=direct&", "`verification=`": "verification=unverified&",
    }  # fmt: skip
    pages = {f"quotes {name}": f"/v1/quotes?{query}limit=20" for name, query in narrow.items()}
    facets = {f"facets and total {name}": f"/v1/quotes?{query}{FACETS}" for name, query in narrow.items()}
    return pages | facets | {
        "timeline of a speaker": f"/v1/sources/{speaker}/quotes?sort=said_on",
        "timeline of a station": f"/v1/sources/{via}/quotes?role=via&sort=said_on",
        "variants of a quote": f"/v1/quotes/{quote}/variants",
        "most cited": "/v1/most-cited",
        "circular reporting": "/v1/circular-reporting",
        "stories of one source": "/v1/single-source-stories",
        "facets and total `kind=` `tag=`": BEYOND[0],
        "most cited `tag=`": BEYOND[1],
    }  # fmt: skip


def ask(connection: HTTPConnection, path: str) -> Any:
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {content.decode()}")
    return json.loads(content)


def milliseconds(connection: HTTPConnection, path: str) -> float:
    began = time.perf_counter()
    connection.request("GET", path)
    connection.getresponse().read()
    return (time.perf_counter() - began) * 1000


def measure(settings: Settings, rounds: int) -> tuple[float, dict[str, tuple[str, float]]]:
    """Milliseconds of a page of cards; of each question its path, and how many times as long it takes."""
    environment = {
        "ONRECORD_DATA_DIR": str(settings.data_dir), "ONRECORD_DATABASE_URL": settings.database_url,
        "ONRECORD_SECRET_KEY": SECRET, "ONRECORD_CACHE_MB": "0",
    }  # fmt: skip
    with onrecord(environment) as server:
        connection = HTTPConnection(urlsplit(server.base).netloc, timeout=60)
        asked = {"": NEWEST} | questions(connection)
        spent: dict[str, list[float]] = {name: [] for name in asked}
        for number in range(rounds + 1):
            for name, path in asked.items():
                took = milliseconds(connection, path)
                if number:  # the first warms up
                    spent[name].append(took)
    cards = median(spent.pop(""))
    return cards, {name: (asked[name], median(took) / cards) for name, took in spent.items()}


def table(articles: int, engine: str, cards: float, ratios: Mapping[str, tuple[str, float]]) -> str:
    head = f"{articles:,} articles on {engine}; a page of 20 cards takes {cards:.1f} ms."
    rows = [f"| {name.strip()} | {ratio:.1f} |" for name, (_, ratio) in ratios.items()]
    return "\n".join([head, "", "| asked | times a page of cards |", "| --- | ---: |", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="put the ratios into docs/searching.md")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    with database_of(options.engine, options.articles) as settings:
        prepare(settings)
        cards, ratios = measure(settings, options.rounds)
    figures = table(options.articles, options.engine, cards, ratios)
    print(figures)
    if options.write:
        put(figures, DOCS)
    slow = [name for name, (path, ratio) in ratios.items() if ratio > GOAL and path not in BEYOND]
    if slow:
        raise SystemExit(f"More than {GOAL:g} times as long: {', '.join(slow)}")


def put(figures: str, page: Path) -> None:
    """The figures in place of those that the page has."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
