"""The list of failed and unknown sends: what it shows to whom, and what it sends again, once."""

from __future__ import annotations

from datetime import timedelta

from conversations.failures import FAILED
from runtime.ids import uuid7
from tests.agent_console.chats import say

PATH = "/console/failures"
ORDER = "ORDER BY provider_at DESC, seq DESC LIMIT 51"


async def failed(chat, text="Hi", **facts):
    usual = {"state": "failed", "error_code": "blocked", "error_text": "The customer blocked us."}
    content = {"type": "text", "text": text}
    return await say(chat, text, direction="out", author="bot", content=content, **(usual | facts))


async def sent(site):
    return await site.db.screens.fetchval("SELECT count(*) FROM outbox")


async def entries(site):
    return await site.db.screens.fetch(
        "SELECT subject, member_id FROM audit_entry WHERE action = 'message.sent_again' ORDER BY at, id"
    )


async def test_each_failure_has_its_cause_and_the_way_to_its_message(site, sue):
    chat = await site.chat("<b>Mei</b>")
    key = await failed(chat, "<script>alert(1)</script>", error_text="<i>no</i>")
    unclear = await failed(chat, "Maybe", state="unknown", error_code="unknown")
    page = await sue.text(PATH)
    assert f'href="/console/inbox/{chat.id}?at={key}"' in page
    assert "<script>alert" not in page
    assert "<b>Mei" not in page
    assert "&lt;i&gt;no&lt;/i&gt;" in page
    assert "The platform gave no answer. It may have arrived" in page
    assert f'name="message" value="{unclear}"' not in page
    assert f'name="one" value="{unclear}"' in page


async def test_the_list_is_narrowed_by_state_account_and_cause(site, sue):
    chat = await site.chat()
    other = await site.chat("Tom", account=await site.account("messenger", "page"))
    await failed(chat, "first")
    await failed(chat, "second", state="unknown", error_code="timeout")
    await failed(other, "third", error_code="window_closed")
    await failed(chat, "fourth", error_code="taken_over")
    await failed(chat, "fifth", error_code="resent")
    await failed(chat, "sixth", state="sent", error_code="")

    async def shown(query):
        page = await sue.words(f"{PATH}/rows?{query}")
        return [
            one for one in ["first", "second", "third", "fourth", "fifth", "sixth"] if one in page
        ]

    assert await shown("") == ["first", "second", "third"]
    assert await shown("state=unknown") == ["second"]
    assert await shown(f"account={other.account.id}") == ["third"]
    assert await shown("cause=blocked") == ["first"]
    assert await shown("cause=taken_over") == ["fourth"]
    assert await shown("state=x&account=y&before=z") == ["first", "second", "third"]


async def test_a_page_holds_fifty_and_leads_to_the_older_ones(site, sue):
    chat = await site.chat()
    for number in range(51):
        await failed(chat, f"no{number:03}", later=timedelta(seconds=number))
    page = await sue.text(PATH)
    assert page.count('data-role="failure"') == 50
    assert "no000" not in page
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    page = await sue.text(older)
    assert page.count('data-role="failure"') == 1
    assert "no000" in page


async def test_all_that_is_safe_goes_out_once_and_is_told_one_by_one(site, sue):
    chat = await site.chat()
    safe = [await failed(chat, f"good {n}") for n in range(2)]
    unclear = await failed(chat, "unclear", state="unknown", error_code="timeout")
    form = {"do": "shown", "shown": [str(key) for key in (*safe, unclear, uuid7())]}
    for _ in range(2):
        page = await (await sue.act(f"{PATH}/again", **form)).text()
        assert "2 messages sent again." in page
        assert "2 skipped:" in page
        assert "It may have arrived: send it again by its own button." in page
        assert "There is no such message." in page
    assert await sent(site) == 2
    assert {(row["subject"], row["member_id"]) for row in await entries(site)} == {
        (str(key), site.sue) for key in safe
    }
    assert "good" not in await sue.words(PATH)


async def test_an_unclear_one_goes_by_its_own_button_and_the_thread_makes_no_second(site, sue):
    chat = await site.chat()
    key = await failed(chat, state="unknown", error_code="timeout")
    assert (await sue.act(f"{PATH}/again", one=str(key))).status == 200
    thread = f"/console/inbox/{chat.id}"
    await sue.act(f"{thread}/messages/{key}/again", form_id=f"again-{key}")
    assert await sent(site) == 1
    page = await sue.text(thread)
    assert "This message was already sent again." in page
    assert "send-again" not in page
    await site.member("Tom", "service_agent")
    tom = await site.browser("tom@tea.example")
    page = await (await tom.act(f"{PATH}/again", one=str(key))).text()
    assert "This message was already sent again." in page
    assert await sent(site) == 1


async def test_what_may_not_be_sent_again_is_skipped_and_says_why(site, sue):
    whatsapp = await site.account("whatsapp", "tea")
    closed = await site.chat("Aiko", account=whatsapp, ago=timedelta(hours=25))
    chat = await site.chat()
    late, silenced = await failed(closed), await failed(chat, error_code="taken_over")
    assert 'name="one"' not in await sue.text(PATH)
    page = await (await sue.act(f"{PATH}/again", message=[str(late), str(silenced)])).text()
    assert "The time to answer on this channel is over." in page
    assert "A person took over before the bot could send this." in page
    assert await sent(site) == 0
    assert await entries(site) == []


async def test_another_workspaces_message_does_not_exist(site, sue):
    theirs = await site.account("line", "rival", site.rival)
    strange = await site.chat("Stranger", account=theirs)
    key = await failed(strange, "secret")
    assert "secret" not in await sue.words(PATH)
    page = await (await sue.act(f"{PATH}/again", one=str(key))).text()
    assert "There is no such message." in page
    assert "secret" not in page
    assert await sent(site) == 0


async def test_nothing_ticked_and_too_many_are_refused_and_without_script_a_page_tells(site, sue):
    assert (await sue.act(f"{PATH}/again", do="ticked")).status == 422
    many = [str(uuid7()) for _ in range(51)]
    assert (await sue.act(f"{PATH}/again", message=many)).status == 422
    key = await failed(await site.chat())
    page = await (await sue.post(f"{PATH}/again", message=str(key))).text()
    assert "1 message sent again." in page
    assert "<main" in page


async def test_the_rail_counts_the_last_week_up_to_99(site, sue):
    chat = await site.chat()
    await failed(chat, later=timedelta(days=-8))
    assert "badge-count" not in await sue.text(f"{PATH}/count")
    for _ in range(100):
        await failed(chat)
    assert "99+" in await sue.text(f"{PATH}/count")


async def test_a_refused_send_and_one_sent_again_are_told_to_the_list(site, sue):
    chat = await site.chat()
    key = await failed(chat)
    await sue.act(f"{PATH}/again", one=str(key))
    kinds = "SELECT count(*) FROM feed WHERE kind = 'failure' AND subject = $1"
    assert await site.db.screens.fetchval(kinds, chat.id) == 1


async def test_the_list_is_read_along_its_index(site):
    async with site.db.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        query = f"EXPLAIN SELECT id FROM message WHERE workspace_id = $1 AND {FAILED} {ORDER}"  # noqa: S608 (constants)
        plan = await tx.fetch(query, site.house)
    assert "message_failures" in str(plan)
