"""What is to be reached, as ratios within one run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bench.load import Figures

Contest = tuple[str, str]
"""A system and a workload."""

Measured = Mapping[Contest, Figures]


@dataclass(frozen=True, slots=True)
class Goal:
    """That `ours` does so well in comparison with `other`."""

    what: str
    ours: Contest
    other: Contest
    to: str
    bound: float
    kind: Literal["rate", "time", "p99"] = "rate"
    """`rate`: at least so many times as many answers a second; `time`, `p99`: at most so many times as long."""

    def ratio(self, measured: Measured) -> float | None:
        """None where one of them gave no answer in the time it had."""
        ours, other = measured[self.ours], measured[self.other]
        if not (ours.rate and other.rate):
            return None
        if self.kind == "p99":
            return ours.p99 / other.p99
        return ours.rate / other.rate if self.kind == "rate" else other.rate / ours.rate

    def ratio_of_work(self, measured: Measured) -> float | None:
        """The same by what the servers computed, which other work on the machine does not blur; None for `p99`."""
        ours, other = measured[self.ours].cpu, measured[self.other].cpu
        if self.kind == "p99" or not ours or not other:
            return None
        return other / ours if self.kind == "rate" else ours / other

    def is_met(self, measured: Measured) -> bool:
        ratio = self.ratio(measured)
        if ratio is None:
            return False
        return ratio >= self.bound if self.kind == "rate" else ratio <= self.bound

    def wording(self) -> str:
        sign = "≥" if self.kind == "rate" else "≤"
        noun = {"rate": "", "time": "time of ", "p99": "p99 of "}[self.kind]
        return f"{sign} {self.bound:g} × {noun}{self.to}"


BARE, ORM = "bare", "the ORM reference"

GOALS = (
    Goal("W1, one article, from the cache", ("cached", "W1"), ("bare", "W1"), BARE, 0.7),
    Goal("W2, newest 20 under a tag, from the cache", ("cached", "W2"), ("bare", "W2"), BARE, 0.7),
    Goal("W5, 304", ("cached", "W5"), ("bare", "W1"), BARE, 1.0),
    Goal("W1 uncached, any article", ("uncached", "W1 any"), ("bare", "W1"), BARE, 0.12),
    Goal("W1 uncached, any article", ("uncached", "W1 any"), ("reference", "W1 any"), ORM, 15),
    Goal("W2 uncached", ("uncached", "W2"), ("bare", "W2"), BARE, 0.10),
    Goal("W2 uncached", ("uncached", "W2"), ("reference", "W2"), ORM, 200),
    Goal("W3, the page at a fifth of the list", ("uncached", "W3 1/5"), ("uncached", "W2"), "W2", 1.2, "time"),
    Goal("W3, the page at nine tenths", ("uncached", "W3 9/10"), ("uncached", "W2"), "W2", 1.2, "time"),
    Goal("W4, two rare words", ("uncached", "W4 rare"), ("uncached", "W1 any"), "W1 uncached", 20, "time"),
    Goal("W4, two common words", ("uncached", "W4 common"), ("uncached", "W4 rare"), "the rare ones", 5, "p99"),
    Goal("W6, create an article", ("proxied", "W6"), ("reference", "W6"), ORM, 5),
    Goal("W7, post a comment", ("proxied", "W7"), ("reference", "W7"), ORM, 8),
    Goal("Zipf mixture, 2 % of it W7", ("proxied", "mixture"), ("bare", "mixture"), BARE, 0.4),
)

MEMORY_BOUND = 120_000_000
"""Bytes of a worker that keeps nothing."""

READS: tuple[Contest, ...] = tuple(
    ("uncached", workload) for workload in ("W1 any", "W2", "W3 1/5", "W3 9/10", "W4 rare", "W4 common")
)
GROWTH_BOUND = 1.5
"""How many times as long a read may take, compared with bare, in the largest corpus as in the smallest."""


def growth(small: Measured, large: Measured) -> dict[Contest, float]:
    """For each read how many times its p50 grew, in multiples of bare's in the same run."""

    def relative(measured: Measured, contest: Contest) -> float:
        return measured[contest].p50 / measured["bare", "W1"].p50

    return {contest: relative(large, contest) / relative(small, contest) for contest in READS}


def median(figures: list[Figures], key: Callable[[Figures], float]) -> float:
    return sorted(key(one) for one in figures)[len(figures) // 2]


def middle(rounds: list[Figures]) -> Figures:
    """The median of each figure; failures in all rounds together."""
    return Figures(
        rate=median(rounds, lambda one: one.rate),
        p50=median(rounds, lambda one: one.p50),
        p99=median(rounds, lambda one: one.p99),
        failed=sum(one.failed for one in rounds),
        cpu=median(rounds, lambda one: one.cpu),
    )
