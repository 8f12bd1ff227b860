"""Answering, taking over, closing: what the member does and what the customer's row says afterwards."""

from __future__ import annotations

from datetime import timedelta

from conversations.actions.post import NewMessage, post
from conversations.content import Text
from runtime.ids import uuid7
from tests.agent_console.chats import say


def form():
    return str(uuid7())


async def row(site, chat):
    return await site.db.screens.fetchrow("SELECT * FROM conversation WHERE id = $1", chat.id)


async def outbox(site, chat):
    return await site.db.screens.fetch(
        "SELECT o.queue, o.human, o.sender_name, coalesce(o.content, m.content) AS content FROM outbox o"
        " JOIN delivery d ON d.id = o.delivery_id JOIN message m ON m.id = d.message_id"
        " WHERE o.conversation_id = $1 ORDER BY o.id",
        chat.id,
    )


async def test_an_answer_is_queued_shown_and_makes_the_conversation_mine(site, sue):
    chat = await site.chat()
    answer = await sue.act(f"/console/inbox/{chat.id}/reply", text="您好 <b>", form_id=form())
    assert answer.status == 200
    page = await answer.text()
    assert "您好 &lt;b&gt;" in page
    assert "queued" in page
    [sent] = await outbox(site, chat)
    assert (sent["queue"], sent["human"], sent["sender_name"]) == ("agent", True, "Sue")
    after = await row(site, chat)
    assert (after["status"], after["assignee_id"]) == ("in_progress", site.sue)


async def test_the_same_form_sent_twice_is_one_message(site, sue):
    chat = await site.chat()
    same = form()
    for _ in range(2):
        assert (
            await sue.act(f"/console/inbox/{chat.id}/reply", text="Hi", form_id=same)
        ).status == 200
    assert len(await outbox(site, chat)) == 1


async def test_without_script_the_form_leads_back_to_the_conversation(site, sue):
    chat = await site.chat()
    answer = await sue.post(f"/console/inbox/{chat.id}/reply", text="Hi", form_id=form())
    assert (answer.status, answer.headers["Location"]) == (303, f"/console/inbox/{chat.id}")


async def test_a_text_over_the_channels_length_is_refused_with_the_figure(site, sue):
    chat = await site.chat()
    answer = await sue.act(f"/console/inbox/{chat.id}/reply", text="x" * 5001, form_id=form())
    assert answer.status == 422
    assert "5,001" in (words := await answer.text()) or "5001" in words
    assert await outbox(site, chat) == []


async def test_an_empty_answer_is_refused(site, sue):
    chat = await site.chat()
    answer = await sue.act(f"/console/inbox/{chat.id}/reply", text=" \n ", form_id=form())
    assert answer.status == 422


async def test_after_the_window_the_composer_is_closed_and_the_server_refuses(site, sue):
    """Lesson 16: what can no longer arrive is not sent, and the reason stands there before."""
    account = await site.account("whatsapp", "tea")
    chat = await site.chat("Aiko", account=account, ago=timedelta(hours=25))
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "The time to answer on this channel is over." in page
    assert 'data-closed="true"' in page
    assert "disabled></textarea>" in page
    answer = await sue.act(f"/console/inbox/{chat.id}/reply", text="Hi", form_id=form())
    assert (answer.status, await answer.text()) == (
        409,
        "The time to answer on this channel is over.",
    )
    assert await outbox(site, chat) == []


async def test_the_time_left_is_shown(site, sue):
    account = await site.account("whatsapp", "tea")
    chat = await site.chat("Aiko", account=account, ago=timedelta(hours=20, minutes=48))
    assert "window closes in 3 h 12 min" in await sue.words(f"/console/inbox/{chat.id}")


async def test_a_person_may_answer_on_messenger_after_a_bot_may_not(site, sue):
    account = await site.account("messenger", "tea")
    chat = await site.chat("Tom", account=account, ago=timedelta(hours=30))
    assert "Only a person may answer now, for another 5 d 18 h" in await sue.words(
        f"/console/inbox/{chat.id}"
    )
    assert (
        await sue.act(f"/console/inbox/{chat.id}/reply", text="Hi", form_id=form())
    ).status == 200


async def test_taking_over_silences_what_the_bot_had_not_sent(site, sue):
    """Lesson 15: the bot never answers over a person."""
    chat = await site.chat()
    async with site.db.transaction() as tx:
        rows = [NewMessage(conversation_id=chat.id, content=Text("bot says"))]
        await post(tx, rows, site.channels, site.clock.now())
    answer = await sue.act(f"/console/inbox/{chat.id}/take-over")
    assert answer.status == 200
    assert await outbox(site, chat) == []
    assert "A person took over before the bot could send this." in await answer.text()
    after = await row(site, chat)
    assert (after["status"], after["assignee_id"], after["waiting_since"]) == (
        "in_progress",
        site.sue,
        None,
    )
    audit = await site.db.screens.fetchval(
        "SELECT member_id FROM audit_entry WHERE action = 'conversation.taken_over'"
    )
    assert audit == site.sue


async def test_a_message_being_sent_is_left_to_its_end(site, sue):
    chat = await site.chat()
    async with site.db.transaction() as tx:
        rows = [NewMessage(conversation_id=chat.id, content=Text("bot says"))]
        await post(tx, rows, site.channels, site.clock.now())
        await tx.execute("UPDATE outbox SET state = 1")
    await sue.act(f"/console/inbox/{chat.id}/take-over")
    assert len(await outbox(site, chat)) == 1


async def test_closing_hands_back_to_the_bot(site, sue):
    chat = await site.chat()
    await sue.act(f"/console/inbox/{chat.id}/take-over")
    await sue.act(f"/console/inbox/{chat.id}/close")
    after = await row(site, chat)
    assert (after["status"], after["assignee_id"], after["unread"]) == ("closed", None, 0)


async def test_looking_marks_as_read(site, sue):
    chat = await site.chat(unread=3)
    assert 'data-unread="3"' in await sue.text(f"/console/inbox/{chat.id}")
    assert (await sue.act(f"/console/inbox/{chat.id}/read")).status == 204
    assert 'data-unread="0"' in await sue.text(f"/console/inbox/{chat.id}")


async def test_a_supervisor_gives_a_conversation_to_a_colleague_of_the_same_team(site, sue):
    await site.member("Ken", "supervisor")
    stranger = await site.member("Spy", "admin", site.rival)
    ken = await site.browser("ken@tea.example")
    chat = await site.chat()
    assert (await ken.act(f"/console/inbox/{chat.id}/assign", member=str(site.sue))).status == 200
    assert (await row(site, chat))["assignee_id"] == site.sue
    assert (
        await ken.act(f"/console/inbox/{chat.id}/assign", member=str(stranger.id))
    ).status == 422
    assert (await ken.act(f"/console/inbox/{chat.id}/assign", member="")).status == 200
    after = await row(site, chat)
    assert (after["assignee_id"], after["status"]) == (None, "waiting")


async def test_an_unknown_message_can_be_sent_again_once(site, sue):
    chat = await site.chat()
    out = {
        "direction": "out",
        "author": "member",
        "content": {"type": "text", "text": "are you there"},
    }
    lost = await say(chat, "are you there", state="unknown", **out)
    for _ in range(2):
        answer = await sue.act(
            f"/console/inbox/{chat.id}/messages/{lost}/again", form_id=f"again-{lost}"
        )
        assert answer.status == 200
    assert [sent["content"]["text"] for sent in await outbox(site, chat)] == ["are you there"]


async def test_a_delivered_message_is_not_sent_again(site, sue):
    chat = await site.chat()
    out = {"direction": "out", "author": "member", "content": {"type": "text", "text": "hello"}}
    arrived = await say(chat, "hello", state="delivered", **out)
    answer = await sue.act(
        f"/console/inbox/{chat.id}/messages/{arrived}/again", form_id="again-12345"
    )
    assert answer.status == 409


async def test_nul_and_lone_surrogates_do_no_harm(site, sue):
    chat = await site.chat()
    answer = await sue.act(f"/console/inbox/{chat.id}/reply", text="a\x00b", form_id=form())
    assert answer.status == 200
    [sent] = await outbox(site, chat)
    assert sent["content"]["text"] == "ab"
