"""Pictures are decoded a few at a time, and in threads that nothing else waits for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runtime.pictures import AT_ONCE, in_turn


async def test_a_dozen_pictures_take_turns_and_nothing_else_waits_for_them():
    begun, go_on = threading.Semaphore(0), threading.Event()
    running: list[int] = []
    most: list[int] = []

    def draw():
        running.append(1)
        most.append(len(running))
        begun.release()
        go_on.wait()
        running.pop()

    waiting = [asyncio.ensure_future(in_turn(draw)) for _ in range(12)]
    for _ in range(AT_ONCE):
        await asyncio.to_thread(begun.acquire)
    assert await asyncio.to_thread(len, "free") == 4, "files are still sent meanwhile"
    go_on.set()
    await asyncio.gather(*waiting)
    assert len(most) == 12
    assert max(most) <= AT_ONCE


async def test_what_goes_wrong_is_told():
    with pytest.raises(ValueError, match="no picture"):
        await in_turn(_broken, words="no picture")


def _broken(*, words):
    raise ValueError(words)
