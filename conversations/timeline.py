"""A contact's timeline: what was said, noted and done in all their conversations, newest first.

Every conversation is walked along its own index, so a page costs the same however much was ever said. Other
packages add what they know (coupons.claim_moments); `newest` puts the pages together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Database

KINDS = ("message", "note", "trail", "claim")
# Instants may be equal: the rank of the source decides then, and within it the tie.
MESSAGES, CLAIMS = 0, 1
EVERY = 2**62
END = datetime(9000, 1, 1, tzinfo=UTC)
LENGTH = 300

WHICH = {
    "": "",
    "message": " AND m.direction <> 'own'",
    "note": " AND m.direction = 'own' AND m.kind = 'note'",
    "trail": " AND m.direction = 'own' AND m.kind = 'activity'",
}
SAID = """
SELECT h.provider_at AS at, h.seq AS tie, h.id, c.id AS conversation_id, a.channel, a.name AS account_name,
  h.direction, h.author, p.name AS member_name, h.kind,
  CASE WHEN h.unsent_at IS NULL THEN left(h.text, {length}) ELSE '' END AS text,
  CASE WHEN h.direction = 'own' THEN h.content END AS content, h.state, h.unsent_at IS NOT NULL AS unsent
FROM conversation c JOIN channel_account a ON a.id = c.account_id
CROSS JOIN LATERAL (
  SELECT * FROM message m WHERE m.conversation_id = c.id AND (m.provider_at, m.seq) < ($3, $4){which}
  ORDER BY m.provider_at DESC, m.seq DESC LIMIT $5
) h
LEFT JOIN member p ON p.id = h.member_id
WHERE c.contact_id = $1 AND c.workspace_id = $2
ORDER BY h.provider_at DESC, h.seq DESC LIMIT $5
"""


class Place(msgspec.Struct, frozen=True):
    """Where a page of the timeline ends: the next one starts after it."""

    at: datetime
    rank: int
    tie: str

    def before(self, rank: int, least: str, most: str) -> str:
        """Return below which tie a source's rows of this very instant come after the place; `least` for none
        of them, `most` for all.
        """
        if rank == self.rank:
            return self.tie
        return most if rank < self.rank else least


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `what`: one of KINDS; `kind` says more: a message's form, or what became of a claim. `text`:
    the words, or the coupon's name; `content`: what a line of the trail names.
    """

    at: datetime
    rank: int
    tie: str
    what: str
    kind: str
    text: str = ""
    conversation_id: UUID | None = None
    channel: str = ""
    account_name: str = ""
    direction: str = ""
    author: str = ""
    member_name: str | None = None
    content: Any = None
    state: str = ""
    unsent: bool = False
    id: str = ""
    number: str = ""
    store_name: str = ""
    who: str = ""

    @property
    def place(self) -> Place:
        """Where this line stands."""
        return Place(self.at, self.rank, self.tie)


def newest(limit: int, *sources: Sequence[Moment]) -> tuple[list[Moment], Place | None]:
    """Return the newest `limit` lines of pages that hold one more each, and where the next page starts."""
    lines = sorted((line for source in sources for line in source), key=_order, reverse=True)
    return lines[:limit], lines[limit - 1].place if len(lines) > limit else None


def _order(line: Moment) -> tuple[datetime, int, int, str]:
    number = int(line.tie) if line.rank == MESSAGES else 0
    return line.at, line.rank, number, line.tie


def query(kind: str) -> str:
    """Return the statement for all that is said and done, or one of its kinds."""
    return SAID.format(length=LENGTH, which=WHICH[kind])


async def said_and_done(
    db: Database, who: tuple[UUID, UUID], kind: str, after: Place | None, limit: int
) -> list[Moment]:
    """Return up to `limit` messages, notes and lines of the trail of `who`, a workspace's contact.

    `kind`: one of WHICH, "" for all of them.
    """
    workspace_id, contact_id = who
    at, seq = _bound(after)
    rows = await db.screens.fetch(query(kind), contact_id, workspace_id, at, seq, limit)
    return [_moment(row) for row in rows]


def _bound(after: Place | None) -> tuple[datetime, int]:
    if after is None:
        return END, EVERY
    return after.at, int(after.before(MESSAGES, "-1", str(EVERY)))


def _moment(row: Any) -> Moment:  # noqa: ANN401 (a database record)
    values = dict(row)
    key = values.pop("id")
    what = {"note": "note", "activity": "trail"}.get(values["kind"], "message")
    tie = str(values.pop("tie"))
    return Moment(rank=MESSAGES, tie=tie, what=what, id=str(key), **values)
