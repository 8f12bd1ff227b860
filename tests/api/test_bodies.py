"""The API reads a request whole, however it arrives."""

from __future__ import annotations

import pytest

from api.bodies import read
from api.claims import READER
from api.problems import Problem
from tests.pieces import posted

BODY = b'{"coupon_id": "00000000-0000-0000-0000-000000000000", "contact": "%s"}' % (b"0" * 32)


async def test_the_api_reads_a_body_that_arrives_in_pieces():
    _, raw = await read(posted(BODY[:10], BODY[10:]), READER)
    assert raw == BODY


async def test_the_api_says_how_large_a_body_may_be():
    with pytest.raises(Problem) as refused:
        await read(posted(b" " * 40_000, b" " * 40_000), READER)
    assert (refused.value.status, refused.value.code) == (413, "too_large")
    assert "65,536 bytes" in str(refused.value)
