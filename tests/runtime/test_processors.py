"""How many processors a process may use."""

from __future__ import annotations

import os

import pytest

from runtime.processors import processors


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("100000 100000", 1),
        ("1000 100000", 1),
        *((text, None) for text in ("9900000 100", "max 100000", "", "words", "1 0", "1 2 3")),
    ],
)
def test_a_quota_counts_where_it_is_less_than_what_the_process_may_run_on(tmp_path, told, number):
    file = tmp_path / "cpu.max"
    file.write_text(told)
    assert processors(file) == (number or len(os.sched_getaffinity(0)))


def test_without_control_groups_it_is_what_the_process_may_run_on(tmp_path):
    assert processors(tmp_path / "none") == len(os.sched_getaffinity(0))
