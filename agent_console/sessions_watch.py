"""Whether the sessions of open streams still stand: asked for all of them with one statement."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias
from uuid import UUID

from runtime.tasks import spawn

CHECK_S = 3.0

# Returns the role of each session that still stands.
Ask: TypeAlias = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, str]]]


class SessionsWatch:
    """The sessions of a process's open streams, and the roles they had when last asked for."""

    def __init__(self, time: Callable[[], float] = monotonic) -> None:
        """`time`: seconds that only ever grow."""
        self._time = time
        self._open: Counter[UUID] = Counter()
        self._roles: Mapping[UUID, str] = {}
        self._asked: frozenset[UUID] = frozenset()
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    @contextmanager
    def watching(self, session: UUID) -> Iterator[None]:
        """Ask for `session`, too, while its stream is open."""
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]

    async def role(self, session: UUID, ask: Ask) -> str | None:
        """Return the role of `session` as it was CHECK_S ago or later; None when it is over."""
        new_enough = self._time() - CHECK_S
        # Asking that began before this stream was open does not know it: then it is asked again.
        while session not in self._asked or self._asked_at < new_enough:
            if self._asking is None or self._asking.done():
                self._asking = spawn(self._ask(ask, self._time()), "sessions of streams")
            await asyncio.shield(self._asking)
        return self._roles.get(session)

    async def _ask(self, ask: Ask, at: float) -> None:
        asked = frozenset(self._open)
        self._roles = await ask(asked)
        self._asked, self._asked_at = asked, at
