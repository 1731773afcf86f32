"""How often each rule is right, end to end, on the development data; made by `python -m bench.eval --write`."""

from __future__ import annotations

PRECISION: dict[str, float] = {
    "according to": 0.958,
    "agent": 0.667,
    "carried back": 0.444,
    "carried on": 0.980,
    "closing": 0.913,
    "colon": 0.846,
    "credit": 0.818,
    "cue later": 0.778,
    "head close": 0.903,
    "head far": 0.891,
    "head weak": 0.718,
    "none": 0.105,
    "paragraph": 0.672,
    "reporting before": 0.800,
    "run": 0.607,
    "same sentence": 0.500,
    "subject": 0.396,
    "subject before": 0.286,
    "tail": 0.990,
    "tail according to": 0.800,
    "tail loose": 0.930,
    "tail reported": 0.182,
    "tail verb first": 0.949,
    "transcript": 0.750,
    "weak before": 0.571,
}
_UNMEASURED = 0.5


def confidence(rule: str) -> float:
    """The measured share of this rule's quotes whose place and speaker are both right, 0 to 1."""
    return PRECISION.get(rule, _UNMEASURED)
