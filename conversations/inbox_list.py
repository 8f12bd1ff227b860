"""The conversation list: any choice of filters, two orders, keyset pages, one statement a page.

Every choice walks an index in the order shown (docs/decisions/0020):

* each (account, status, read or not, somebody's or not) is a stretch of `conversation_list`, newest at its
  end; a page merges the ends of the stretches wanted, so that a filter only ever takes stretches away;
* what a member has, and what waits for a person, are short lists with partial indexes of their own;
* a tag few customers bear starts from those customers; another one is looked up row by row, back in time in
  growing steps until there are enough.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from conversations import unread
from conversations.views import ConversationRow, ListPage, ListPlace, View
from runtime.database import Database

Sort = Literal["latest", "waiting"]
STATUSES = ("waiting", "in_progress", "bot", "snoozed", "closed")
MOST_ROWS = 300
# Up to so many customers of a tag are sorted; with more of them every few rows of the list is a hit.
FEW = 1000

ROWS = """
SELECT c.id, coalesce(p.name, '') AS name, c.chat_type, a.channel, a.name AS account_name, c.status,
  c.assignee_id, m.name AS assignee_name, c.last_text, c.last_at, c.waiting_since, {unread} AS unread, c.version,
  coalesce(d.text <> '', false) AS draft
FROM ({picked}) k
JOIN conversation c ON c.id = k.id {mark}
LEFT JOIN draft d ON d.member_id = $2 AND d.conversation_id = c.id
JOIN channel_account a ON a.id = c.account_id
LEFT JOIN contact p ON p.id = c.contact_id
LEFT JOIN member m ON m.id = c.assignee_id
ORDER BY k.part, k.n LIMIT {limit}
"""
PART = "SELECT id, {part} AS part, row_number() OVER (ORDER BY at {way}, id {way}) AS n FROM ({rows}) r{part}"
# Those who wait nearly always fill the page: what follows them is looked for when they do not, since to find it all
# of them must be passed over.
WAITING_FIRST = """
WITH waits AS MATERIALIZED ({waits}) SELECT id, part, n FROM waits
UNION ALL SELECT id, part, n FROM ({rest}) rest WHERE (SELECT count(*) FROM waits) < {limit}
"""
STRETCHES = """
SELECT k.id, k.at FROM channel_account o
CROSS JOIN unnest({statuses}::text[]) AS s (status) CROSS JOIN unnest({unread}::bool[]) AS u (unread)
CROSS JOIN unnest({free}::bool[]) AS f (free)
CROSS JOIN LATERAL (
  SELECT c.id, c.last_at AS at FROM conversation c
  WHERE c.account_id = o.id AND c.status = s.status AND (c.unread > 0) = u.unread
    AND (c.assignee_id IS NULL) = f.free AND c.shelf = ''{where}
  ORDER BY c.last_at DESC, c.id DESC LIMIT {limit}
) k WHERE o.workspace_id = $1{accounts}
ORDER BY k.at DESC, k.id DESC LIMIT {limit}
"""
PLAIN = """
SELECT c.id, {at} AS at FROM {table} WHERE c.workspace_id = $1 AND c.shelf = {shelf}{where}
ORDER BY {at} {way}, c.id {way} LIMIT {limit}
"""
# Quarters of an hour doubled: the last of the steps back reaches further than any conversation.
STEPS = """
SELECT s.id, s.at FROM generate_series(0, 20) AS g (step) CROSS JOIN LATERAL (SELECT
  CASE step WHEN 0 THEN 'infinity' ELSE {base} - interval '15 min' * 2 ^ (step - 1) END AS before,
  CASE step WHEN 20 THEN '-infinity' ELSE {base} - interval '15 min' * 2 ^ step END AS since) w
CROSS JOIN LATERAL ({rows}) s WHERE (SELECT n FROM found) > {most} LIMIT {limit}
"""
IN_STEP = " AND c.last_at >= w.since AND c.last_at < w.before"
TAGGED = """
WITH few AS MATERIALIZED (SELECT contact_id FROM contact_tag WHERE tag_id = {tag} LIMIT {most} + 1),
  found AS MATERIALIZED (SELECT count(*) AS n FROM few)
(SELECT id, at FROM ({rare}) rare) UNION ALL (SELECT id, at FROM ({often}) often)
ORDER BY at DESC, id DESC LIMIT {limit}
"""
# Not EXISTS, which is turned into a join that reads all customers of the tag.
HAS_TAG = """
 AND (SELECT true FROM contact_tag t WHERE t.contact_id = c.contact_id AND t.tag_id = {tag} LIMIT 1)
"""
# What counts as new to a member is conversations.unread's to say; this only leaves out what they have read.
NEW = """
 AND c.unread > coalesce((SELECT r.seen FROM read_mark r WHERE r.conversation_id = c.id AND r.member_id = $2), 0)
"""
OF_ACCOUNTS = """
 AND c.account_id IN (SELECT o.id FROM channel_account o WHERE o.workspace_id = $1{accounts})
"""
IS_RARE = " AND (SELECT n FROM found) <= {most}"


class ListFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations, in which order. `member_id` is whose "mine" is; `assignee` narrows to a member's;
    "" and None mean any. Sorted by `waiting`, those who wait for a person come first, the longest waiting
    at the top, then all others, latest first. Conversations of blocked customers are listed only, and alone,
    with `blocked`.
    """

    workspace_id: UUID
    member_id: UUID
    view: View = "all"
    status: str = ""
    channel: str = ""
    account: UUID | None = None
    tag: UUID | None = None
    assignee: UUID | None = None
    unread: bool = False
    blocked: bool = False
    sort: Sort = "latest"
    after: ListPlace | None = None
    limit: int = 50

    @property
    def statuses(self) -> list[str]:
        """The statuses wanted: nobody's conversations are open ones unless closed ones are asked for."""
        if self.status:
            return [self.status]
        return list(STATUSES[:-1] if self.view == "unassigned" else STATUSES)


async def inbox_page(db: Database, which: ListFilter) -> ListPage:
    """Return one page of the conversation list, at most MOST_ROWS."""
    limit = min(which.limit, MOST_ROWS)
    query = Query(which, limit + 1)
    found = await db.reads.fetch(query.text(), *query.values)
    rows = [ConversationRow(**row) for row in found[:limit]]
    return ListPage(rows, place_of(rows[-1], which.sort) if len(found) > limit else None)


def place_of(row: ConversationRow, sort: Sort) -> ListPlace:
    """Return the place after `row`."""
    if sort == "waiting" and row.waiting_since:
        return ListPlace(row.waiting_since, row.id, waiting=True)
    return ListPlace(row.last_at, row.id)


class Query:
    """The statement of a page and its values; the first is the workspace, the second who looks at it."""

    def __init__(self, which: ListFilter, limit: int) -> None:
        self.which = which
        self.limit = limit
        self.values: list[Any] = [which.workspace_id, which.member_id]

    def text(self) -> str:
        """Return the statement."""
        counted = {"unread": unread.COUNT, "mark": unread.mark_of("$2")}
        return ROWS.format(picked=self._picked(), limit=self.limit, **counted)

    def _picked(self) -> str:
        """Return which conversations the page shows, in which order."""
        after, waiting = self.which.after, self.which.sort == "waiting"
        if not waiting or (after and not after.waiting):
            return PART.format(part=1, way="DESC", rows=self._latest(after, others=waiting))
        waits = PART.format(part=0, way="ASC", rows=self._waiting())
        rest = PART.format(part=1, way="DESC", rows=self._latest(None, others=True))
        return WAITING_FIRST.format(waits=waits, rest=rest, limit=self.limit)

    def _value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def _waiting(self) -> str:
        """Return what waits for a person, the longest waiting first."""
        where = " AND c.waiting_since IS NOT NULL" + self._whose() + self._narrow() + self._tag()
        where += self._past(self.which.after, "c.waiting_since", ">")
        return self._plain("conversation c", where, "c.waiting_since", "ASC")

    def _latest(self, after: ListPlace | None, *, others: bool) -> str:
        """Return the latest first; `others`: those that wait for a person left out."""
        past = self._past(after, "c.last_at", "<")
        past += " AND c.waiting_since IS NULL" if others else ""
        if self.which.view == "mine" or self.which.assignee or self.which.blocked:
            where = self._whose() + self._narrow() + self._tag() + past
            return self._plain("conversation c", where, "c.last_at", "DESC")
        if self.which.tag:
            return self._tagged(after, past)
        return self._stretches(past)

    def _plain(self, table: str, where: str, at: str, way: str) -> str:
        shelf = "'blocked'" if self.which.blocked else "''"
        return PLAIN.format(table=table, shelf=shelf, where=where, at=at, way=way, limit=self.limit)

    def _stretches(self, where: str) -> str:
        return STRETCHES.format(
            statuses=self._value(self.which.statuses),
            unread=self._value([True] if self.which.unread else [True, False]),
            free=self._value([True] if self.which.view == "unassigned" else [True, False]),
            where=where + self._new(),
            accounts=self._accounts(),
            limit=self.limit,
        )

    def _tagged(self, after: ListPlace | None, past: str) -> str:
        """Return a tag's conversations: either its customers' own, sorted, or the list's, looked through."""
        rare = self._plain(
            "few f JOIN conversation c ON c.contact_id = f.contact_id",
            IS_RARE.format(most=FEW) + self._whose() + past + self._narrow(),
            "c.last_at",
            "DESC",
        )
        often = STEPS.format(
            base=f"coalesce({self._value(after.at if after else None)}::timestamptz, now())",
            rows=self._stretches(past + IN_STEP + self._tag()),
            most=FEW,
            limit=self.limit,
        )
        tag = self._value(self.which.tag)
        return TAGGED.format(tag=tag, most=FEW, rare=rare, often=often, limit=self.limit)

    def _whose(self) -> str:
        which, where = self.which, ""
        if which.view == "mine":
            where += " AND c.assignee_id = $2"
        elif which.view == "unassigned":
            where += " AND c.assignee_id IS NULL"
        if which.assignee:
            where += f" AND c.assignee_id = {self._value(which.assignee)}"
        return where

    def _narrow(self) -> str:
        """Return the conditions that the stretches have in their keys."""
        where = f" AND c.status = ANY ({self._value(self.which.statuses)}::text[])"
        where += (" AND c.unread > 0" + self._new()) if self.which.unread else ""
        accounts = self._accounts()
        if accounts:
            where += OF_ACCOUNTS.format(accounts=accounts)
        return where

    def _new(self) -> str:
        return NEW if self.which.unread else ""

    def _accounts(self) -> str:
        where = ""
        if self.which.channel:
            where += f" AND o.channel = {self._value(self.which.channel)}"
        if self.which.account:
            where += f" AND o.id = {self._value(self.which.account)}"
        return where

    def _tag(self) -> str:
        return HAS_TAG.format(tag=self._value(self.which.tag)) if self.which.tag else ""

    def _past(self, after: ListPlace | None, at: str, way: str) -> str:
        if after is None:
            return ""
        return f" AND ({at}, c.id) {way} ({self._value(after.at)}, {self._value(after.id)})"
