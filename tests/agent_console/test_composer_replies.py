"""The composer: what a slash offers to whom with the words filled in, an answer that closes, what one costs."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from conversations.actions.saved_replies import Draft, Writer, add_reply
from runtime.ids import uuid7


async def keep(site, shortcut, text, *, workspace=None, by=None, **facts):
    writer = Writer(workspace or site.house, by or site.sue, may_share=True)
    async with site.db.transaction() as tx:
        draft = Draft(shortcut=shortcut, text=text, **facts)
        await add_reply(tx, writer, draft, site.clock.now())


async def offered(browser, chat, sought=""):
    answer = await browser.part(f"/console/inbox/{chat.id}/saved-replies?q={sought}")
    assert answer.status == 200
    return await answer.text()


async def test_a_slash_offers_replies_filled_in_for_this_customer(site, sue):
    chat = await site.chat('Mei "><script>')
    add = "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, $3, '', '')"
    await site.db.screens.execute(add, uuid7(), site.house, "Main <b>")
    text = "<i>{name}</i>, {member} of {store} at {workspace}"
    await keep(site, "hello", text, title="Greeting", shared=True)
    await keep(site, "bye", "Bye")
    shown = await offered(sue, chat, "/gree")
    assert "<script>" not in shown
    assert "<i>" not in shown
    assert 'data-text="' in shown
    assert '<i>Mei "><script></i>, Sue of Main <b> at Tea house' in unescape(shown)
    assert "Bye" not in shown


async def test_of_several_stores_none_is_guessed(site, sue):
    chat = await site.chat()
    add = "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, $3, '', '')"
    for name in ("North", "South"):
        await site.db.screens.execute(add, uuid7(), site.house, name)
    await keep(site, "hi", "See you at {store}!")
    assert 'data-text="See you at!"' in await offered(sue, chat)


async def test_replies_of_others_and_of_other_workspaces_are_not_offered(site, sue):
    chat = await site.chat()
    ken = (await site.member("Ken", "supervisor")).id
    ann = (await site.member("Ann", "admin", site.rival)).id
    await keep(site, "kens", "Ken's own", by=ken)
    await keep(site, "theirs", "Theirs", workspace=site.rival, by=ann, shared=True)
    assert "No saved reply yet" in await offered(sue, chat)
    assert "No saved reply fits" in await offered(sue, chat, "%25_" + "x" * 2000)


async def test_one_press_sends_and_closes(site, sue):
    chat = await site.chat(status="waiting")
    form = {"form_id": "form-12345", "text": "Goodbye", "then": "close"}
    for _ in range(2):
        assert (await sue.act(f"/console/inbox/{chat.id}/reply", **form)).status == 200
    seen = "SELECT status, (SELECT count(*) FROM outbox o WHERE o.conversation_id = c.id) AS sent"
    row = await site.db.screens.fetchrow(seen + " FROM conversation c WHERE id = $1", chat.id)
    assert tuple(row) == ("closed", 1)


async def test_an_answer_that_cannot_go_out_leaves_the_conversation_open(site, sue):
    chat = await site.chat(status="waiting")
    form = {"form_id": "form-12345", "text": "x" * 10_000, "then": "close"}
    assert (await sue.act(f"/console/inbox/{chat.id}/reply", **form)).status == 422
    status = "SELECT status FROM conversation WHERE id = $1"
    assert await site.db.screens.fetchval(status, chat.id) == "waiting"


async def test_the_composer_says_what_an_answer_on_line_costs(site, sue):
    chat = await site.chat()
    window = f"/console/inbox/{chat.id}/window"
    costs = "Counts toward the messages of your LINE plan"
    assert costs in await (await sue.part(window)).text()
    lend = "UPDATE conversation SET reply_token = 'token', reply_token_at = $2 WHERE id = $1"
    await site.db.screens.execute(lend, chat.id, site.clock.now())
    free = await (await sue.part(window)).text()
    assert "Free reply" in free
    assert 'hx-trigger="load delay:50s"' in free
    assert costs not in free
    site.clock.advance(timedelta(seconds=50))
    assert costs in await (await sue.part(window)).text()


async def test_a_channel_that_counts_nothing_says_nothing_of_costs(site, sue):
    messenger = await site.account("messenger", "page")
    chat = await site.chat(account=messenger)
    page = await (await sue.part(f"/console/inbox/{chat.id}/window")).text()
    assert "quota" not in page
    assert "window closes in" in page
