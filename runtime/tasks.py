"""Supervised background tasks: started in an empty context, restarted when they fail, ended cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any

import structlog

RESTART_S = (0.1, 0.5, 2.0, 5.0)
# A loop that ran as long as this before it failed is as good as new.
HEALTHY_S = 60.0
log = structlog.get_logger("tasks")


def spawn(work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """Start `work` in an empty context, so that it inherits nobody's transaction."""
    loop = asyncio.get_running_loop()
    return contextvars.Context().run(loop.create_task, work, name=name)


class Supervisor:
    """Runs named loops until `stop`; one that raises is logged and started again after a pause."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        """`elapsed`: seconds that only ever grow, to tell how long a loop has run."""
        self._elapsed = elapsed
        self._tasks: set[asyncio.Task[Any]] = set()
        self.stopping = asyncio.Event()
        self._wakes: list[asyncio.Event] = []
        self.failures: dict[str, int] = {}

    def start(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run `loop` for ever under `name`."""
        self._keep(spawn(self._watch(name, loop), name))

    def repeat(self, name: str, work: Callable[[], Awaitable[bool | None]], pause_s: float) -> None:
        """Call `work` for ever under `name`: again at once while it returns True, more waits, else `pause_s` seconds
        later.
        """

        async def loop() -> None:
            while not self.stopping.is_set():
                if not await work():
                    await self.pause(pause_s)

        self.start(name, loop)

    def once(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` once; a failure is logged."""
        task = spawn(self._guard(name, work), name)
        self._keep(task)
        return task

    def wakes(self, *events: asyncio.Event) -> None:
        """Set `events`, for which loops wait, when stopping: such a loop need not look at `stopping` meanwhile."""
        self._wakes += events

    async def stop(self, grace_s: float = 10.0) -> None:
        """Ask every loop to finish, then cancel those that have not after `grace_s` seconds."""
        for event in (self.stopping, *self._wakes):
            event.set()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=grace_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pause(self, seconds: float) -> None:
        """Sleep, but wake at once when stopping."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except Exception:
            self.failures[name] = self.failures.get(name, 0) + 1
            log.exception("task failed", task=name)

    async def _watch(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        tries = 0
        while not self.stopping.is_set():
            begun = self._elapsed()
            try:
                await loop()
            except Exception:
                self.failures[name] = self.failures.get(name, 0) + 1
                tries = 0 if self._elapsed() - begun >= HEALTHY_S else tries
                again_s = RESTART_S[min(tries, len(RESTART_S) - 1)]
                log.exception("task failed", task=name, again_s=again_s)
                await self.pause(again_s)
                tries += 1
            else:
                return
