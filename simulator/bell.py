"""Wakes whoever waits for something to change within this process."""

from __future__ import annotations

import asyncio


class Bell:
    """Every waiter at the moment of a ring wakes up; a later waiter waits for the next ring."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for the next ring, `seconds` at most; tell whether it rang."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True
