"""What differs between two settings of a workspace's automation, as the audit log keeps it. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from team.automation import Automation
from team.hours import Hours


def changes(old: Automation, new: Automation) -> dict[str, dict[str, Any]]:
    """Return each setting that differs with its plain values before and after, {"from": …, "to": …}."""
    before, after = _plain(old), _plain(new)
    return {
        name: {"from": before[name], "to": value}
        for name, value in after.items()
        if before[name] != value
    }


def _plain(settings: Automation) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    del plain["workspace_id"]
    hours = settings.hours
    return plain | {"hours": _week(hours), "holidays": [str(day) for day in hours.holidays]}


def _week(hours: Hours) -> list[str]:
    """Return what each day reads like, Monday first, "" where it is closed."""
    return [
        " ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans) for spans in hours.week
    ]


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}"
