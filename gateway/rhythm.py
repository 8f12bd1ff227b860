"""When the loops over the inbox work and when they wait for more: a block of one event costs a tenth of a
block of 128, so little traffic is one loop's, which gathers between its blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

BLOCK = 128
# A block as large as this leaves a few second words to the next one, which has gathered while it ran.
MANY = BLOCK // 2
# The longer a block took, the busier the machine is, and the more is saved by waiting for others.
GATHER_S, LONGEST_GATHER_S = 0.03, 0.05
CROWDED_S = 1.0
# After a full block more is taken to wait, and after a large one that took so long that customers feel it, for as
# long as no other says that it does not.
BEHIND_S, FELT_S = 1.0, 0.08
# A block that takes as long as this must not keep all lanes waiting.
LONG_S = 0.25


@dataclass
class Rhythm:
    """Shared by the loops of a process; `time` gives seconds that only ever grow. `processors` that the process may
    use: on a single one, a second loop only makes blocks half as large.
    """

    time: Callable[[], float]
    processors: int = 2
    _behind_until: float = 0.0
    _crowded_until: float = 0.0
    _was_full: bool = False
    _begun_at: float | None = None

    def is_crowded(self) -> bool:
        """Say whether one loop is not enough: one full block follows another, or the first loop's takes long. Two
        loops make blocks half as large, which cost more for each event.
        """
        now = self.time()
        stuck = self._begun_at is not None and now - self._begun_at > LONG_S
        return stuck or now < self._crowded_until

    def is_behind(self) -> bool:
        """Say whether more comes than blocks take, or as much as makes customers wait."""
        return self.time() < self._behind_until

    def begin(self, number: int) -> float:
        """Note that loop `number` begins a block; returns the time."""
        now = self.time()
        if number == 0:
            self._begun_at = now
        return now

    def end(self, number: int, begun_at: float, events: int) -> float:
        """Note that the block has ended; returns for how many seconds to let events gather now."""
        now = self.time()
        if number == 0:
            self._begun_at = None
        full = events >= BLOCK
        # Nothing gathers after a full block: another one means that more comes than one loop can take.
        if full and self.processors > 1 and (self._was_full or now < self._crowded_until):
            self._crowded_until = now + CROWDED_S
        self._was_full = full
        felt = events >= MANY and now - begun_at >= FELT_S
        self._behind_until = now + BEHIND_S if full or felt else 0.0
        if events >= MANY or not events:
            return 0.0
        return min(max(GATHER_S, now - begun_at), LONGEST_GATHER_S)
