"""What is counted in plain numbers is shown as Prometheus's own library would show it."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from gateway.counts import Counts, Spreads

BOUNDS = (0.0025, 0.01, 0.5, 1.0, 1.5)


def lines(registry):
    """The text, without the instants at which series began, which nobody needs."""
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if "_created" not in line]


def test_counts_read_as_the_librarys_do():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    facts = "calls", 'Calls, by "who" and what', ("who", "what")
    for counter in (Counts(*facts, registry=ours), Counter(*facts, registry=theirs)):
        counter.labels("line", "taken").inc()
        counter.labels("line", "taken").inc(41)
        counter.labels("line", 'odd "name"\n').inc(0)
    assert lines(ours) == lines(theirs)
    assert ours.get_sample_value("calls_total", {"who": "line", "what": "taken"}) == 42


def test_times_read_as_the_librarys_do():
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    spreads = Spreads("took", "Seconds", "who", BOUNDS, registry=ours)
    library = Histogram("took", "Seconds", ("who",), buckets=BOUNDS, registry=theirs)
    for histogram in (spreads, library):
        histogram.labels("nobody")
        for value in (0.0, 0.0025, 0.00251, 0.75, 1.5, 1.5001, 60.0):
            histogram.labels("line").observe(value)
    assert lines(ours) == lines(theirs)


def test_a_series_needs_a_value_for_each_label():
    with pytest.raises(ValueError, match="who, what"):
        Counts("calls", "Calls", ("who", "what"), CollectorRegistry()).labels("line")
