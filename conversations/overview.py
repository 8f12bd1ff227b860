"""What the overview shows: conversations as they stand now, and sums of the roll-ups over some days.

No statement here reads a message, nor a conversation that is the bot's or closed. Days are those of the zone the
figures were counted in; a long span is read from whole months and the days at its ends.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.counting import BOT_ANSWER, FIRST_ANSWER, MEMBER_ANSWER, RESOLUTION
from conversations.durations import quantile
from runtime.database import Connection, Pool

# By name, not by a parameter: the server must know that these are few.
NOW = """
SELECT c.status, count(*)::int AS n, min(c.waiting_since) FILTER (WHERE c.status = 'waiting') AS since
FROM channel_account o JOIN conversation c ON c.account_id = o.id AND c.status IN ('waiting', 'in_progress', 'snoozed')
  AND c.shelf = ''
WHERE o.workspace_id = $1 AND ($2 = '' OR o.channel = $2) GROUP BY c.status
"""
BOOK = "SELECT generation, zone FROM figure_book WHERE workspace_id = $1"
# The stretches of `cover`: which of the two spans asked for each belongs to, its grain, and its days.
STRETCHES = """
unnest($4::int[], $5::int[], $6::date[], $7::date[]) AS s (span, grain, a, b)
"""
WITHIN = """
f.workspace_id = $1 AND f.generation = $2 AND f.grain = s.grain AND f.day >= s.a AND f.day < s.b
AND ($3 = '' OR f.channel = $3)
"""
MESSAGES = f"""
SELECT s.span, f.hour, f.channel, sum(f.customers)::bigint AS customers, sum(f.bot)::bigint AS bot,
  sum(f.members)::bigint AS members, sum(f.elsewhere)::bigint AS elsewhere
FROM {STRETCHES} JOIN message_figure f ON {WITHIN} GROUP BY 1, 2, 3
"""  # noqa: S608 (our own names)
TREND = f"""
SELECT CASE WHEN $8 = 'month' THEN date_trunc('month', f.day)::date ELSE f.day END AS day,
  sum(f.customers)::bigint AS customers, sum(f.bot)::bigint AS bot, sum(f.members + f.elsewhere)::bigint AS people
FROM {STRETCHES} JOIN message_figure f ON {WITHIN} WHERE s.span = 0 GROUP BY 1
"""  # noqa: S608 (our own names)
WAITS = f"""
SELECT s.span, f.measure, f.bucket, sum(f.n)::bigint AS n
FROM {STRETCHES} JOIN time_figure f ON f.measure IN ({FIRST_ANSWER}, {BOT_ANSWER}, {RESOLUTION}) AND {WITHIN}
GROUP BY 1, 2, 3
"""  # noqa: S608 (our own names)
MEMBER_WAITS = f"""
SELECT f.member_id, f.bucket, sum(f.n)::bigint AS n
FROM {STRETCHES} JOIN time_figure f ON f.measure = {MEMBER_ANSWER} AND {WITHIN} WHERE s.span = 0 GROUP BY 1, 2
"""  # noqa: S608 (our own names)
MEMBERS = f"""
SELECT f.member_id, sum(f.answers)::bigint AS answers, sum(f.handled)::bigint AS handled
FROM {STRETCHES} JOIN member_figure f ON {WITHIN} WHERE s.span = 0 GROUP BY 1
"""  # noqa: S608 (our own names)
DAY = timedelta(days=1)
MONTHLY = 123


class Span(msgspec.Struct, frozen=True):
    """Days of the workspace's zone, `last` included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Span:
        """As many days, just before these."""
        return Span(self.first - timedelta(days=self.days), self.first - DAY)

    @property
    def monthly(self) -> bool:
        """Whether it is shown by months: a picture with more points tells nothing."""
        return self.days > MONTHLY


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """Conversations by status at this moment; `since`: how long the one that waits longest has waited."""

    waiting: int = 0
    in_progress: int = 0
    snoozed: int = 0
    since: datetime | None = None

    @property
    def open(self) -> int:
        """All that are a person's."""
        return self.waiting + self.in_progress + self.snoozed


class Messages(msgspec.Struct, kw_only=True):
    """How many messages, by who wrote them."""

    customers: int = 0
    bot: int = 0
    members: int = 0
    elsewhere: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.customers + self.bot + self.members + self.elsewhere

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row's numbers."""
        self.customers += row["customers"]
        self.bot += row["bot"]
        self.members += row["members"]
        self.elsewhere += row["elsewhere"]


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How many waits ended, and within what time half and nine of ten of them did (None: there were none)."""

    count: int = 0
    median: timedelta | None = None
    most: timedelta | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One span's sums."""

    messages: Messages
    first_answer: Waits
    bot_answer: Waits
    resolution: Waits


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the trend, or a month; `people` are members and those who answered elsewhere."""

    day: date
    customers: int = 0
    bot: int = 0
    people: int = 0


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a member did."""

    answers: int = 0
    handled: int = 0
    first: Waits = Waits()


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a span beside those of the days before it. `hours` and `channels` are the span's, by hour
    of the day and channel; `members` by their id.
    """

    zone: str
    now: Part
    before: Part
    trend: list[Point]
    channels: Mapping[str, Messages]
    hours: Mapping[str, list[int]]
    members: Mapping[UUID, MemberRow]


async def open_now(db: Pool | Connection, workspace_id: UUID, channel: str = "") -> Now:
    """Count what is a person's at this moment, on one channel or all ("")."""
    rows = await db.fetch(NOW, workspace_id, channel)
    since = next((row["since"] for row in rows if row["status"] == "waiting"), None)
    return Now(**{row["status"]: row["n"] for row in rows}, since=since)


async def figures(
    db: Pool | Connection, workspace_id: UUID, span: Span, channel: str = ""
) -> Overview | None:
    """Read the sums of a span and of the days before it; None while they are counted for the first time."""
    book = await db.fetchrow(BOOK, workspace_id)
    if book is None or not book["generation"]:
        return None
    both = [*cover(0, span), *cover(1, span.before)]
    asked = workspace_id, book["generation"], channel, *map(list, zip(*both, strict=True))
    messages = await db.fetch(MESSAGES, *asked)
    waits = await db.fetch(WAITS, *asked)
    members = await db.fetch(MEMBERS, *asked)
    member_waits = await db.fetch(MEMBER_WAITS, *asked)
    whole = cover(0, span) if span.monthly else [(0, 0, span.first, span.last + DAY)]
    shown = *asked[:3], *map(list, zip(*whole, strict=True)), "month" if span.monthly else "day"
    trend = await db.fetch(TREND, *shown)
    return Overview(
        zone=book["zone"],
        now=_part(0, messages, waits),
        before=_part(1, messages, waits),
        trend=_trend(span, trend),
        channels=_channels(messages),
        hours=_hours(messages),
        members=_members(members, member_waits),
    )


def cover(which: int, span: Span) -> list[tuple[int, int, date, date]]:
    """Return the stretches of a span as (`which`, grain, first day, day after the last one).

    Grain 1: its whole months; 0: the days before and after them, or all of them when it holds no month.
    """
    end = span.last + DAY
    opening = span.first if span.first.day == 1 else _next_month(span.first)
    closing = end.replace(day=1)
    if opening >= closing:
        return [(which, 0, span.first, end)]
    return [
        (which, 0, span.first, opening),
        (which, 1, opening, closing),
        (which, 0, closing, end),
    ]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _part(which: int, messages: Sequence[Any], waits: Sequence[Any]) -> Part:
    total = Messages()
    for row in messages:
        if row["span"] == which:
            total.add(row)
    counts: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for row in waits:
        if row["span"] == which:
            counts[row["measure"]][row["bucket"]] += row["n"]
    return Part(
        messages=total,
        first_answer=_waits(counts[FIRST_ANSWER]),
        bot_answer=_waits(counts[BOT_ANSWER]),
        resolution=_waits(counts[RESOLUTION]),
    )


def _waits(counts: Mapping[int, int]) -> Waits:
    return Waits(
        count=sum(counts.values()), median=quantile(counts, 0.5), most=quantile(counts, 0.9)
    )


def _trend(span: Span, rows: Sequence[Any]) -> list[Point]:
    known = {row["day"]: Point(**dict(row)) for row in rows}
    days = [span.first + timedelta(days=n) for n in range(span.days)]
    shown = dict.fromkeys(day.replace(day=1) if span.monthly else day for day in days)
    return [known.get(day) or Point(day=day) for day in shown]


def _channels(rows: Sequence[Any]) -> dict[str, Messages]:
    found: defaultdict[str, Messages] = defaultdict(Messages)
    for row in rows:
        if row["span"] == 0:
            found[row["channel"]].add(row)
    return dict(sorted(found.items(), key=lambda pair: -pair[1].total))


def _hours(rows: Sequence[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {channel: [0] * 24 for channel in _channels(rows)}
    for row in rows:
        if row["span"] == 0:
            own = Messages()
            own.add(row)
            found[row["channel"]][row["hour"]] += own.total
    return found


def _members(rows: Sequence[Any], waits: Sequence[Any]) -> dict[UUID, MemberRow]:
    counts: defaultdict[UUID, Counter[int]] = defaultdict(Counter)
    for row in waits:
        counts[row["member_id"]][row["bucket"]] += row["n"]
    return {
        row["member_id"]: MemberRow(
            answers=row["answers"], handled=row["handled"], first=_waits(counts[row["member_id"]])
        )
        for row in rows
    }
