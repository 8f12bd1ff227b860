"""Search over names, phone numbers, e-mail addresses, tags, notes and messages of one workspace.

Two statements over what search_index.py files, each capped, and the workspace's tags. Every hit is compared
with what stands now before it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from conversations import contact_search
from conversations.search_index import BATCH_BITS
from conversations.search_text import excerpt, fold, keys, like, term_of, wanted_pairs
from runtime.database import Database

MOST = 50
MOST_TAGS = 2000
# Hits looked at: several may be of one conversation.
HITS = 200
# How far a single character, which is filed nowhere, is looked for.
NEWEST = 5000
# So many batches of messages at most: five million messages.
BATCHES = 1200

FACTS = """
c.id, coalesce(p.name, '') AS name, c.chat_type, a.channel, a.name AS account_name, c.status, c.last_at
"""
CHAT = """
JOIN channel_account a ON a.id = c.account_id LEFT JOIN contact p ON p.id = c.contact_id
"""
# OFFSET 0 leaves the planner no other way than the index of pairs: of a prepared statement it knows no values,
# and would walk through all messages from the newest, batch by batch.
BY_PAIRS = """
SELECT h.* FROM generate_series($4::bigint, $5::bigint, -1) AS b (n)
CROSS JOIN LATERAL (SELECT array_agg(b.n << 32 | k) AS grams FROM unnest($6::bigint[]) AS u (k)) g
CROSS JOIN LATERAL (
  SELECT s.message_id, s.seq FROM (SELECT * FROM search_message WHERE grams @> g.grams OFFSET 0) s
  WHERE s.workspace_id = $1 AND s.body LIKE $2 ORDER BY s.seq DESC LIMIT $3
) h LIMIT $3
"""
NEWEST_FIRST = """
SELECT h.message_id, h.seq FROM (
  SELECT s.message_id, s.seq, s.body FROM search_message s WHERE s.workspace_id = $1 ORDER BY s.seq DESC LIMIT $4
) h WHERE h.body LIKE $2 LIMIT $3
"""
MESSAGES = f"""
WITH hits AS MATERIALIZED ({{hits}})
SELECT {FACTS}, g.id AS message_id, g.kind, g.text, g.provider_at AS at FROM hits h
JOIN message g ON g.id = h.message_id AND g.unsent_at IS NULL
JOIN conversation c ON c.id = g.conversation_id AND c.workspace_id = $1 {CHAT}
ORDER BY h.seq DESC
"""  # noqa: S608 (our own names)
PEOPLE = f"""
WITH {contact_search.FOUND}
SELECT DISTINCT ON (c.last_at, c.id) {FACTS}, h.source, p.name AS said, p.phone, p.email
FROM found h
JOIN conversation c ON c.contact_id = h.contact_id AND c.workspace_id = $1 {CHAT}
ORDER BY c.last_at DESC, c.id, h.source DESC LIMIT $6
"""  # noqa: S608 (our own names)
LAST_SEQ = "SELECT coalesce((SELECT seq FROM search_message WHERE workspace_id = $1 ORDER BY seq DESC LIMIT 1), 0)"
TAGS = "SELECT id, name FROM tag WHERE workspace_id = $1 ORDER BY name LIMIT $2"


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with the words that were found: `source` is name, phone, email, note or message.

    `excerpt` is what stands before the hit, the hit, what follows. `message_id` is where it stands, `more` how
    many other messages of the same conversation hold it, as far as was looked.
    """

    id: UUID
    name: str
    chat_type: str
    channel: str
    account_name: str
    status: str
    source: str
    at: datetime
    excerpt: tuple[str, str, str]
    message_id: UUID | None = None
    more: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found, each list the latest first. `people_cut` and `messages_cut`: there are more.

    `newest_only`: a single character was looked for among the newest messages alone; `too_short`: one letter or
    digit is not looked for at all.
    """

    term: str
    tags: Sequence[tuple[UUID, str]] = ()
    people: Sequence[Hit] = ()
    messages: Sequence[Hit] = ()
    people_cut: bool = False
    messages_cut: bool = False
    newest_only: bool = False
    too_short: bool = False


async def search(db: Database, workspace_id: UUID, text: str) -> Found:
    """Look for `text` as it was entered in everything of the workspace; nothing is found for no words."""
    term = term_of(text)
    if not term:
        return Found(term=term)
    pairs = wanted_pairs(term)
    if not pairs and term.isascii():
        return Found(term=term, too_short=True)
    people = await _people(db, workspace_id, text)
    rows = await _messages(db, workspace_id, term, pairs)
    messages = _by_conversation(rows, term)
    tags = [
        (row["id"], row["name"])
        for row in await db.reads.fetch(TAGS, workspace_id, MOST_TAGS)
        if term in fold(row["name"])
    ]
    return Found(
        term=term,
        tags=tags[:MOST],
        people=people[:MOST],
        messages=messages[:MOST],
        people_cut=len(people) > MOST,
        messages_cut=len(rows) == HITS or len(messages) > MOST,
        newest_only=not pairs,
    )


async def _messages(db: Database, workspace_id: UUID, term: str, pairs: list[str]) -> Sequence[Any]:
    values: tuple[object, ...]
    if pairs:
        last = await db.reads.fetchval(LAST_SEQ, workspace_id) >> BATCH_BITS
        hits, values = BY_PAIRS, (last, max(0, last - BATCHES), keys(workspace_id, pairs))
    else:
        hits, values = NEWEST_FIRST, (NEWEST,)
    query = MESSAGES.format(hits=hits)
    found: Sequence[Any] = await db.reads.fetch(query, workspace_id, like(term), HITS, *values)
    return found


def _by_conversation(rows: Sequence[Any], term: str) -> list[Hit]:
    """Return the newest hit of each conversation, those left out whose message was changed meanwhile; of more than
    are shown, one more.
    """
    hits: dict[UUID, list[Any]] = {}
    for row in rows:
        if term in fold(row["text"]):
            hits.setdefault(row["id"], []).append(row)
    return [
        _hit(
            found[0],
            source="note" if found[0]["kind"] == "note" else "message",
            at=found[0]["at"],
            excerpt=excerpt(found[0]["text"], term),
            message_id=found[0]["message_id"],
            more=len(found) - 1,
        )
        for found in islice(hits.values(), MOST + 1)
    ]


async def _people(db: Database, workspace_id: UUID, text: str) -> list[Hit]:
    """Return whom the words name, of more than are shown one more."""
    sought = contact_search.sought(text)
    found: list[Hit] = []
    for row in await db.reads.fetch(PEOPLE, *sought.values(workspace_id)):
        if len(found) > MOST:
            break
        said = row["said"] if row["source"] == "name" else row[row["source"]]
        words = sought.words_in(said)
        if words is not None:
            hit = _hit(row, source=row["source"], at=row["last_at"], excerpt=excerpt(said, words))
            found.append(hit)
    return found


def _hit(row: Any, **more: Any) -> Hit:  # noqa: ANN401 (a record and a struct's fields)
    names = ("id", "name", "chat_type", "channel", "account_name", "status")
    return Hit(**{name: row[name] for name in names}, **more)
