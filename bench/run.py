"""Measure the application against a bare ASGI app and a plain FastAPI + ORM one, in the same run.

    python -m bench.run [--articles N …] [--seconds S] [--rounds R] [--minutes M] [--docs DIRECTORY] [--smoke]

Only ratios count: whatever else the machine does slows all of them. Writes `benchmarks.md` and
`pictures/benchmarks.svg` below `--docs`. Exits with 1 if `wrk` is missing.
"""

import argparse
import asyncio
import hashlib
import json
import shutil
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.accounts import actions as accounts
from app.db import Database, now
from app.settings import Settings
from bench import workloads
from bench.corpus import fill
from bench.goals import Contest, middle
from bench.load import Figures, Request, has_wrk, run_httpx, run_wrk
from bench.load import write as write_requests
from bench.report import Run, machine, print_run, write
from bench.servers import CACHE_MB, ROOT, Server, onrecord, uvicorn
from bench.workloads import Record, article, newest

WORK = ROOT / "build" / "bench"
SECRET = "benchmarks sign cursors with this, and nothing else"  # noqa: S105 (protects nothing)
CLEAR = "\x1b[K"
"""To the end of the line."""

CLIENTS = 32
WARMING_SECONDS = 10
"""The mixture asks for everything there is, so it takes a while until what is asked for often is kept."""

FEW = 2
"""Clients where an answer takes long: they keep the server as busy, and do not wait for each other."""
SMOKE_ARTICLES = 200
OF_THE_CONNECTION = ("date", "connection")

BYTES_PER_ARTICLE = 80_000
"""Disk that an article takes, with room for the journal."""

WANTED_ARTICLES_PER_SECOND = 250
"""The slowest that a corpus is made on the machines we know."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure what."""

    articles: int
    seconds: float
    rounds: int
    with_wrk: bool


def measure(plan: Plan) -> Run:
    """Make the corpus if it is not there, then every contest in turn, `rounds` times."""
    settings = corpus(plan.articles)
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
                print(f"\r{plan.articles:,} articles, round {number} of {plan.rounds}: {' '.join(contest)}", end=CLEAR)
        print()
        memory = {name: running[name].memory() for name in ("uncached", "cached", "reference")}
    measured = {contest: middle(rounds) for contest, rounds in found.items()}
    return Run(plan.articles, measured, memory, version, began, machine())


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
    return WORK / f"{plan.articles} {contest[1].replace('/', '-')}"


@contextmanager
def servers(settings: Settings) -> Iterator[dict[str, Server]]:
    """The systems over the one database: `cached`, `uncached`, `proxied` (which believes what a proxy says of the
    client's address, so that comments come from many), `reference`, and `bare` with their bytes."""
    environment = {
        "ONRECORD_DATA_DIR": str(settings.data_dir),
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


def corpus(articles: int) -> Settings:
    """Where the corpus of this size is; made if it is not there, or was made by other code."""
    directory = WORK / str(articles)
    settings = Settings(data_dir=directory, secret_key=SECRET, _env_file=None)
    stamp = directory / "made-by"
    code = fingerprint()
    if not stamp.exists() or stamp.read_text() != code:
        shutil.rmtree(directory, ignore_errors=True)
        speed = fill(settings, articles)
        print(f"\n{articles:,} articles made, {speed:,.0f} a second")
        stamp.write_text(code)
    return settings


def fingerprint() -> str:
    """Changes with whatever makes the corpus."""
    found = hashlib.sha256()
    for folder in ("app/articles", "app/search", "migrations/versions"):
        for file in sorted((ROOT / folder).glob("*.py")):
            found.update(file.read_bytes())
    for name in ("articles.py", "corpus.py", "words.py"):
        found.update((ROOT / "bench" / name).read_bytes())
    return found.hexdigest()


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


def refusal(articles: int, deadline: float) -> str | None:
    """Why a corpus of this size cannot be had on this disk, or before the deadline."""
    free, needed = shutil.disk_usage(WORK).free, articles * BYTES_PER_ARTICLE
    if not (WORK / str(articles) / "made-by").exists() and free < needed:
        return f"{articles:,} articles need {needed / 1e9:.0f} GB of disk; {free / 1e9:.0f} GB are free. Stopped there."
    if time.monotonic() + articles / WANTED_ARTICLES_PER_SECOND > deadline:
        return f"{articles:,} articles would not be done in the time given (--minutes). Stopped there."
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000])
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
    for articles in options.articles:
        if stopped := refusal(articles, deadline):
            print(stopped)
            break
        runs.append(measure(Plan(articles, options.seconds, options.rounds, with_wrk=not options.smoke)))
        print_run(runs[-1])
    if runs:
        sizes = " ".join(map(str, options.articles))
        command = f"python -m bench.run --articles {sizes} --seconds {options.seconds:g} --rounds {options.rounds}"
        write(options.docs, runs, command=command, stopped=stopped)


if __name__ == "__main__":
    main()
