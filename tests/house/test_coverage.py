"""Every row of the feature catalogue is proved, or says why not; the page that tells so is up to date."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.house import coverage
from tests.house.coverage import PAGE, Row, cited, render, rows

CATALOGUE = rows()


@pytest.fixture(scope="module")
def proofs():
    """What the tests of the tree prove, read once."""
    return coverage.proofs()


def test_every_row_stands_once_and_says_where_it_is_seen_or_why_it_is_not_there():
    assert [key for key, count in Counter(row.id for row in CATALOGUE).items() if count > 1] == []
    for row in CATALOGUE:
        assert row.scope in {"now", "later", "not ours"}, row.id
        assert row.where if row.scope == "now" else row.reason, row.id


def test_a_citation_may_be_a_single_row_a_range_or_part_of_a_name():
    text = "S1-28, S2-05; S1-59..63 and S0-37..S0-38 (but neither XS1-01 nor S1-999)"
    wanted = ["S1-28", "S2-05", "S1-59", "S1-60", "S1-61", "S1-62", "S1-63", "S0-37", "S0-38"]
    assert list(cited(text)) == wanted
    assert list(cited("test_s2_19_a_gift_changes_hands")) == ["S2-19"]


def test_no_test_cites_a_row_that_does_not_exist(proofs):
    assert sorted(proofs.keys() - {row.id for row in CATALOGUE}) == []


def test_every_row_in_scope_has_a_test_or_a_reason(proofs):
    """docs/features.toml may say under `untested` why nothing can prove a row."""
    bare = [
        row.id
        for row in CATALOGUE
        if row.scope == "now" and row.id not in proofs and not row.untested
    ]
    assert bare == [], "name these rows in the docstring of the test that proves them"


def test_the_page_tells_what_the_tests_prove(proofs):
    told = PAGE.read_text() == render(CATALOGUE, proofs)
    assert told, "docs/coverage.md is old: run python -m tests.house.coverage"


def test_a_row_that_is_proved_is_done_whatever_was_planned():
    row = Row(id="S9-01", title="x | y", scope="later", reason="soon")
    assert coverage.state(row, []) == "later"
    assert coverage.state(row, ["[t](t)"]) == "done"
    assert r"| S9-01 | x \| y | done | [t](t) |  |" in render([row], {"S9-01": ["[t](t)"]})
