"""The geometry of charts that are drawn as SVG in the page itself; colours and words are the template's."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

# Heights in pixels of the page; places along the width in percent, so that a chart is as wide as its room.
HEIGHT, TOP, BOTTOM = 240.0, 12.0, 28.0
LINES = 4
LABELS = 8
SERIES = ("claimed", "opened", "redeemed")


class Dot(msgspec.Struct, frozen=True):
    """A value at its place: `x` in percent of the width, `y` in pixels."""

    x: float
    y: float
    value: int


class Line(msgspec.Struct, frozen=True):
    """A series: its dots, and the points of its polyline as SVG writes them."""

    name: str
    dots: list[Dot]
    points: str


class Tick(msgspec.Struct, frozen=True):
    """A label on an axis: at `at` (percent across, pixels down), for the value or the point's index `value`."""

    at: float
    value: int


class TrendChart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of lines over days. `dotted`: few enough points to show each."""

    height: float
    lines: list[Line]
    rows: list[Tick]
    columns: list[Tick]
    dotted: bool


def trend_chart(points: Sequence[object], series: Sequence[str] = SERIES) -> TrendChart:
    """Return a line for each of `series`, which are counts that every point has by these names."""
    highest = max((int(getattr(one, name)) for one in points for name in series), default=0)
    step = nice_step(highest)
    top = step * LINES
    high = HEIGHT - TOP - BOTTOM

    def across(index: int) -> float:
        return round(100 * index / (len(points) - 1), 2) if len(points) > 1 else 50.0

    def up(value: int) -> float:
        return round(TOP + high - high * value / top, 1)

    lines = []
    for name in series:
        values = [int(getattr(one, name)) for one in points]
        dots = [Dot(across(index), up(value), value) for index, value in enumerate(values)]
        lines.append(Line(name, dots, " ".join(f"{dot.x},{dot.y}" for dot in dots)))
    every = max(-(-len(points) // LABELS), 1)
    return TrendChart(
        height=HEIGHT,
        lines=lines,
        rows=[Tick(up(step * row), step * row) for row in range(LINES + 1)],
        columns=[Tick(across(index), index) for index in range(0, len(points), every)],
        dotted=len(points) <= 31,
    )


def nice_step(highest: int) -> int:
    """Return the distance of the chart's lines: 1, 2 or 5 times a power of ten, so that all fit in."""
    step = 1
    while step * LINES < highest:
        for factor in (2, 5, 10):
            if step * factor * LINES >= highest:
                return step * factor
        step *= 10
    return step


def share(part: int, whole: int) -> float:
    """Return `part` of `whole` in percent, to one place; 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0
