"""Arrays written as text arrive in the database as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.arrays import array, every, once, sparse, texts

STORABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        STORABLE | st.sampled_from(['"', "\\", '\\"', "{}", ",", "NULL", "null", "", " a ", "\n"])
    )
)
async def test_any_texts_arrive_as_they_were(db, values):
    assert await db.screens.fetchval("SELECT $1::text::text[]", texts(values)) == values


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uuid", [UUID(int=0), None, UUID(int=2**128 - 1)]),
        ("bigint", [0, -(2**63), None, 2**63 - 1]),
        ("timestamptz", [datetime(2026, 5, 4, 5, 0, 0, 123456, UTC), None, datetime(1969, 1, 1, tzinfo=UTC)]),
        ("uuid", []),
    ],
)  # fmt: skip
async def test_ids_numbers_and_instants_arrive_as_they_were(db, kind, values):
    assert await db.screens.fetchval(f"SELECT $1::text::{kind}[]", array(values)) == values


async def test_an_instant_of_another_zone_stays_the_same_instant(db):
    taipei = datetime(2026, 5, 4, 13, tzinfo=timezone(timedelta(hours=8)))
    stored = await db.screens.fetchval("SELECT $1::text::timestamptz[]", array([taipei]))
    assert stored == [datetime(2026, 5, 4, 5, tzinfo=UTC)]


COLUMNS = f"""
SELECT {every("word", "$2::text[]")}, number FROM unnest($1::int[], $2::text[], $3::bigint[]) WITH ORDINALITY
  AS u (id, word, number, n) ORDER BY n
"""  # noqa: S608 (our own names)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "a", "b"]), st.none() | st.integers(0, 2)),
        min_size=1,
        max_size=5,
    )
)
async def test_each_row_gets_its_own_values_however_few_were_told(db, rows):
    words, numbers = [word for word, _ in rows], [number for _, number in rows]
    told = await db.screens.fetch(COLUMNS, list(range(len(rows))), once(words), sparse(numbers))
    assert [tuple(row) for row in told] == rows


def test_a_value_that_all_share_is_told_once_and_none_not_at_all():
    assert once(["a"] * 9) == ["a"]
    assert once(["a", "b"]) == ["a", "b"]
    assert once([]) == []
    assert sparse([None] * 9) == []
    assert sparse([None, 1]) == [None, 1]
