"""What each message of a conversation adds to the figures: one pure step after the other, in the order written.

docs/rules/figures_of_conversations.md says what counts; conversations/recount.py says it again, as SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import msgspec

from conversations.durations import bucket_of

NIL = UUID(int=0)
FIRST_ANSWER, BOT_ANSWER, RESOLUTION, MEMBER_ANSWER = 0, 1, 2, 3
# What the bot says by itself is nobody's answer.
UNASKED = frozenset({"away", "idle"})


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A message. `what`: customer, bot, member, elsewhere, closed, or "" for what counts nowhere. `day` and
    `hour` are those of `at` in the workspace's zone.
    """

    seq: int
    what: str
    at: datetime
    day: date
    hour: int
    member_id: UUID | None = None
    trigger: str = ""
    request_id: str = ""


class State(msgspec.Struct):
    """What is open since the conversation was last closed. `said_at`: the customer's last words and
    `said_request` the request that brought them; `asked_at`: the first that nobody has answered;
    `case_at`: since when the customer waited whom a person has answered; `members` have answered.
    """

    seq: int = 0
    said_at: datetime | None = None
    said_request: str = ""
    asked_at: datetime | None = None
    case_at: datetime | None = None
    members: list[str] = []


@dataclass
class Sums:
    """What to add to the figures. Messages by (day, hour, channel, who), waits by (measure, day, channel,
    member, bucket), answers and handled conversations by (day, channel, member).
    """

    messages: Counter[tuple[date, int, str, str]] = field(default_factory=Counter)
    waits: Counter[tuple[int, date, str, UUID, int]] = field(default_factory=Counter)
    answers: Counter[tuple[date, str, UUID]] = field(default_factory=Counter)
    handled: Counter[tuple[date, str, UUID]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Chat:
    """A conversation being counted. Only in a `direct` one does anybody wait for an answer."""

    channel: str
    direct: bool
    state: State
    sums: Sums

    def count(self, rows: Iterable[Row]) -> None:
        """Take in `rows`, which follow what was counted before, in the order of their `seq`."""
        for row in rows:
            self.state.seq = row.seq
            if row.what == "closed":
                self._closed(row)
            elif row.what:
                self.sums.messages[row.day, row.hour, self.channel, row.what] += 1
                self._written(row)

    def _written(self, row: Row) -> None:
        if row.what == "customer":
            self._said(row)
        elif row.what == "bot":
            self._bot(row)
        else:
            self._answered(row)

    def _said(self, row: Row) -> None:
        if self.direct:
            state = self.state
            state.said_at, state.said_request = row.at, row.request_id
            state.asked_at = state.asked_at or row.at

    def _bot(self, row: Row) -> None:
        state = self.state
        answers = row.trigger not in UNASKED and row.request_id == state.said_request
        if answers and state.asked_at and state.case_at is None:
            self._wait(BOT_ANSWER, row, state.asked_at)
            state.asked_at = None

    def _answered(self, row: Row) -> None:
        state = self.state
        begun = state.asked_at or state.said_at
        if state.case_at is None and begun:
            state.case_at = begun
            self._wait(FIRST_ANSWER, row, begun)
            if row.what == "member" and row.member_id:
                self._wait(MEMBER_ANSWER, row, begun, row.member_id)
        if row.what == "member" and row.member_id:
            key = row.day, self.channel, row.member_id
            self.sums.answers[key] += 1
            if str(row.member_id) not in state.members:
                state.members = [*state.members, str(row.member_id)]
                self.sums.handled[key] += 1

    def _closed(self, row: Row) -> None:
        state = self.state
        if begun := state.case_at or state.asked_at:
            self._wait(RESOLUTION, row, begun)
        state.said_at = state.asked_at = state.case_at = None
        state.said_request, state.members = "", []

    def _wait(self, measure: int, row: Row, begun: datetime, member: UUID = NIL) -> None:
        bucket = bucket_of(begun, row.at)
        self.sums.waits[measure, row.day, self.channel, member, bucket] += 1
