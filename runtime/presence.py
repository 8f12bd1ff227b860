"""Who is where at this moment: signs told among the processes, kept in memory, each ended by its lease.

Nothing is stored: a process that has just started knows everybody again once they have renewed their signs,
and who goes away without a word is gone when the lease is over (docs/decisions/0025).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

State = Literal["looking", "writing", "gone"]
# Browsers renew well before: see frontend/presence.ts.
LEASES: Mapping[State, timedelta] = {
    "looking": timedelta(seconds=60),
    "writing": timedelta(seconds=20),
}
# So many pages of one member are told apart; more than that nobody has open before their eyes.
MOST_PAGES = 20


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """What one page of a member's browser says of itself. `place` is what it shows: a conversation's id."""

    workspace_id: UUID
    member_id: UUID
    name: str
    place: UUID
    page: str
    state: State
    at: datetime


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a place, all their pages taken together; `left_s`: seconds until that is over."""

    member_id: UUID
    name: str
    place: UUID
    state: State
    left_s: int


class Presence:
    """The signs that this process has heard, by workspace."""

    def __init__(self) -> None:
        self._signs: dict[UUID, dict[tuple[UUID, UUID, str], Sign]] = {}

    def note(self, sign: Sign) -> None:
        """Take in what a page says; "gone" ends it."""
        signs = self._signs.setdefault(sign.workspace_id, {})
        key = (sign.member_id, sign.place, sign.page)
        signs.pop(key, None)  # the latest stands last
        if sign.state != "gone":
            signs[key] = sign
        over = [one for one, kept in signs.items() if _until(kept) <= sign.at]
        pages = [one for one in signs if one[0] == sign.member_id]
        for one in {*over, *pages[:-MOST_PAGES]}:
            del signs[one]
        if not signs:
            del self._signs[sign.workspace_id]

    def of(self, workspace_id: UUID, now: datetime, *, but: UUID | None = None) -> list[Present]:
        """Return who is where in a workspace, `but` left out, in the order of their names."""
        found: dict[tuple[UUID, UUID], list[Sign]] = {}
        for sign in self._signs.get(workspace_id, {}).values():
            if sign.member_id != but and _until(sign) > now:
                found.setdefault((sign.member_id, sign.place), []).append(sign)
        told = [_together(signs, now) for signs in found.values()]
        return sorted(told, key=lambda one: (one.name, one.member_id, one.place))

    def at_place(self, sign: Sign, now: datetime) -> Present:
        """Return how that member now stands at that place: "gone" when no page of theirs shows it."""
        signs = [
            one
            for (member, place, _), one in self._signs.get(sign.workspace_id, {}).items()
            if (member, place) == (sign.member_id, sign.place) and _until(one) > now
        ]
        if signs:
            return _together(signs, now)
        return Present(
            member_id=sign.member_id, name=sign.name, place=sign.place, state="gone", left_s=0
        )


def _until(sign: Sign) -> datetime:
    return sign.at + LEASES[sign.state]


def _together(signs: list[Sign], now: datetime) -> Present:
    state: State = "writing" if any(one.state == "writing" for one in signs) else "looking"
    until = max(_until(one) for one in signs if one.state == state)
    last = signs[-1]
    return Present(
        member_id=last.member_id,
        name=last.name,
        place=last.place,
        state=state,
        left_s=int((until - now).total_seconds()),
    )
