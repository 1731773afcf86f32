"""How often each rule is right, end to end, on the development data; made by `python -m bench.eval --write`."""

from __future__ import annotations

PRECISION: dict[str, float] = {"tail": 0.97}
_UNMEASURED = 0.5


def confidence(rule: str) -> float:
    """The measured share of this rule's quotes whose place and speaker are both right, 0 to 1."""
    return PRECISION.get(rule, _UNMEASURED)
