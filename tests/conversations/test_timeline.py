"""The timeline across conversations: in order, in pages that miss nothing, by an index."""

from __future__ import annotations

import itertools
from datetime import timedelta

from conversations.timeline import END, EVERY, KINDS, WHICH, Moment, newest, query, said_and_done
from tests.agent_console.chats import add_chat, say
from tests.factories import an_account

MANY = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, text, provider_at,
  received_at)
SELECT gen_random_uuid(), $1, $2, $3, CASE WHEN n % 1000 = 0 THEN 'own' ELSE 'in' END, 'contact',
  CASE WHEN n % 2000 = 0 THEN 'activity' WHEN n % 1000 = 0 THEN 'note' ELSE 'text' END, 'word',
  $4::timestamptz - n * interval '1 s',
  $4::timestamptz
FROM generate_series(1, $5::int) n
"""


async def chat_with(db, clock, keyring, **facts):
    account = await an_account(db, keyring, clock)
    return await add_chat(db, "Mei", clock.now(), account=account, **facts)


async def page(db, chat, kind="", after=None, limit=5):
    who = (chat.account.workspace_id, chat.contact)
    return newest(limit, await said_and_done(db, who, kind, after, limit + 1))


async def test_pages_follow_each_other_without_a_gap_at_equal_instants(db, clock, keyring):
    chat = await chat_with(db, clock, keyring, said="")
    for n in range(23):
        await say(chat, f"w{n}", later=timedelta(seconds=n // 4))
    seen, after = [], None
    for _ in range(9):
        lines, after = await page(db, chat, after=after)
        seen += [line.text for line in lines]
        if after is None:
            break
    assert seen == [f"w{n}" for n in reversed(range(23))]


async def test_all_conversations_of_a_contact_and_no_others_are_in_it(db, clock, keyring):
    chat = await chat_with(db, clock, keyring, said="one")
    other = await add_chat(db, "Tom", clock.now(), account=chat.account, said="strange")
    await db.screens.execute(
        "UPDATE conversation SET contact_id = $1 WHERE id = $2", chat.contact, other.id
    )
    await say(other, "two", later=timedelta(seconds=1))
    await add_chat(db, "Ann", clock.now(), account=chat.account, said="not theirs")
    lines, _ = await page(db, chat)
    assert {line.text for line in lines} == {"one", "strange", "two"}
    assert lines[0].text == "two"
    stranger = await said_and_done(db, (chat.contact, chat.contact), "", None, 5)
    assert stranger == []


async def test_each_kind_is_shown_alone_and_words_taken_back_are_not(db, clock, keyring):
    chat = await chat_with(db, clock, keyring, said="hello")
    note = {"direction": "own", "author": "member"}
    await say(chat, "careful", kind="note", content={}, **note)
    await say(chat, "", kind="activity", content={"act": "closed"}, **note)
    gone = await say(chat, "regretted")
    await db.screens.execute("UPDATE message SET unsent_at = now() WHERE id = $1", gone)
    shown = {kind: (await page(db, chat, kind))[0] for kind in KINDS if kind != "claim"}
    assert {line.text for line in shown["message"]} == {"hello", ""}
    assert [line.text for line in shown["note"]] == ["careful"]
    assert [line.content for line in shown["trail"]] == [{"act": "closed"}]
    assert [line.unsent for line in shown["message"] if not line.text] == [True]


def test_lines_of_several_sources_come_in_one_order(clock):
    def line(n, rank, tie):
        at = clock.now() + timedelta(seconds=n)
        return Moment(
            at=at, rank=rank, tie=tie, what="message", kind="text", text=f"{n}{rank}{tie}"
        )

    said = [line(2, 0, "10"), line(1, 0, "9"), line(0, 0, "7")]
    claims = [line(2, 1, "a"), line(1, 1, "b")]
    lines, end = newest(4, said, claims)
    assert [one.text for one in lines] == ["21a", "2010", "11b", "109"]
    assert end == lines[-1].place
    # Of this very instant the claims stood above, so they are all passed; of the messages those below come.
    assert (end.before(1, "", "~"), end.before(0, "-1", "max")) == ("", "9")
    assert lines[0].place.before(0, "-1", "max") == "max"


async def test_pages_read_by_an_index_however_much_was_said(db, clock, keyring):
    chat = await chat_with(db, clock, keyring, said="")
    other = await add_chat(db, "Loud", clock.now(), account=chat.account, said="")
    house, account = chat.account.workspace_id, chat.account.id
    for where, many in ((chat, 20_000), (other, 80_000)):
        await db.screens.execute(MANY, house, where.id, account, clock.now(), many)
    await db.screens.execute("ANALYZE message")
    for kind in WHICH:
        explained = "EXPLAIN (ANALYZE, FORMAT JSON) " + query(kind)
        plan = await db.screens.fetchval(explained, chat.contact, house, END, EVERY, 51)
        nodes = list(scans(plan[0]["Plan"]))
        assert nodes
        assert "Seq Scan" not in {node["Node Type"] for node in nodes}, kind
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes) < 200
        assert sum(node.get("Rows Removed by Filter", 0) for node in nodes) < 100


def scans(node):
    """Return the nodes that read the table of messages."""
    found = [node] if node.get("Relation Name") == "message" else []
    return itertools.chain(found, *(scans(each) for each in node.get("Plans", ())))
