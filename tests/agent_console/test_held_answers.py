"""Two answers at once: one goes out, the other is held with a question; and who may answer at all."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta

from runtime.ids import uuid7
from tests.agent_console.chats import say


def seen_in(page):
    return re.search(r'id="seen"[^>]*value="([^"]*)"', page)[1]


def anyway_in(page):
    return re.search(r'name="anyway" value="([^"]+)"', page)[1]


def form():
    return str(uuid7())


async def opened(browser, chat):
    """Open a conversation; returns what its form says was seen."""
    return seen_in(await browser.text(f"/console/inbox/{chat.id}"))


async def reply(browser, chat, text, form_id=None, **fields):
    fields |= {"text": text, "form_id": form_id or form()}
    return await browser.act(f"/console/inbox/{chat.id}/reply", **fields)


async def sent(site):
    rows = await site.db.screens.fetch(
        "SELECT m.content FROM outbox o JOIN delivery d ON d.id = o.delivery_id"
        " JOIN message m ON m.id = d.message_id ORDER BY o.id"
    )
    return [row["content"]["text"] for row in rows]


async def test_of_two_answers_sent_at_once_one_goes_out_and_the_other_is_asked_about(
    site, sue, ken
):
    """Lesson 13: the second agent does not answer twice without knowing it."""
    chat = await site.chat(status="waiting")
    seen = await opened(sue, chat)
    assert seen == str(chat.first)
    answers = await asyncio.gather(
        reply(sue, chat, "From Sue", seen=seen), reply(ken, chat, "From Ken", seen=seen)
    )
    assert sorted(one.status for one in answers) == [200, 409]
    [first] = await sent(site)
    held = next(one for one in answers if one.status == 409)
    assert held.headers["Tessera-Held"] == "1"
    page = await held.text()
    winner = first.removeprefix("From ")
    assert f"{winner} answered 0 s ago." in page
    assert f'<blockquote class="quoted">{first}</blockquote>' in page
    assert first in page.split('id="messages"')[1]


async def test_send_anyway_goes_out_once_and_asks_again_for_what_came_after_the_question(
    site, sue, ken
):
    chat, same = await site.chat(), form()
    seen = await opened(sue, chat)
    await reply(ken, chat, "One", seen=seen)
    site.clock.advance(timedelta(seconds=5))
    held = await (await reply(sue, chat, "Mine", same, seen=seen)).text()
    assert "Ken answered 5 s ago." in held
    await reply(ken, chat, "Two", seen=seen)
    again = await reply(sue, chat, "Mine", same, seen=seen, anyway=anyway_in(held))
    assert again.status == 409
    asked = await again.text()
    assert '<blockquote class="quoted">Two</blockquote>' in asked
    for _ in range(2):
        done = await reply(sue, chat, "Mine", same, seen=seen, anyway=anyway_in(asked))
        assert done.status == 200
        assert 'name="anyway"' not in await done.text()
    assert await sent(site) == ["One", "Two", "Mine"]


async def test_what_the_page_has_shown_is_not_asked_about(site, sue, ken):
    chat = await site.chat()
    await reply(ken, chat, "One", seen=await opened(ken, chat))
    assert (await reply(sue, chat, "Mine", seen=await opened(sue, chat))).status == 200


async def test_ones_own_answers_and_the_customers_words_ask_nothing(site, sue):
    chat = await site.chat()
    seen = await opened(sue, chat)
    await reply(sue, chat, "One", seen=seen)
    await say(chat, "Thank you", later=timedelta(seconds=1))
    assert (await reply(sue, chat, "Two", seen=seen)).status == 200


async def test_an_answer_typed_in_the_platforms_own_inbox_is_asked_about_too(site, sue):
    chat = await site.chat()
    seen = await opened(sue, chat)
    facts = {"direction": "out", "author": "elsewhere", "state": "sent"}
    await say(chat, "We are on it", later=timedelta(seconds=1), **facts)
    held = await reply(sue, chat, "Mine", seen=seen)
    assert held.status == 409
    assert "Somebody in the platform's own inbox answered" in await held.text()


async def test_a_late_message_with_an_early_time_does_not_hide_what_was_seen(site, sue, ken):
    chat = await site.chat()
    await reply(ken, chat, "One", seen=await opened(ken, chat))
    await say(chat, "clock runs ahead", later=timedelta(minutes=3))
    await reply(ken, chat, "Two", seen=await opened(ken, chat))
    assert (await reply(sue, chat, "Mine", seen=await opened(sue, chat))).status == 200


async def test_in_an_empty_thread_nothing_has_been_seen(site, sue, ken):
    chat = await site.chat(said="")
    assert await opened(sue, chat) == ""
    await reply(ken, chat, "One", seen="")
    assert (await reply(sue, chat, "Mine", seen="")).status == 409


async def test_a_message_of_another_conversation_was_not_seen_here(site, sue):
    chat, other = await site.chat(), await site.chat("Tom")
    for wrong in (str(other.first), str(uuid7()), "nonsense"):
        assert (await reply(sue, chat, "Mine", seen=wrong)).status == 422
    assert await sent(site) == []


async def test_without_script_the_question_is_a_page_with_both_texts(site, sue, ken):
    chat = await site.chat()
    seen = await opened(sue, chat)
    await reply(ken, chat, "One", seen=seen)
    fields = {"text": "Mine\nas typed", "form_id": form(), "seen": seen, "then": "close"}
    held = await sue.post(f"/console/inbox/{chat.id}/reply", **fields)
    assert held.status == 409
    page = await held.text()
    assert '<blockquote class="quoted">One</blockquote>' in page
    assert ">Mine\nas typed</textarea>" in page
    assert '<input type="hidden" name="then" value="close">' in page


async def only_the_assignee(site):
    query = "INSERT INTO automation (id, workspace_id, hours, assign_roles, assign_rules, assign_turns, assignee_only)"
    empty = json.dumps([])
    await site.db.screens.execute(
        f"{query} VALUES (gen_random_uuid(), $1, '{{}}', $2::text::jsonb, $2::text::jsonb, '{{}}', true)",
        site.house,
        empty,
    )


async def test_only_the_assignee_may_answer_where_that_is_set_and_taking_over_is_in_the_log(
    site, sue, ken
):
    """Lesson 14: assignee-only sending, and whoever takes over is in the audit log with whom they took it from."""
    await only_the_assignee(site)
    chat = await site.chat(status="in_progress", assignee=site.sue)
    page = await ken.text(f"/console/inbox/{chat.id}")
    assert "A colleague answers this conversation: take it over to answer yourself." in page
    assert 'data-closed="true"' in page
    refused = await reply(ken, chat, "Mine")
    assert (refused.status, await sent(site)) == (409, [])
    assert "take it over" in await refused.text()
    assert (await reply(sue, chat, "Hers")).status == 200
    await ken.act(f"/console/inbox/{chat.id}/take-over")
    assert (await reply(ken, chat, "Mine")).status == 200
    [entry] = await site.db.screens.fetch(
        "SELECT member_id, detail FROM audit_entry WHERE action = 'conversation.taken_over'"
    )
    assert (entry["member_id"], entry["detail"]["from"]) == (site.ken, str(site.sue))


async def test_what_is_assigned_to_nobody_anybody_may_answer(site, sue):
    await only_the_assignee(site)
    chat = await site.chat(status="waiting")
    assert (await reply(sue, chat, "Mine")).status == 200


async def test_only_the_assignee_sends_coupons_and_sends_again_too(site, sue, ken):
    await only_the_assignee(site)
    coupon = await site.coupon()
    chat = await site.chat(status="in_progress", assignee=site.sue)
    out = {"direction": "out", "author": "member", "content": {"type": "text", "text": "x"}}
    lost = await say(chat, "x", state="unknown", **out)
    path = f"/console/inbox/{chat.id}"
    card = await ken.act(f"{path}/coupons", coupon=str(coupon), form_id=form())
    again = await ken.act(f"{path}/messages/{lost}/again", form_id=f"again-{lost}")
    assert (card.status, again.status) == (409, 409)
    assert await site.db.screens.fetchval("SELECT count(*) FROM claim") == 0
    assert await sent(site) == []


async def test_who_only_one_answers_is_set_beside_the_automatic_answers(site, sue):
    await site.member("Ann", "admin")
    ann = await site.browser("ann@tea.example")
    path = "/console/settings/automation"
    assert (await sue.post(path, assignee_only="on")).status == 403
    assert (await ann.post(path, assignee_only="on")).status == 303
    assert 'name="assignee_only" checked' in await ann.text(path)
    detail = await site.db.screens.fetchval(
        "SELECT detail FROM audit_entry WHERE action = 'automation.changed'"
    )
    assert detail == {"assignee_only": {"from": False, "to": True}}
    await ann.post(path)
    assert 'name="assignee_only" checked' not in await ann.text(path)
