"""Long work leaves others their turns."""

from __future__ import annotations

import asyncio

import pytest

from runtime.turns import in_turns


@pytest.mark.parametrize("length", [0, 1, 3, 4, 10])
async def test_all_is_made_in_order_and_others_have_their_turn_between_pieces(length):
    said = []

    async def other():
        while True:
            said.append("other")
            await asyncio.sleep(0)

    task = asyncio.ensure_future(other())
    made = await in_turns(lambda n: said.append(n) or n * 2, range(length), piece=3)
    task.cancel()
    assert made == [2 * n for n in range(length)]
    # After every third there was one, and before that nobody waited.
    expected = []
    for n in range(length):
        if n and n % 3 == 0:
            expected.append("other")
        expected.append(n)
    assert said == expected


async def test_what_fails_ends_it():
    with pytest.raises(ZeroDivisionError):
        await in_turns(lambda n: 1 / n, [1, 0, 1])
