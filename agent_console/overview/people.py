"""The overview's table of members: what they did, in the order asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from conversations.overview import MemberRow, Waits
from team.queries import Named

NEVER = timedelta.max
HEADER = (
    "member", "conversations", "messages", "first_answers", "first_answer_median_s", "first_answer_nine_of_ten_s",
    "coupons_sent", "member_id",
)  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A member's row."""

    id: UUID
    name: str
    active: bool
    answers: int
    handled: int
    first: Waits
    coupons: int


def lines(
    names: Mapping[UUID, Named],
    rows: Mapping[UUID, MemberRow],
    coupons: Mapping[UUID, int],
    order: str,
) -> list[Line]:
    """Return everybody who did anything; most first, the quickest first, or by name."""
    busy = [key for key in names if key in rows or key in coupons]
    found = [_line(names[key], rows.get(key, MemberRow()), coupons.get(key, 0)) for key in busy]
    by_name = sorted(found, key=lambda one: (one.name.casefold(), one.id))
    if order == "name":
        return by_name
    if order == "first":
        return sorted(
            by_name, key=lambda one: NEVER if one.first.median is None else one.first.median
        )
    return sorted(by_name, key=lambda one: -int(getattr(one, order)))


def _line(who: Named, row: MemberRow, coupons: int) -> Line:
    return Line(
        id=who.id,
        name=who.name,
        active=who.active,
        answers=row.answers,
        handled=row.handled,
        first=row.first,
        coupons=coupons,
    )


def cells(one: Line) -> Sequence[str]:
    """Return a row of the file; names are neutralised by whoever writes it."""
    return (
        one.name,
        str(one.handled),
        str(one.answers),
        str(one.first.count),
        _seconds(one.first.median),
        _seconds(one.first.most),
        str(one.coupons),
        str(one.id),
    )


def _seconds(span: timedelta | None) -> str:
    return "" if span is None else str(round(span.total_seconds()))
