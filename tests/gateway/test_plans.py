"""Statements of blocks, claims and sends keep to what they are about, even when planned before there was anything.

Workers plan a statement once. Made while a table was empty, a plan takes any index that fits at all; when rows
come by the thousand a second, it would read all of an account's or a workspace's for each of them.
"""

from __future__ import annotations

import importlib
import json
import re

import asyncpg
import pytest

from coupons.actions.read_claim_facts import facts_query
from runtime.database import WORK_SETTINGS
from tests.clusters import TEMPLATE

MODULES = [
    "conversations.inbox",
    "conversations.outbox",
    "conversations.outcomes",
    "conversations.close_sent",
    "conversations.actions.hear",
    "conversations.actions.find_chats",
    "conversations.actions.store_messages",
    "conversations.actions.welcome",
    "conversations.actions.store_echoes",
    "conversations.actions.post",
    "conversations.actions.progress",
    "conversations.actions.await_person",
    "conversations.actions.tell_away",
    "conversations.actions.amend",
    "conversations.actions.account_state",
    "conversations.actions.tag",
    "conversations.actions.reply",
    "conversations.actions.answers",
    "conversations.actions.unseen",
    "conversations.actions.take_over",
    "conversations.actions.silence_bot",
    "conversations.actions.keep_draft",
    "conversations.actions.close",
    "conversations.actions.mark_read",
    "conversations.actions.uploads",
    "team.audit",
    "conversations.actions.trail",
    "coupons.actions.take_at_once",
    "coupons.actions.take_limits",
    "coupons.actions.take_units",
    "coupons.actions.take_scarce",
    "coupons.actions.give_codes",
    "coupons.actions.record_claims",
    "coupons.actions.release",
    "coupons.actions.mark_delivered",
    "flows.runner",
    "coupons.promotions.queries",
    "runtime.live",
]
# Who follows the feed, and who looks customers up: what runs all the time; rebuilds may read everything.
BEHIND = {
    "conversations.profiles": ("CLAIM", "STORE", "STORE_HERE", "CONVERSATIONS"),
    "conversations.rollups_sql": ("CHATS_TOLD", "ROWS", "KEEP_STATES"),
    "conversations.search_index": (
        *("TOLD", "FILE_MESSAGES", "CONTACTS_TOLD", "CONTACTS", "FILE_CONTACTS"),
    ),
    "coupons.rollups": ("COUNT",),
}
# What an index has to be asked for, so that few rows answer, however many the table holds.
NARROW = {
    "attachment": {"id", "message_id"},
    "channel_identity": {"id", "external_id", "contact_id"},
    "claim": {"id", "key", "token", "number", "contact_id", "unit_id"},
    "code": {"id", "normalised"},
    "contact": {"id"},
    "contact_tag": {"id", "contact_id"},
    "conversation": {"id", "chat_key", "contact_id"},
    "counted_chat": {"conversation_id"},
    "counted_claim": {"id"},
    "delivery": {"id", "message_id", "external_id"},
    "draft": {"id", "conversation_id"},
    "feed": {"id"},
    "flow_run": {"id", "conversation_id"},
    "inbox": {"id", "key_hash", "lane"},
    "limit_row": {"id", "subject"},
    "message": {"id", "conversation_id", "external_id", "claim_id"},
    "outbox": {"id", "delivery_id", "conversation_id"},
    "reaction": {"id", "message_id"},
    "read_mark": {"id", "conversation_id"},
    "redemption": {"id", "claim_id"},
    "search_contact": {"contact_id"},
    "search_message": {"message_id"},
    "unit": {"id", "seq", "code_id"},
}
# What may be read by more and less, for as far as somebody got.
RANGES = {"feed": {"xid"}, "inbox": {"received_at"}, "outbox": {"not_before"}}
# Indexes of few rows: calls under way; events set aside; and those read in order for the first row or few.
SHORT = {"channel_identity_profile", "outbox_under_way", "inbox_failed", "unit_free"}
# Read from one workspace to the next for each contact, and from one store to the next for each claim: there are few.
SKIPPED = {"idx_contact_workspa_5e0a35", "redemption_store"}
# Reads the first row of each lane, or of the feed.
FIRSTS = {("conversations.inbox", "CLAIM"), ("runtime.live", "OLDEST")}
# What statements are made of; they stand beside it.
BEGUN = {("runtime.live", "READ")}
# Takes a tag off many contacts, as an admin asked: by the tag.
BY_TAG = {("conversations.actions.tag", "TAKE")}
# The stores of one coupon beside those of one seller.
FEW_STORES = {("coupons.actions.read_claim_facts", f"True, {chats}") for chats in (True, False)}
# What has no index to be asked by.
WHOLE = {
    "Materialize",
    "CTE Scan",
    "Function Scan",
    "Subquery Scan",
    "Sort",
    "WindowAgg",
    "Seq Scan",
}
SQL = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\s")


def statements():
    """Return (module, name, SQL) of all that blocks, claims and sends may run."""
    found = []
    for module in MODULES:
        for name, value in vars(importlib.import_module(module)).items():
            if name.isupper() and isinstance(value, str) and SQL.match(value):
                found.append((module, name, value))
    for module, names in BEHIND.items():
        own = vars(importlib.import_module(module))
        found += [(module, name, own[name]) for name in names]
    for members in (False, True):
        for chats in (False, True):
            sql = facts_query(members=members, chats=chats)
            found.append(("coupons.actions.read_claim_facts", f"{members}, {chats}", sql))
    return [one for one in found if one[:2] not in FIRSTS | BY_TAG | BEGUN]


async def plan_of(connection, sql):
    """Return the plan that is made once for all values."""
    most = max([int(n) for n in re.findall(r"\$(\d+)", sql)] or [0])
    values = f"({', '.join(['NULL'] * most)})" if most else ""
    await connection.execute(f"PREPARE one AS {sql}")
    told = await connection.fetchval(f"EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE one{values}")
    await connection.execute("DEALLOCATE one")
    return json.loads(told)[0]["Plan"]


def reads(plan, table=""):
    """Return (table, node) of each read of rows; bitmaps belong to the table that asks for them."""
    kind, table = plan["Node Type"], plan.get("Relation Name", table)
    if kind in {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"}:
        yield table, plan
    for inner in plan.get("Plans", ()):
        yield from reads(inner, table)


def wide_reads(plan, first):
    """Return the reads of growing tables that no narrow condition bounds. `first` is the column that each index
    begins with: asked for another one, it is gone through from one value to the next.
    """
    for table, node in reads(plan):
        index, condition = node.get("Index Name", "no index"), node.get("Index Cond", "")
        asked = set(re.findall(r"\b(\w+)\)?(?:::\w+)? = ", condition))
        ranges = set(re.findall(r"\b(\w+)\)?(?:::\w+)? (?:<|>|>=|<=) ", condition))
        ranges |= set(re.findall(r"ROW\((\w+)", condition))
        narrow = asked & NARROW.get(table, set()) and (first[index] in asked or index in SKIPPED)
        bounded = ranges & RANGES.get(table, set())
        if table in NARROW and not narrow and not bounded and index not in SHORT:
            yield f"{table} by {index}: {condition or 'all of it'}"


def repeated(plan):
    """Return the joins that go over all of one side for every row of the other one: a block's rows, squared."""
    if plan["Node Type"] == "Nested Loop":
        inner = plan["Plans"][1]
        chosen = plan.get("Join Filter") or inner.get("Filter")
        if inner["Node Type"] in WHOLE and (chosen or plan["Join Type"] in {"Semi", "Anti"}):
            yield f"{inner['Node Type']} {inner.get('CTE Name', '')}: {chosen}"
    for part in plan.get("Plans", ()):
        yield from repeated(part)


async def first_columns(connection):
    """Return the column that each index begins with; None where it begins with what is computed."""
    rows = await connection.fetch(
        "SELECT i.indexrelid::regclass::text, a.attname FROM pg_index i"
        " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
    )
    return {"no index": None, **dict(rows)}


@pytest.fixture
async def empty(server):
    """A connection like a worker's, to a database that never held anything."""
    admin = await asyncpg.connect(server.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE plans TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    connection = await asyncpg.connect(server.dsn("plans"), server_settings=WORK_SETTINGS)
    yield connection
    await connection.close()
    await admin.execute("DROP DATABASE plans")
    await admin.close()


def young(size):
    """Return what makes a shop of so many customers, as the server sees it once it looks: all is small, and lies in
    the order of its ids.
    """
    return (SHOP % {"size": size, "twice": 2 * size}, LOOKED_AT)


SHOP = """
CREATE FUNCTION pg_temp.nth(n bigint) RETURNS uuid LANGUAGE sql
RETURN ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
INSERT INTO workspace (id, name, zone, language, features, created_at)
VALUES (pg_temp.nth(0), 'Tea', 'Asia/Taipei', 'zh-Hant', '{}', now());
INSERT INTO channel_account (id, workspace_id, channel, name, external_id, address, api_base, credentials, state,
  state_reason, created_at)
VALUES (pg_temp.nth(0), pg_temp.nth(0), 'line', 'demo', 'x', '@x', '', 'x', 'ok', '', now());
INSERT INTO contact (id, workspace_id, created_at)
SELECT pg_temp.nth(n), pg_temp.nth(0), now() FROM generate_series(1, %(size)s) n;
INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)
SELECT id, pg_temp.nth(0), id, 'U' || id, now() FROM contact ORDER BY id;
INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_key, address, last_at, created_at)
SELECT id, workspace_id, pg_temp.nth(0), id, 'c:' || id, 'U' || id, now(), now() FROM contact ORDER BY id;
INSERT INTO message (id, seq, workspace_id, conversation_id, account_id, direction, author, kind, text,
  external_id, provider_at, received_at)
SELECT pg_temp.nth(n), n, pg_temp.nth(0), pg_temp.nth((n + 1) / 2), pg_temp.nth(0), 'in', 'contact', 'text',
  'latte', 'm-' || lpad(n::text, 3, '0'), now(), now() FROM generate_series(1, %(twice)s) n;
INSERT INTO delivery (id, message_id, account_id, position, created_at)
SELECT id, id, account_id, 0, now() FROM message ORDER BY id;
"""
LOOKED_AT = "VACUUM ANALYZE contact, channel_identity, conversation, message, delivery"
IDLE = ("VACUUM ANALYZE outbox, inbox, feed",)


@pytest.mark.parametrize(
    "begun",
    [(), IDLE, young(5), young(20), young(60)],
    ids=["new", "idle", "of 5", "of 20", "of 60"],
)
async def test_no_plan_made_on_a_small_database_would_read_a_whole_table_later(empty, begun):
    """Also where the server found a queue empty, after everything had been sent, and noted it as such, or found little
    of anything. What runs all the time besides is not planned once: it is spared the last.
    """
    for statement in begun:
        await empty.execute(statement)
    first, found = await first_columns(empty), {}
    for module, name, sql in statements():
        follows = name in BEHIND.get(module, ())
        if follows and begun not in {(), IDLE}:
            continue
        await empty.execute("SET enable_hashjoin = on" if follows else "RESET enable_hashjoin")
        plan = await plan_of(empty, sql)
        again = [] if follows or (module, name) in FEW_STORES else repeated(plan)
        if told := [*wide_reads(plan, first), *again]:
            found[f"{module}.{name}"] = told
    assert "\n".join(f"{k}: {v}" for k, v in found.items()) == ""


async def test_a_read_by_the_account_alone_is_found_out(empty):
    """The test above sees what it is there for: a chat looked up through the list's index, or in the order of ids."""
    first = await first_columns(empty)
    for sql in (
        "SELECT id FROM conversation WHERE account_id = $1 AND status = $2",
        "SELECT id FROM message",
        "SELECT id FROM outbox WHERE id > $1",
    ):
        assert list(wide_reads(await plan_of(empty, sql), first)) != []


async def test_parts_of_a_statement_that_are_gone_over_for_each_row_of_another_are_found_out(empty):
    """Values beside values, rows asked for by their ids beside what is to be written into them, and a stock."""
    for sql in (
        "SELECT 1 FROM unnest($1::bigint[]) u (id) JOIN unnest($2::bigint[]) v (id) ON v.id = u.id",
        (
            "UPDATE outbox o SET method = u.method FROM unnest($1::bigint[], $2::text[]) u (id, method)"
            " WHERE o.id = u.id AND o.id = ANY ($1)"
        ),
        (
            "SELECT 1 FROM unnest($1::bigint[]) u (id) LEFT JOIN (SELECT row_number() OVER (ORDER BY id) AS n"
            " FROM outbox WHERE id = ANY ($2::bigint[])) r ON r.n = u.id"
        ),
        (
            "WITH v AS MATERIALIZED (SELECT id FROM unnest($2::bigint[]) w (id))"
            " SELECT 1 FROM unnest($1::bigint[]) u (id) WHERE u.id IN (SELECT id FROM v)"
        ),
    ):
        assert list(repeated(await plan_of(empty, sql))) != [], sql
