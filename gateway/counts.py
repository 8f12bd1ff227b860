"""Counters and times as plain numbers, made into Prometheus's samples when somebody asks.

The library's own take a lock, a check and several calls each time they are told of something, which on the way of a
webhook cost as much as its signature. These are told on the event loop alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from typing_extensions import override


class Count:
    """One number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def inc(self, by: int = 1) -> None:
        """Add `by`."""
        self.value += by


class Counts(Collector):
    """A counter with labels."""

    def __init__(
        self, name: str, told: str, labels: Sequence[str], registry: CollectorRegistry
    ) -> None:
        """`told`: what is counted, in words."""
        self._family = name, told
        self._names = labels
        self._counts: dict[tuple[str, ...], Count] = {}
        registry.register(self)

    def labels(self, *values: str) -> Count:
        """Return the count under these values; it is shown from now on."""
        if len(values) != len(self._names):
            raise ValueError(f"Labels are {', '.join(self._names)}")
        found = self._counts.get(values)
        if found is None:
            found = self._counts[values] = Count()
        return found

    @override
    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(*self._family, labels=self._names)
        for values, count in self._counts.items():
            family.add_metric(values, count.value)
        return [family]


class Spread:
    """How many values fell below each bound, and their sum."""

    __slots__ = ("bounds", "numbers", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.numbers = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Add a value."""
        self.numbers[bisect_left(self.bounds, value)] += 1
        self.total += value


class Spreads(Collector):
    """A histogram with one label; `bounds` grow, each belongs to what is below it."""

    def __init__(
        self, name: str, told: str, label: str, bounds: Sequence[float], registry: CollectorRegistry
    ) -> None:
        """`told`: what is measured, in words."""
        self._family = name, told
        self._name = label
        self._bounds = tuple(bounds)
        self._marks = [*(str(float(bound)) for bound in bounds), "+Inf"]
        self._spreads: dict[str, Spread] = {}
        registry.register(self)

    def labels(self, value: str) -> Spread:
        """Return the spread under this value; it is shown from now on."""
        return self._spreads.setdefault(value, Spread(self._bounds))

    @override
    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(*self._family, labels=(self._name,))
        for value, spread in self._spreads.items():
            numbers = zip(self._marks, accumulate(spread.numbers), strict=True)
            family.add_metric((value,), list(numbers), spread.total)
        return [family]
