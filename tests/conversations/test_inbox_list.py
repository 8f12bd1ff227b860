"""The conversation list: every choice against a plain re-count, in both orders, page by page, by an index."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import msgspec
import pytest

from conversations import inbox_list
from conversations.actions.add_account import NewAccount, add_account
from conversations.actions.tag import TagPut, put_tags
from conversations.inbox_counts import inbox_counts
from conversations.inbox_list import STATUSES, ListFilter, Query, inbox_page
from runtime.ids import uuid7
from team.actions.add_member import NewMember, add_member
from tests.agent_console.chats import add_chat
from tests.factories import an_account


@pytest.fixture
async def house(db, keyring, clock):
    """Forty conversations of two channels, two members and one tag, all different in what they are."""
    line = await an_account(db, keyring, clock)
    facts = {"channel": "messenger", "name": "page", "secret": "s" * 32, "token": "t" * 32}
    page = await add_account(
        db, keyring, NewAccount(workspace_id=line.workspace_id, **facts), clock.now()
    )
    people = [
        await add_member(
            db,
            NewMember(
                workspace_id=line.workspace_id,
                email=f"{name}@x.example",
                role="service_agent",
                password="correct horse battery",
                name=name,
                language="en",
            ),
            clock.now(),
        )
        for name in ("sue", "ken")
    ]
    for n in range(40):
        account = (line, page)[n % 3 == 0]
        chat = await add_chat(
            db, f"c{n}", clock.now(), account=account, said="", ago=timedelta(minutes=n // 2),
            status=STATUSES[n % 5], assignee=[None, *people][n % 3] if n % 5 != 4 else None, unread=n % 2,
        )  # fmt: skip
        if n % 4 == 0:
            await db.screens.execute(
                "UPDATE conversation SET waiting_since = $2 WHERE id = $1",
                chat.id,
                clock.now() - timedelta(minutes=n // 8),
            )
        if n % 11 == 3:
            await db.screens.execute(
                "UPDATE conversation SET shelf = $2 WHERE id = $1",
                chat.id,
                "erased" if n == 3 else "blocked",
            )
        if n % 7 == 0:
            async with db.transaction() as tx:
                tag = TagPut(line.workspace_id, chat.contact, "vip", "member")
                await put_tags(tx, [tag], clock.now())
    return await a_house(db, line, page, people)


class House(msgspec.Struct):
    rows: list
    workspace: object
    line: object
    page: object
    people: list
    tag: object


async def a_house(db, line, page, people):
    rows = await db.screens.fetch(
        "SELECT c.*, EXISTS (SELECT 1 FROM contact_tag t WHERE t.contact_id = c.contact_id) AS tagged,"
        " a.channel FROM conversation c JOIN channel_account a ON a.id = c.account_id"
    )
    tag = await db.screens.fetchval("SELECT id FROM tag")
    return House([dict(row) for row in rows], line.workspace_id, line, page, people, tag)


def every_choice(house):
    for view, status, channel, tag, assignee, unread, sort in itertools.product(
        ("all", "mine", "unassigned"),
        ("", "waiting", "closed"),
        ("", "messenger"),
        (None, house.tag),
        (None, house.people[1]),
        (False, True),
        ("latest", "waiting"),
    ):
        yield ListFilter(
            workspace_id=house.workspace, member_id=house.people[0], view=view, status=status,
            channel=channel, tag=tag, assignee=assignee, unread=unread, sort=sort, limit=7,
        )  # fmt: skip
    for channel, tag in (("", None), ("messenger", None), ("", house.tag)):
        yield ListFilter(
            workspace_id=house.workspace, member_id=house.people[0], channel=channel, tag=tag,
            blocked=True, limit=2,
        )  # fmt: skip


def fits(row, which):
    whose = {
        "all": True,
        "mine": row["assignee_id"] == which.member_id,
        "unassigned": row["assignee_id"] is None and (which.status or row["status"] != "closed"),
    }
    return (
        whose[which.view]
        and row["shelf"] == ("blocked" if which.blocked else "")
        and which.status in {"", row["status"]}
        and which.channel in {"", row["channel"]}
        and (not which.tag or row["tagged"])
        and which.assignee in {None, row["assignee_id"]}
        and (not which.unread or row["unread"])
    )


def in_order(rows, sort):
    latest = sorted(rows, key=lambda row: (row["last_at"], row["id"]), reverse=True)
    if sort == "latest":
        return [row["id"] for row in latest]
    waiting = [row for row in rows if row["waiting_since"]]
    waiting.sort(key=lambda row: (row["waiting_since"], row["id"]))
    return [row["id"] for row in [*waiting, *(r for r in latest if not r["waiting_since"])]]


async def all_pages(db, which):
    seen, after = [], None
    while True:
        page = await inbox_page(db, msgspec.structs.replace(which, after=after))
        seen += [row.id for row in page.rows]
        after = page.after
        if after is None:
            return seen


@pytest.mark.parametrize("few", [0, 1000], ids=["frequent tags", "rare tags"])
async def test_every_choice_lists_what_fits_in_order_and_pages_join(db, house, monkeypatch, few):
    monkeypatch.setattr(inbox_list, "FEW", few)
    for which in every_choice(house):
        expected = in_order([row for row in house.rows if fits(row, which)], which.sort)
        assert await all_pages(db, which) == expected, which


async def test_every_choice_is_found_by_an_index(db, house):
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        for which in every_choice(house):
            query = Query(which, 51)
            plan = [row[0] for row in await tx.fetch("EXPLAIN " + query.text(), *query.values)]
            assert not [line for line in plan if "Seq Scan on conversation" in line], which
            assert [
                line for line in plan if re.search("(using|Index Scan on) conversation_", line)
            ], which


async def test_where_those_who_wait_fill_the_page_nobody_else_is_looked_for(db, house):
    which = ListFilter(workspace_id=house.workspace, member_id=house.people[0], sort="waiting")
    for limit, looked in ((3, False), (30, True)):
        query = Query(which, limit)
        rows = await db.reads.fetch("EXPLAIN (ANALYZE) " + query.text(), *query.values)
        others = [line for (line,) in rows if "conversation_list on" in line]
        assert ["never executed" not in line for line in others] == [looked]


async def test_numbers_are_the_lengths_of_the_lists_they_lead_to(db, house):
    for which in every_choice(house):
        counts = await inbox_counts(db, which)
        if which.tag or which.assignee or which.blocked:
            assert counts.views == {}
            continue
        for view, number in counts.views.items():
            there = msgspec.structs.replace(which, view=view)
            assert number == sum(bool(fits(row, there)) for row in house.rows), (which, view)
        for status, number in counts.statuses.items():
            there = msgspec.structs.replace(which, status=status)
            assert number == sum(bool(fits(row, there)) for row in house.rows), (which, status)
        there = msgspec.structs.replace(which, unread=True)
        assert counts.unread == sum(bool(fits(row, there)) for row in house.rows)


async def test_another_workspaces_account_tag_or_member_lists_nothing(db, house, keyring, clock):
    rival = await an_account(db, keyring, clock, "whatsapp")
    await add_chat(db, "theirs", clock.now(), account=rival)
    stranger = ListFilter(workspace_id=rival.workspace_id, member_id=uuid7())
    own = await all_pages(db, stranger)
    assert len(own) == 1
    for narrow in (
        {"account": house.line.id},
        {"tag": house.tag},
        {"assignee": house.people[0]},
        {"assignee": house.people[0], "sort": "waiting"},
    ):
        assert await all_pages(db, msgspec.structs.replace(stranger, **narrow)) == [], narrow


async def test_numbers_stop_at_a_hundred(db, keyring, clock):
    account = await an_account(db, keyring, clock)
    for n in range(105):
        await add_chat(db, f"c{n}", clock.now(), account=account, said="")
    which = ListFilter(workspace_id=account.workspace_id, member_id=uuid7())
    counts = await inbox_counts(db, which)
    assert (counts.views["all"], counts.statuses["bot"], counts.unread) == (100, 100, 100)
