"""When the loops over the inbox gather, and when they share the lanes."""

from __future__ import annotations

import pytest

from gateway.rhythm import BEHIND_S, BLOCK, CROWDED_S, FELT_S, LONG_S, MANY, Rhythm


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
def test_nobody_waits_for_more_after_nothing_or_after_a_large_block(rhythm, watch, events):
    assert block(rhythm, watch, events, 0.03) == 0


def test_one_loop_works_while_no_full_block_follows_another(rhythm, watch):
    for events in (BLOCK, BLOCK - 1, BLOCK, 0, BLOCK):
        block(rhythm, watch, events, 0.03)
        assert not rhythm.is_crowded()


def test_full_blocks_in_a_row_are_shared_until_a_second_after_the_last(rhythm, watch):
    for _ in range(2):
        block(rhythm, watch, BLOCK, 0.1)
    assert rhythm.is_crowded()
    watch.now += CROWDED_S - 0.01
    block(rhythm, watch, 3, 0.0)
    # While lanes are shared, either loop's full block says that there is still much.
    block(rhythm, watch, BLOCK, 0.0, number=1)
    watch.now += CROWDED_S - 0.01
    block(rhythm, watch, 3, 0.0, number=1)
    assert rhythm.is_crowded()
    watch.now += 0.02
    assert not rhythm.is_crowded()


def test_on_a_single_processor_full_blocks_are_one_loops(watch):
    rhythm = Rhythm(watch, processors=1)
    for _ in range(5):
        block(rhythm, watch, BLOCK, 0.1)
        assert not rhythm.is_crowded()
    rhythm.begin(0)
    watch.now += LONG_S + 0.01
    assert rhythm.is_crowded()


def test_after_a_full_block_more_waits_until_another_says_that_it_does_not(rhythm, watch):
    assert not rhythm.is_behind()
    block(rhythm, watch, BLOCK, 0.1)
    assert rhythm.is_behind()
    block(rhythm, watch, BLOCK - 1, 0.01)
    assert not rhythm.is_behind()
    block(rhythm, watch, BLOCK, 0.1)
    watch.now += BEHIND_S
    assert not rhythm.is_behind()


@pytest.mark.parametrize(
    ("events", "took_s", "behind"),
    [
        (MANY, FELT_S, True),
        (MANY, FELT_S - 0.001, False),
        (MANY - 1, FELT_S, False),
        (1, 2.0, False),
    ],
)
def test_so_it_is_taken_where_many_wait_long_but_not_where_a_slow_disk_keeps_few(
    rhythm, watch, events, took_s, behind
):
    watch.now = 0.0
    block(rhythm, watch, events, took_s)
    assert rhythm.is_behind() is behind


def test_a_block_that_takes_long_does_not_keep_the_others_waiting(rhythm, watch):
    begun_at = rhythm.begin(0)
    watch.now += LONG_S + 0.01
    assert rhythm.is_crowded()
    rhythm.end(0, begun_at, 3)
    assert not rhythm.is_crowded()
