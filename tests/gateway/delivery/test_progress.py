"""Receipts, status callbacks and echoes move a message forward, never back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from channels import registry
from conversations.actions.post import NewMessage, post
from conversations.actions.progress import Listeners, apply
from conversations.actions.reply import Answer, send_again
from conversations.channel import Inbound, Kind, MessageType
from conversations.content import Card, LinkButton
from runtime.clock import to_ms
from runtime.errors import NotFound, Refused
from runtime.ids import uuid7
from team.actions.add_member import NewMember, add_member
from tests.doubles.platform import CUT
from tests.doubles.platform import Answer as Told

CHANNELS = registry.load()


async def tell(shop, account, *events, **listeners):
    """Apply events as a block does."""
    async with shop.db.transaction(shop.db.lanes) as tx:
        return await apply(
            tx,
            [(account, event) for event in events],
            CHANNELS,
            shop.clock.now(),
            Listeners(**listeners),
        )


def status(word, sid="SM" + "0" * 31 + "1", **facts):
    return Inbound(
        kind=Kind.STATUS,
        external_event_id=f"{sid}:{word}",
        external_message_id=sid,
        status=word,
        **facts,
    )


def receipt(kind, at, *mids):
    return Inbound(
        kind=kind,
        external_event_id="r",
        contact_external_id="U1",
        mids=mids,
        watermark_ms=to_ms(at),
    )


def echo(mid="m-1", text="from the page", **facts):
    return Inbound(
        kind=Kind.ECHO,
        external_event_id=mid,
        external_message_id=mid,
        contact_external_id="U1",
        message_type=MessageType.TEXT,
        text=text,
        **facts,
    )


@pytest.fixture
async def whatsapp(shop, deliver):
    account = await shop.account("whatsapp")
    conversation = await shop.conversation(account, "U1")
    await deliver(public_url="https://shop.example")
    return account, conversation


async def test_a_callback_that_overtakes_the_answer_is_kept(shop, platform, whatsapp):
    """Lesson 7: a receipt may come before its message is known."""
    account, conversation = whatsapp
    platform.gate.clear()
    await shop.say(conversation, "tea")
    [call] = await platform.calls(1)
    [ours] = parse_qs(urlsplit(call.body["StatusCallback"]).query)["m"]
    await shop.outbox(state=1)
    await tell(shop, account, status("delivered", metadata=ours))
    assert await shop.states() == ["delivered"]
    platform.gate.set()
    await shop.say(conversation, "more")
    await shop.until("delivered", "sent")
    assert platform.said == ["tea", "more"]


async def test_states_only_move_forward(shop, whatsapp):
    """Lesson 7: ticks never fall back."""
    account, conversation = whatsapp
    await shop.say(conversation, "tea")
    await shop.until("sent")
    for word in ("read", "delivered", "sent", "failed", "nonsense"):
        await tell(shop, account, status(word))
        assert await shop.states() == ["read"]


async def test_a_failure_reported_later_tells_the_agent_why_and_who_listens(shop, whatsapp):
    account, conversation = whatsapp
    await shop.say(conversation, "tea")
    await shop.until("sent")
    lost = []

    async def rejected(_, messages):
        lost.extend(messages)

    changes = await tell(shop, account, status("failed", error_code=63016), rejected=rejected)
    assert await shop.states() == ["failed"]
    assert [change.kind for change in changes] == ["message", "failure"]
    assert len(lost) == 1
    assert await shop.db.screens.fetchval("SELECT error_text FROM message") != ""
    await tell(shop, account, status("delivered"))
    kept = await shop.db.screens.fetchrow("SELECT state, error_text FROM message")
    assert kept["state"] == "failed"
    assert "later reported as delivered" in kept["error_text"]


async def test_a_callback_for_another_accounts_message_changes_nothing(shop, whatsapp):
    _, conversation = whatsapp
    other = await shop.account("whatsapp")
    await shop.say(conversation, "tea")
    await shop.until("sent")
    ours = await shop.db.screens.fetchval("SELECT id FROM delivery")
    await tell(shop, other, status("read", metadata=str(ours)))
    assert await shop.states() == ["sent"]


async def test_an_echo_settles_a_call_of_unknown_outcome(shop, platform, deliver):
    platform.answers.append(CUT)
    account = await shop.account("messenger")
    conversation = await shop.conversation(account)
    await shop.say(conversation, "hello")
    await deliver()
    await shop.outbox(state=2)
    ours = await shop.db.screens.fetchval("SELECT id FROM delivery")
    await tell(shop, account, echo(metadata=str(ours)))
    assert await shop.states() == ["sent"]
    assert await shop.db.screens.fetchval("SELECT external_id FROM delivery") == "m-1"
    assert await shop.db.screens.fetchval("SELECT count(*) FROM outbox") == 0


async def test_an_echo_settles_even_what_was_given_up(shop, platform, deliver):
    platform.answers.append(CUT)
    account = await shop.account("messenger")
    await shop.say(await shop.conversation(account), "hello")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(31)
    await shop.until("unknown")
    ours = await shop.db.screens.fetchval("SELECT id FROM delivery")
    await tell(shop, account, echo(metadata=str(ours)))
    assert await shop.states() == ["sent"]


async def test_what_was_typed_elsewhere_joins_the_thread_once(shop):
    """Lesson 3: an echo is looked up everywhere, and a foreign one stands as sent elsewhere."""
    account = await shop.account("messenger")
    conversation = await shop.conversation(account)
    for _ in range(2):
        await tell(shop, account, echo())
    [row] = await shop.db.screens.fetch("SELECT * FROM message")
    assert (row["direction"], row["author"], row["state"]) == ("out", "elsewhere", "sent")
    assert (row["text"], row["conversation_id"]) == ("from the page", conversation)
    last = await shop.db.screens.fetchval("SELECT last_text FROM conversation")
    assert last == "from the page"


@pytest.mark.parametrize(
    ("facts", "before", "after"),
    [
        ({}, "bot", "in_progress"),
        ({}, "waiting", "in_progress"),
        ({}, "closed", "in_progress"),
        ({}, "snoozed", "in_progress"),
        ({"app_id": "151"}, "bot", "bot"),
    ],
)
async def test_a_person_answering_in_the_platforms_own_inbox_silences_the_bot(
    shop, facts, before, after
):
    account = await shop.account("messenger")
    await shop.conversation(account)
    await shop.db.screens.execute(
        "UPDATE conversation SET status = $1, waiting_since = $2", before, shop.clock.now()
    )
    await tell(shop, account, echo(**facts))
    row = await shop.db.screens.fetchrow("SELECT status, waiting_since FROM conversation")
    assert row["status"] == after
    assert (row["waiting_since"] is None) == (not facts)


async def test_a_persons_answer_in_the_platforms_own_inbox_cancels_what_the_bot_had_queued(shop):
    account = await shop.account("messenger")
    conversation = await shop.conversation(account)
    other = await shop.conversation(account, "U2")
    await shop.say(conversation, "the bot's words")
    await shop.say(conversation, "an agent's words", queue="agent", author="member")
    await shop.say(other, "to somebody else")
    await tell(shop, account, echo(app_id="151"))
    assert await shop.states() == ["queued", "queued", "queued", "sent"]
    await tell(shop, account, echo("m-2"))
    assert await shop.states() == ["failed", "queued", "queued", "sent", "sent"]
    left = await shop.db.screens.fetch("SELECT queue, conversation_id FROM outbox ORDER BY id")
    assert [tuple(row) for row in left] == [("agent", conversation), ("bot", other)]


async def test_watermarks_mark_what_was_sent_before_them(shop, deliver):
    account = await shop.account("messenger")
    conversation = await shop.conversation(account)
    await deliver()
    await shop.say(conversation, "first")
    await shop.until("sent")
    between = shop.clock.now()
    await shop.pass_time(10)
    await shop.say(conversation, "second")
    await shop.until("sent", "sent")
    await tell(shop, account, receipt(Kind.DELIVERY, shop.clock.now()))
    assert await shop.states() == ["delivered", "delivered"]
    await tell(shop, account, receipt(Kind.READ, between))
    assert await shop.states() == ["read", "delivered"]


async def test_only_a_delivery_that_nothing_else_explains_settles_the_unknown(
    shop, platform, deliver
):
    platform.answers.append(CUT)
    account = await shop.account("messenger")
    conversation = await shop.conversation(account)
    await shop.say(conversation, "lost?")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(31)
    await shop.until("unknown")
    await tell(shop, account, receipt(Kind.READ, shop.clock.now()))
    assert await shop.states() == ["unknown"]
    told = await tell(shop, account, receipt(Kind.DELIVERY, shop.clock.now(), "m-9"))
    assert await shop.states() == ["delivered"]
    # It stood among the failures until now: their list follows.
    assert [change.kind for change in told] == ["message", "failure"]


async def add_sue(shop):
    new = NewMember(
        workspace_id=shop.workspace,
        email="sue@tea.example",
        role="service_agent",
        password="a long password",
    )
    return await add_member(shop.db, new, shop.clock.now())


async def test_a_member_may_send_the_unknown_again_once(shop, platform, deliver):
    platform.answers.append(CUT)
    conversation = await shop.conversation(await shop.account("messenger"))
    [message] = await shop.say(conversation, "hello")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(31)
    await shop.until("unknown")
    sue = await add_sue(shop)
    answer = Answer(
        workspace_id=shop.workspace,
        conversation_id=conversation,
        member_id=sue,
        member_name="Sue",
        form_id="form 1",
    )
    for _ in range(2):  # the same form twice, as a nervous finger posts it
        async with shop.db.transaction() as tx:
            await send_again(tx, answer, message, CHANNELS, shop.clock.now())
    await shop.until("unknown", "sent")
    other = msgspec.structs.replace(answer, form_id="form 2")
    foreign = msgspec.structs.replace(answer, workspace_id=uuid7())
    with pytest.raises(Refused, match="already sent again"):
        async with shop.db.transaction() as tx:
            await send_again(tx, other, message, CHANNELS, shop.clock.now())
    with pytest.raises(NotFound):
        async with shop.db.transaction() as tx:
            await send_again(tx, foreign, message, CHANNELS, shop.clock.now())
    assert platform.said == ["hello", "hello"]


CARD = Card(
    title="Spring tea",
    image_url="https://shop.example/tea.jpg",
    buttons=(LinkButton("Open", "https://shop.example/c/abc"),),
)
BAD = Told(400, {"code": 63005, "message": "Channel did not accept given content"})


@pytest.mark.parametrize(("place", "lost"), [(0, False), (1, True)])
async def test_a_card_is_lost_when_its_words_are_and_not_when_its_picture_is(
    shop, platform, deliver, place, lost
):
    answers = [Told(201, {"sid": "SM1"})] * 2
    answers[place] = BAD
    platform.answers.extend(answers)
    conversation = await shop.conversation(await shop.account("whatsapp"))
    async with shop.db.transaction() as tx:
        card = NewMessage(conversation_id=conversation, content=CARD)
        await post(tx, [card], CHANNELS, shop.clock.now())
    await deliver()
    await platform.calls(2)
    await shop.wait(lambda: outbox_is_empty(shop))
    assert await shop.states() == ["failed"]
    assert bool(shop.rejected) is lost


async def outbox_is_empty(shop):
    return await shop.db.screens.fetchval("SELECT count(*) FROM outbox") == 0
