"""Numbers beside the list's choices: counted anew each time, and only as far as they are shown.

A number on a tab is shown up to 99; so counting stops there (docs/decisions/0020). Nothing is kept, so nothing
can drift, and no event writes a counter: one statement looks at the first hundred of each stretch of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

import msgspec

from conversations.inbox_list import STATUSES, ListFilter
from conversations.views import View
from runtime.database import Database

CAP = 100
# The latest of what a member has, far more than anybody works on.
OWN = 1000

COUNTS = """
SELECT CASE WHEN f.free THEN 'free' ELSE 'taken' END AS whose, s.status, u.new, sum(k.n)::int AS n
FROM channel_account o CROSS JOIN unnest($2::text[]) AS s (status)
CROSS JOIN (VALUES (true, true), (true, false), (false, false)) AS u (unread, new)
CROSS JOIN (VALUES (true), (false)) AS f (free)
CROSS JOIN LATERAL (
  SELECT count(*) AS n FROM (
    SELECT 1 FROM conversation c
    WHERE c.account_id = o.id AND c.status = s.status AND (c.unread > 0) = u.unread
      AND (c.assignee_id IS NULL) = f.free AND c.shelf = '' AND (NOT u.new OR {new})
    ORDER BY c.last_at DESC, c.id DESC LIMIT {cap}) few
) k
WHERE o.workspace_id = $1 AND ($3 = '' OR o.channel = $3) AND ($4::uuid IS NULL OR o.id = $4)
GROUP BY f.free, s.status, u.new
UNION ALL
SELECT 'mine', c.status, u.new, count(*)::int FROM (
  SELECT c.id, c.status, c.unread, c.account_id FROM conversation c
  WHERE c.assignee_id = $5 AND c.workspace_id = $1 AND c.shelf = '' ORDER BY c.last_at DESC LIMIT {own}) c
JOIN channel_account o ON o.id = c.account_id
CROSS JOIN (VALUES (true), (false)) AS u (new)
WHERE ($3 = '' OR o.channel = $3) AND ($4::uuid IS NULL OR o.id = $4) AND (NOT u.new OR {new})
GROUP BY c.status, u.new
"""
NEW = """
c.unread > coalesce((SELECT r.seen FROM read_mark r WHERE r.conversation_id = c.id AND r.member_id = $5), 0)
"""


class Counts(msgspec.Struct, frozen=True):
    """How long the lists are that the choices lead to, each at most CAP: "99+" is shown for that. `unread` is
    the member's who looks.
    """

    views: Mapping[str, int] = {}
    statuses: Mapping[str, int] = {}
    unread: int | None = None


async def inbox_counts(db: Database, which: ListFilter) -> Counts:
    """Count for the choices beside `which`; nothing for a tag's, a member's or the blocked customers' list, which
    have no numbers.
    """
    if which.tag or which.assignee or which.blocked:
        return Counts()
    wanted: tuple[Any, ...] = (
        which.workspace_id,
        list(STATUSES),
        which.channel,
        which.account,
        which.member_id,
    )
    rows = await db.reads.fetch(COUNTS.format(cap=CAP, own=OWN, new=NEW), *wanted)
    found: dict[tuple[str, str, bool], int] = {
        (row["whose"], row["status"], row["new"]): row["n"] for row in rows
    }

    def total(view: View, status: str, *, unread: bool) -> int:
        whose = {"mine": ("mine",), "unassigned": ("free",), "all": ("free", "taken")}[view]
        states = msgspec.structs.replace(which, view=view, status=status).statuses
        cells = [(owner, state, unread) for owner in whose for state in states]
        return min(CAP, sum(found.get(cell, 0) for cell in cells))

    views: tuple[View, ...] = get_args(View)
    return Counts(
        views={one: total(one, which.status, unread=which.unread) for one in views},
        statuses={one: total(which.view, one, unread=which.unread) for one in ("", *STATUSES)},
        unread=total(which.view, which.status, unread=True),
    )


async def one_of(db: Database, workspace_id: UUID) -> Mapping[str, list[tuple[UUID, str, str]]]:
    """Return what a list may be narrowed to: accounts with their channel, and tags, by id."""
    rows = await db.reads.fetch(CHOICES, workspace_id, MOST_TAGS)
    found: dict[str, list[tuple[UUID, str, str]]] = {"accounts": [], "tags": []}
    for row in rows:
        found[row["kind"]].append((row["id"], row["name"], row["channel"]))
    return found


MOST_TAGS = 200
CHOICES = """
SELECT 'accounts' AS kind, id, name, channel FROM channel_account WHERE workspace_id = $1
UNION ALL (SELECT 'tags', id, name, '' FROM tag WHERE workspace_id = $1 ORDER BY name LIMIT $2)
ORDER BY kind, channel, name
"""
