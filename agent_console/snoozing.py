"""Until when a conversation is snoozed: the usual choices, or a time on the workspace's clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from runtime.errors import Invalid
from runtime.i18n import mark
from runtime.wall_clock import instant_of

MORNING = time(9)
CHOICES: Mapping[str, str] = {
    "hour": mark("for an hour"),
    "hours": mark("for three hours"),
    "tomorrow": mark("until tomorrow at 9:00"),
    "monday": mark("until Monday at 9:00"),
}
NO_TIME = mark("Choose until when")


def snoozed_until(choice: str, wall: str, zone: str, now: datetime) -> datetime:
    """Return the instant a form means: one of CHOICES, or the time `wall` on the clocks of `zone`.

    Raises Invalid("until").
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    match choice:
        case "hour":
            return now + timedelta(hours=1)
        case "hours":
            return now + timedelta(hours=3)
        case "tomorrow":
            return instant_of(datetime.combine(today + timedelta(days=1), MORNING), zone)
        case "monday":
            days = 7 - today.weekday()
            return instant_of(datetime.combine(today + timedelta(days=days), MORNING), zone)
        case _:
            return _entered(wall, zone)


def _entered(wall: str, zone: str) -> datetime:
    try:
        asked = datetime.fromisoformat(wall)
    except ValueError as error:
        raise Invalid("until", NO_TIME) from error
    if asked.tzinfo is not None:
        raise Invalid("until", NO_TIME)
    return instant_of(asked, zone)
