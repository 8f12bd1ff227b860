"""Where to go on reading each lane.

Reading from the bare head of the index slows down under rows that are done but not yet vacuumed. But ids
are given before their batch commits, so the highest id seen is no safe place to go on from: a position
is trusted once it is older than any append may take, and now and then a lane is read from its start
again, for events that wait for another try.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conversations.inbox import Pending

SETTLE_S = 3.0
RESCAN_S = 2.0


@dataclass
class Mark:
    """One lane's positions: trusted, on the way to be trusted, and seen; and when they moved."""

    trusted: int = 0
    previous: int = 0
    seen: int = 0
    turned_at: float = 0.0
    rescanned_at: float = float("-inf")


class LaneMarks:
    """The positions of one worker. Times are seconds of a monotonic clock (`loop.time()`)."""

    def __init__(self) -> None:
        self._marks: dict[int, Mark] = {}

    def positions(self, lanes: Iterable[int], at: float) -> dict[int, int]:
        """Return for each lane the id after which to read now: the argument of claim_lanes and pending."""
        return {lane: _position(self._marks.setdefault(lane, Mark()), at) for lane in lanes}

    def done(self, events: Sequence[Pending], at: float) -> None:
        """Note the events of a block that has committed: acknowledged, put off or set aside."""
        for event in events:
            mark = self._marks.setdefault(event.lane, Mark())
            mark.seen = max(mark.seen, event.id)
        for mark in self._marks.values():
            if at - mark.turned_at >= SETTLE_S:
                mark.trusted, mark.previous = mark.previous, mark.seen
                mark.turned_at = at


def _position(mark: Mark, at: float) -> int:
    if at - mark.rescanned_at < RESCAN_S:
        return mark.trusted
    mark.rescanned_at = at
    return 0
