"""Arrays written as text arrive in the database as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.arrays import array, texts

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
