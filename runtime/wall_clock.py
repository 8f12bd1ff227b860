"""The instant that a clock on the wall of some place means.

A time the clocks skip means as long after the change as it stands after the gap's begin; a time that
happens twice means the first of the two instants, or with `later` the second.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant_of(wall: datetime, zone: str, *, later: bool = False) -> datetime:
    """Return the instant (UTC) at which clocks in `zone` show `wall`, which names no zone itself."""
    place = ZoneInfo(zone)
    first, second = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    skipped = first.astimezone(place).replace(tzinfo=None) != wall
    return second if later and not skipped else first
