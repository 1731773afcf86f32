"""Figures as a table, as a page of the documentation, and as a picture."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.chart import Bar, chart
from bench.goals import GOALS, GROWTH_BOUND, MEMORY_BOUND, READS, Contest, Measured, growth
from bench.servers import CACHE_MB
from bench.workloads import MIXTURE

BARS = {
    ("bare", "W1"): "bare ASGI, the same bytes",
    ("cached", "W1"): "W1 one article, cached",
    ("cached", "W2"): "W2 newest 20 of a tag, cached",
    ("cached", "W5"): "W5 not modified (304)",
    ("proxied", "mixture"): "Zipf mixture with 2 % comments",
    ("uncached", "W1 any"): "W1 uncached, any article",
    ("uncached", "W2"): "W2 uncached",
    ("uncached", "W3 9/10"): "W3 at nine tenths, uncached",
    ("reference", "W1 any"): "W1, FastAPI + ORM",
    ("reference", "W2"): "W2, FastAPI + ORM",
}

THEIRS = ("bare", "reference")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

INTRODUCTION = """\
# Benchmarks

Written on {date} by

    {command}

Run it yourself with `make bench`, or `make bench-scale` for 10,000, 100,000 and 1,000,000 articles. It needs
[wrk](https://github.com/wg/wrk).

Only ratios count, and only within one run: absolute figures move by a factor of two with whatever else the machine
does. The systems are measured in turns, the median of the rounds counts, server and client have a core each. “By CPU”
is the same ratio by the time that the servers computed, which other work on the machine does not blur.

* **bare**: a pure ASGI function under uvicorn that sends the same bytes (an article of middling length, or the list).
  For W5 too it sends the whole article.
* **the ORM reference** (`bench/reference.py`): FastAPI as its own project template would serve the same rows:
  relationships, eagerly loaded, `response_model`, offset and count. For a new article it looks up the credential and
  its owner, keeps the slug in its own table and writes an entry of an audit log; for a comment too that entry. It
  indexes nothing for search, carries no quotes, renders nothing ahead and limits no rates.
* **cached** and **uncached** are `onrecord serve` with `ONRECORD_CACHE_MB={cache_mb}` and `=0`, with everything that it
  does for each request: the edge, metrics, CORS, the look for changes. **proxied** is the same as cached, behind a
  proxy that names each client's address, so that comments come from many.

Articles have 300 to 900 words by Zipf's law, 3 to 8 quotes and 2 to 5 sources; one in twenty is a reprint. 1,000 have
a text of their own, the others repeat these under ids, slugs and dates of their own. W1 from
the cache asks for 1,000 of them in turn. The mixture is {mixture};
articles and tags in it follow Zipf over all there are. Writes are on disk (`synchronous=FULL`) before they are
answered; on PostgreSQL with `fsync` and `synchronous_commit`. There “CPU” is what the web server's process computes,
and what the database computes is seen in the answers a second only.

The goals are those of the project, set for 100,000 articles. Where other programs want the cores at the same time, the
client runs short first, and “by CPU” is the stricter of the two figures.

![The same figures as bars]({picture})
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured; `load`: processes that wanted a core, on average of the last minute."""

    system: str
    cores: int
    load: float


@dataclass(frozen=True, slots=True)
class Run:
    engine: str
    articles: int
    measured: Measured
    memory: dict[str, int]
    database: str
    began: datetime
    machine: Machine


def machine() -> Machine:
    return Machine(f"{platform.system()} {platform.machine()}", os.cpu_count() or 1, os.getloadavg()[0])


def print_run(run: Run) -> None:
    """The goals on standard output."""
    for line in goals_table(run):
        print(line)


def write(directory: Path, runs: Sequence[Run], *, command: str, stopped: str | None) -> None:
    """`benchmarks.md` and its picture."""
    picture = directory / "pictures" / "benchmarks.svg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    shown = [run for run in runs if run.engine == runs[0].engine][-1]
    title = f"Answers a second as a multiple of bare, {shown.articles:,} articles, {NAMES[shown.engine]}"
    picture.write_text(chart(bars(shown.measured), title))
    (directory / "benchmarks.md").write_text("\n".join(page(runs, command=command, stopped=stopped)) + "\n")


def bars(measured: Measured) -> list[Bar]:
    """Each contest beside bare with the same bytes, or the same mixture."""

    def bare(workload: str) -> Contest:
        return "bare", workload if workload == "mixture" else "W2" if workload[:2] in ("W2", "W3") else "W1"

    return [
        Bar(name, measured[contest].rate / measured[bare(contest[1])].rate, is_ours=contest[0] not in THEIRS)
        for contest, name in BARS.items()
    ]


def page(runs: Sequence[Run], *, command: str, stopped: str | None) -> Iterator[str]:
    yield INTRODUCTION.format(
        command=command,
        date=runs[0].began.date().isoformat(),
        cache_mb=CACHE_MB,
        mixture=", ".join(f"{share} % {workload}" for workload, share in MIXTURE.items()),
        picture="pictures/benchmarks.svg",
    )
    for run in runs:
        yield f"## {run.articles:,} articles, {NAMES[run.engine]}\n"
        yield from goals_table(run)
        yield ""
        yield from figures_table(run)
        yield ""
    for engine in dict.fromkeys(run.engine for run in runs):
        sizes = [run for run in runs if run.engine == engine]
        if len(sizes) > 1:
            yield from growth_table(sizes[0], sizes[-1])
            yield ""
    if stopped:
        yield f"{stopped}\n"
    yield from where(runs)


def goals_table(run: Run) -> Iterator[str]:
    yield "| | measured | by CPU | goal | met |"
    yield "| --- | ---: | ---: | --- | :-: |"
    for goal in GOALS:
        met = "yes" if goal.is_met(run.measured) else "no"
        by_rate, by_cpu = (
            f"{ratio:.3g} ×" if ratio else "–" for ratio in (goal.ratio(run.measured), goal.ratio_of_work(run.measured))
        )
        yield f"| {goal.what} | {by_rate} | {by_cpu} | {goal.wording()} | {met} |"
    memory = run.memory["uncached"]
    met = "yes" if memory <= MEMORY_BOUND else "no"
    yield f"| memory of a worker without its cache | {memory / 1e6:.0f} MB | | ≤ {MEMORY_BOUND / 1e6:.0f} MB | {met} |"


def figures_table(run: Run) -> Iterator[str]:
    yield "| system | workload | answers/s | p50 ms | p99 ms | CPU µs an answer | failed |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for (system, workload), one in run.measured.items():
        yield (
            f"| {system} | {workload} | {one.rate:,.0f} | {one.p50 * 1e3:.2f} | {one.p99 * 1e3:.2f} "
            f"| {one.cpu * 1e6:,.0f} | {one.failed or ''} |"
        )


def growth_table(small: Run, large: Run) -> Iterator[str]:
    yield f"## From {small.articles:,} to {large.articles:,} articles, {NAMES[small.engine]}\n"
    yield f"How many times its p50 grew, in multiples of bare's own in each run; the goal is ≤ {GROWTH_BOUND:g}.\n"
    yield "| uncached read | grew | met |"
    yield "| --- | ---: | :-: |"
    grown = growth(small.measured, large.measured)
    for contest in READS:
        yield f"| {contest[1]} | {grown[contest]:.2f} × | {'yes' if grown[contest] <= GROWTH_BOUND else 'no'} |"


def where(runs: Sequence[Run]) -> Iterator[str]:
    run = runs[-1]
    versions = [f"Python {platform.python_version()}", *dict.fromkeys(run.database for run in runs)]
    versions += [f"{name} {version(name)}" for name in ("fastapi", "uvicorn", "sqlalchemy", "pydantic")]
    yield "## Where\n"
    yield (
        f"{run.machine.system}, {run.machine.cores} cores, at the end {run.machine.load:.1f} processes that wanted one "
        f"(the measurement itself is 1 to 2 of them); {', '.join(versions)}."
    )
