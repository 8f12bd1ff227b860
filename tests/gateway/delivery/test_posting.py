"""Messages posted together are written as if each had been posted alone."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import outbox
from conversations.actions.post import NewMessage, post
from conversations.content import Card, Image, LinkButton, Text
from runtime.ids import uuid7
from tests.factories import CHANNELS

WRITTEN = """
SELECT m.author, m.member_id, m.kind, m.text, m.content, m.state, m.error_code, m.error_text, m.claim_id, m.trigger,
  m.request_id, m.workspace_id, m.account_id, d.position, o.queue, o.content AS own, o.address, o.sender_name, o.human,
  o.deadline, o.request_id AS request, o.state AS begun
FROM message m LEFT JOIN delivery d ON d.message_id = m.id LEFT JOIN outbox o ON o.delivery_id = d.id
WHERE m.id = ANY ($1::uuid[]) ORDER BY array_position($1, m.id), d.position
"""
SHOWN = "SELECT id, last_text FROM conversation WHERE id = ANY ($1::uuid[]) ORDER BY id"
CARD = Card(
    title="Latte",
    text="One free",
    image_url="https://shop.example/latte.jpg",
    buttons=(LinkButton(title="Open", url="https://shop.example/c/x"),),
)
MEMBER, CLAIM = uuid7(), uuid7()
MESSAGES = st.fixed_dictionaries(
    {
        "content": st.sampled_from([Text("hello"), Text("您好"), Image(url="https://a.example/a.jpg"), CARD]),
        "queue": st.sampled_from(["bot", "agent", "broadcast"]),
        "author": st.sampled_from(["bot", "member"]),
        "member_id": st.sampled_from([None, MEMBER]),
        "sender_name": st.sampled_from(["", "Sue"]),
        "human": st.booleans(),
        "claim_id": st.sampled_from([None, CLAIM]),
        "trigger": st.sampled_from(["", "keyword: latte"]),
        "request_id": st.sampled_from(["", "r-1"]),
    }
)  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 3), MESSAGES), min_size=1, max_size=6))
async def test_whatever_is_posted_with_them(shop, wanted):
    """Also to accounts of several channels, and to a chat that takes nothing any more."""
    places = []
    for number, channel in enumerate(("line", "messenger", "whatsapp", "messenger")):
        account = await shop.account(channel)
        places.append(await shop.conversation(account, f"{channel}-{number}"))
    # The time to answer in the last one is over.
    await shop.db.screens.execute(
        "UPDATE conversation SET customer_at = $2 WHERE id = $1",
        *(places[3], shop.clock.now() - timedelta(days=9)),
    )
    together = [NewMessage(conversation_id=places[n], **fields) for n, fields in wanted]
    alone = [NewMessage(conversation_id=places[n], **fields) for n, fields in wanted]
    async with shop.db.transaction() as tx:
        refused = await post(tx, together, CHANNELS, shop.clock.now())
        shown = await tx.fetch(SHOWN, places)
        await tx.execute("UPDATE conversation SET last_text = ''")
        refused_alone = [bool(await post(tx, [row], CHANNELS, shop.clock.now())) for row in alone]
        assert await tx.fetch(SHOWN, places) == shown
    order = "SELECT id FROM message WHERE id = ANY ($1::uuid[]) ORDER BY seq"
    ids = [row.id for row in together]
    assert [row["id"] for row in await shop.db.screens.fetch(order, ids)] == ids
    assert [row.id in refused for row in together] == refused_alone
    written = [
        [tuple(row) for row in await shop.db.screens.fetch(WRITTEN, [one.id for one in rows])]
        for rows in (together, alone)
    ]
    assert written[0] == written[1]


async def due(shop, account):
    ask = outbox.Ask(queue="bot", rooms={account.id: 9}, limit=9, joining=[account.id], joined=9)
    async with shop.db.transaction() as tx:
        found = await outbox.pop(tx, ask, shop.clock.now())
    return [msgspec.json.decode(row.content) for row in found.heads]


async def test_an_answers_words_are_kept_once_and_sent_from_there(shop):
    account = await shop.account("line")
    conversation = await shop.conversation(account)
    await shop.say(conversation, "here you are")
    assert await shop.db.screens.fetchval("SELECT content FROM outbox") is None
    assert await due(shop, account) == [{"type": "text", "text": "here you are"}]


async def test_a_message_in_several_parts_keeps_what_each_of_them_says(shop):
    account = await shop.account("whatsapp")
    conversation = await shop.conversation(account)
    async with shop.db.transaction() as tx:
        row = NewMessage(conversation_id=conversation, content=CARD)
        await post(tx, [row], CHANNELS, shop.clock.now())
    kept = await shop.db.screens.fetch("SELECT content FROM outbox ORDER BY id")
    assert [part["content"]["type"] for part in kept] == ["image", "card"]
