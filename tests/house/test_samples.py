"""PostgreSQL learns little of the tables that every message and claim writes to: analysing them holds up the rest."""

from __future__ import annotations

import asyncpg

FEW = ["inbox", "outbox", "delivery", "feed", "unit", "limit_row", "flow_run"]
FEW += ["counted_chat", "counted_claim", "message", "search_message", "channel_identity"]
SOME = ["conversation", "contact", "claim"]
GROWING = ["message", "search_message", "channel_identity", *SOME]
# Each column, and what indexes compute, has a target of its own; that of the table is the greatest.
TARGETS = """
SELECT t.relname, max(coalesce(nullif(a.attstattarget, -1), 100)) AS target
FROM pg_class t LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indexprs IS NOT NULL
JOIN pg_attribute a ON a.attnum > 0 AND NOT a.attisdropped
  AND (a.attrelid = t.oid OR a.attrelid = x.indexrelid AND x.indkey[a.attnum - 1] = 0)
WHERE t.oid = ANY (ARRAY(SELECT to_regclass(n) FROM unnest($1::text[]) AS n)) GROUP BY t.relname
"""


async def targets(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        return dict(await connection.fetch(TARGETS, FEW + SOME))
    finally:
        await connection.close()


async def test_of_what_every_message_writes_to_few_rows_are_analysed(dsn):
    """A column added without a target of its own would bring all 30,000 rows of the sample back."""
    assert await targets(dsn) == dict.fromkeys(FEW, 10) | dict.fromkeys(SOME, 30)


async def test_what_grows_with_every_message_is_analysed_when_it_has_grown_by_half(dsn):
    connection = await asyncpg.connect(dsn)
    told = "SELECT relname, reloptions FROM pg_class WHERE oid = ANY ($1::regclass[]::oid[])"
    options = dict(await connection.fetch(told, GROWING))
    await connection.close()
    assert all("autovacuum_analyze_scale_factor=0.5" in options[name] for name in GROWING)
