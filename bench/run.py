"""Measure the application against a bare ASGI app and a plain FastAPI + ORM one, in the same run.

    python -m bench.run [--articles N …] [--engines sqlite postgresql] [--seconds S] [--rounds R] [--minutes M]
                        [--docs DIRECTORY] [--smoke]

Only ratios count: whatever else the machine does slows all of them. Writes `benchmarks.md` and
`pictures/benchmarks.svg` below `--docs`. Exits with 1 if `wrk` is missing.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from app.accounts import actions as accounts
from app.db import Database, now
from app.settings import Settings
from bench import workloads
from bench.databases import ENGINES, SECRET, WORK, database_of, refusal
from bench.goals import Contest, middle
from bench.load import Figures, Request, has_wrk, run_httpx, run_wrk
from bench.load import write as write_requests
from bench.report import Run, machine, print_run, write
from bench.servers import CACHE_MB, ROOT, Server, onrecord, uvicorn
from bench.workloads import Record, article, newest

CLEAR = "\x1b[K"
"""To the end of the line."""

CLIENTS = 32
WARMING_SECONDS = 10
"""The mixture asks for everything there is, so it takes a while until what is asked for often is kept."""

FEW = 2
"""Clients where an answer takes long: they keep the server as busy, and do not wait for each other."""
SMOKE_ARTICLES = 200
OF_THE_CONNECTION = ("date", "connection")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure what."""

    engine: str
    articles: int
    seconds: float
    rounds: int
    with_wrk: bool


def measure(plan: Plan) -> Run:
    """Make the corpus if it is not there, then every contest in turn, `rounds` times."""
    with database_of(plan.engine, plan.articles) as settings:
        return _measured(plan, settings)


def _measured(plan: Plan, settings: Settings) -> Run:
    database = Database(settings.database)
    try:
        record, key, version = Record.of(database), make_key(database), version_of(database)
    finally:
        database.close()
    began = now()
    with servers(settings) as running:
        contests = contests_of(record, key, running["uncached"].base, plan.articles)
        if plan.with_wrk:
            for contest, requests in contests.items():
                write_requests(requests, requests_file(plan, contest))
                attempt(contest, requests, running, plan, number=0)  # fills the cache
        found: defaultdict[Contest, list[Figures]] = defaultdict(list)
        for number in range(1, plan.rounds + 1):
            for contest, requests in contests.items():
                found[contest].append(attempt(contest, requests, running, plan, number=number))
                progress = f"round {number} of {plan.rounds}: {' '.join(contest)}"
                print(f"\r{plan.articles:,} articles, {plan.engine}, {progress}", end=CLEAR, flush=True)
        print()
        memory = {name: running[name].memory() for name in ("uncached", "cached", "reference")}
    measured = {contest: middle(rounds) for contest, rounds in found.items()}
    return Run(plan.engine, plan.articles, measured, memory, version, began, machine())


def contests_of(record: Record, key: str, base: str, articles: int) -> dict[Contest, list[Request]]:
    """Neighbours in this order are measured one after the other."""
    hot, any_article, mixture = workloads.hot(record), workloads.uniform(record), workloads.mixture(record)
    create, comments = workloads.articles_to_create(key), workloads.comments(record)
    return {
        ("bare", "W1"): hot,
        ("cached", "W1"): hot,
        ("cached", "W5"): workloads.hot_unchanged(record),
        ("bare", "W2"): newest(record),
        ("cached", "W2"): newest(record),
        ("uncached", "W1 any"): any_article,
        ("reference", "W1 any"): any_article,
        ("uncached", "W2"): newest(record),
        ("uncached", "W3 1/5"): workloads.deep(articles // 5)(base),
        ("uncached", "W3 9/10"): workloads.deep(articles * 9 // 10)(base),
        ("reference", "W2"): newest(record),
        ("uncached", "W4 rare"): workloads.rare(record),
        ("uncached", "W4 common"): workloads.common(record),
        ("proxied", "W6"): create,
        ("reference", "W6"): create,
        ("proxied", "W7"): comments,
        ("reference", "W7"): comments,
        ("bare", "mixture"): mixture,
        ("proxied", "mixture"): mixture,
    }


def attempt(
    contest: Contest, requests: list[Request], running: dict[str, Server], plan: Plan, *, number: int
) -> Figures:
    """One round of a contest; number 0 is the one that does not count."""
    server = running[contest[0]]
    is_slow = contest == ("reference", "W2") or contest[1].startswith("W4")
    clients = FEW if is_slow else CLIENTS
    if not plan.with_wrk:
        return asyncio.run(run_httpx(server, requests, clients=clients, seconds=plan.seconds))
    warming = WARMING_SECONDS if contest[1] == "mixture" else 1
    seconds = plan.seconds if number else warming
    first = number * len(requests) // (plan.rounds + 1)  # so that no round creates what another has created
    return run_wrk(server, requests_file(plan, contest), clients=clients, seconds=seconds, first=first)


def requests_file(plan: Plan, contest: Contest) -> Path:
    return WORK / f"{plan.engine} {plan.articles} {contest[1].replace('/', '-')}"


@contextmanager
def servers(settings: Settings) -> Iterator[dict[str, Server]]:
    """The systems over the one database: `cached`, `uncached`, `proxied` (which believes what a proxy says of the
    client's address, so that comments come from many), `reference`, and `bare` with their bytes."""
    environment = {
        "ONRECORD_DATA_DIR": str(settings.data_dir),
        "ONRECORD_DATABASE_URL": settings.database_url,
        "ONRECORD_SECRET_KEY": SECRET,
        "ONRECORD_CACHE_MB": str(CACHE_MB),
    }
    with ExitStack() as stack:
        cached = stack.enter_context(onrecord(environment))
        uncached = stack.enter_context(onrecord({**environment, "ONRECORD_CACHE_MB": "0"}))
        proxied = stack.enter_context(onrecord({**environment, "ONRECORD_TRUSTED_PROXIES": "127.0.0.1"}))
        database = {"BENCH_DATABASE": settings.database}
        reference = stack.enter_context(uvicorn("bench.reference:create_app", database, ready="/openapi.json"))
        answers = {"BENCH_ANSWERS": str(captured(uncached.base))}
        bare = stack.enter_context(uvicorn("bench.bare:create_app", answers, ready="/"))
        yield {"cached": cached, "uncached": uncached, "proxied": proxied, "reference": reference, "bare": bare}


def captured(base: str) -> Path:
    """A file that tells `bare` to answer with the server's own bytes: of the newest list, and of a middling article."""
    with urllib.request.urlopen(f"{base}/v1/articles?limit=21") as answer:  # noqa: S310 (http://127.0.0.1)
        slugs = [item["slug"] for item in json.load(answer)["items"]]
    articles = sorted((_fetched(base, article(slug)) for slug in slugs), key=lambda found: len(found[1]))
    told = {}
    for path, (headers, body) in {
        "*": articles[len(articles) // 2],
        "/v1/articles": _fetched(base, Request("GET", workloads.NEWEST)),
    }.items():
        file = WORK / hashlib.sha256(body).hexdigest()[:16]
        file.write_bytes(body)
        told[path] = (headers, str(file))
    manifest = WORK / "answers.json"
    manifest.write_text(json.dumps(told))
    return manifest


def _fetched(base: str, request: Request) -> tuple[list[tuple[str, str]], bytes]:
    with urllib.request.urlopen(base + request.path) as answer:  # noqa: S310 (http://127.0.0.1)
        headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in OF_THE_CONNECTION]
        return headers, answer.read()


def make_key(database: Database) -> str:
    """An editor's API key."""
    with database.writer.session() as session:
        at = now()
        user = accounts.create_user(
            session, email=f"bench-{at.timestamp()}@example.org", name="Bench", role="editor", password_hash=None, at=at
        )
        _, text = accounts.create_key(
            session, user, name="bench", scopes=["articles:read", "articles:write"], expires_at=None, at=at
        )
    return text


def version_of(database: Database) -> str:
    """The engine and its version."""
    dialect = database.engine.dialect
    with database.engine.connect():
        return f"{dialect.name} {'.'.join(map(str, dialect.server_version_info or ()))}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=["sqlite"])
    parser.add_argument("--seconds", type=float, default=3, help="for each contest in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=240, help="begin no corpus that would not be done by then")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    parser.add_argument("--smoke", action="store_true", help="a little of everything, with httpx; means nothing")
    options = parser.parse_args()
    if not has_wrk() and not options.smoke:
        sys.exit("The benchmarks need wrk; on Debian or Ubuntu: apt install wrk")
    if options.smoke:
        options.articles, options.seconds, options.rounds = [SMOKE_ARTICLES], 0.2, 1
    WORK.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + options.minutes * 60
    runs: list[Run] = []
    stopped = None
    for articles, engine in product(options.articles, options.engines):
        if stopped := refusal(engine, articles, deadline - time.monotonic()):
            print(stopped)
            break
        runs.append(measure(Plan(engine, articles, options.seconds, options.rounds, with_wrk=not options.smoke)))
        print_run(runs[-1])
    if runs:
        sizes = " ".join(map(str, options.articles))
        engines = " ".join(options.engines)
        measured = f"--articles {sizes} --engines {engines}"
        command = f"python -m bench.run {measured} --seconds {options.seconds:g} --rounds {options.rounds}"
        write(options.docs, runs, command=command, stopped=stopped)


if __name__ == "__main__":
    main()
