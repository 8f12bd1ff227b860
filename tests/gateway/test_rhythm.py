"""When the loops over the inbox gather, and when they share the lanes."""

from __future__ import annotations

import pytest

from gateway.rhythm import BLOCK, CROWDED_S, LONG_S, MANY, Rhythm


class Watch:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def rhythm(watch):
    return Rhythm(watch)


def block(rhythm, watch, events, took_s, number=0):
    begun_at = rhythm.begin(number)
    watch.now += took_s
    return rhythm.end(number, begun_at, events)


def test_after_a_small_block_events_gather_the_longer_the_busier_the_machine(rhythm, watch):
    gaps = [block(rhythm, watch, 3, took) for took in (0.005, 0.04, 0.2)]
    assert gaps == pytest.approx([0.03, 0.04, 0.05])


@pytest.mark.parametrize("events", [0, MANY, BLOCK])
def test_nobody_waits_for_more_after_nothing_or_after_much(rhythm, watch, events):
    assert block(rhythm, watch, events, 0.03) == 0


def test_little_is_one_loops_work(rhythm, watch):
    block(rhythm, watch, BLOCK - 1, 0.03)
    assert not rhythm.is_crowded()


def test_many_events_are_shared_until_a_second_after_the_last_full_block(rhythm, watch):
    block(rhythm, watch, BLOCK, 0.1)
    assert rhythm.is_crowded()
    watch.now += CROWDED_S - 0.01
    block(rhythm, watch, 3, 0.0, number=1)
    assert rhythm.is_crowded()
    watch.now += 0.02
    assert not rhythm.is_crowded()


def test_a_block_that_takes_long_does_not_keep_the_others_waiting(rhythm, watch):
    begun_at = rhythm.begin(0)
    watch.now += LONG_S + 0.01
    assert rhythm.is_crowded()
    rhythm.end(0, begun_at, 3)
    assert not rhythm.is_crowded()
