"""Horizontal bars on a logarithmic scale, as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

ROW, LEFT, WIDTH, RIGHT, TOP, BOTTOM = 30, 260, 560, 90, 60, 40
INK, FAINT, OURS, THEIRS = "#1c2430", "#c3ccd6", "#0b5d43", "#9aa5b1"


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    value: float
    is_ours: bool


def chart(bars: Sequence[Bar], title: str) -> str:
    """An SVG document with a bar for each value; the scale is in powers of ten, and 1 is where it says so."""
    values = [bar.value for bar in bars if bar.value > 0]
    low, high = floor(log10(min(values))), ceil(log10(max(values) * 1.2))
    return "\n".join(_lines(bars, title, low, high)) + "\n"


def _lines(bars: Sequence[Bar], title: str, low: int, high: int) -> Iterator[str]:
    width, height = LEFT + WIDTH + RIGHT, TOP + ROW * len(bars) + BOTTOM

    def x(value: float) -> float:
        return LEFT + WIDTH * (max(log10(value), low) - low) / (high - low) if value > 0 else LEFT

    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" font-family="Helvetica, Arial, \'Liberation Sans\', sans-serif" '
        f'font-size="14" fill="{INK}">'
    )
    yield f'  <title id="title">{escape(title)}</title>'
    yield f'  <rect width="{width}" height="{height}" fill="#ffffff"/>'
    yield f'  <text x="20" y="32" font-size="16" font-weight="bold">{escape(title)}</text>'
    bottom = TOP + ROW * len(bars)
    for power in range(low, high + 1):
        at = x(10.0**power)
        line = INK if power == 0 else FAINT
        yield f'  <line x1="{at:.1f}" y1="{TOP - 6}" x2="{at:.1f}" y2="{bottom}" stroke="{line}"/>'
        yield f'  <text x="{at:.1f}" y="{bottom + 20}" font-size="12" text-anchor="middle">{10.0**power:g} ×</text>'
    for number, bar in enumerate(bars):
        y = TOP + ROW * number
        end = x(bar.value)
        colour = OURS if bar.is_ours else THEIRS
        yield f'  <text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(bar.name)}</text>'
        yield f'  <rect x="{LEFT}" y="{y + 2}" width="{end - LEFT:.1f}" height="20" rx="2" fill="{colour}"/>'
        yield f'  <text x="{end + 8:.1f}" y="{y + 17}" font-size="12">{bar.value:.2g}</text>'
    yield "</svg>"
