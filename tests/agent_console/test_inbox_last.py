"""The inbox opens with what its member chose last; a plain link leads back to all of it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from agent_console.inbox_list import choice_of
from conversations.actions.tag import TagPut, put_tags
from runtime.errors import Invalid
from runtime.ids import uuid7
from team.actions import choose_list
from tests.statements import seen_by

INBOX = "/console/inbox"


async def opened(browser, path=INBOX):
    answer = await browser.get(path)
    return (answer.status, answer.headers.get("Location"))


async def test_an_address_without_a_choice_opens_the_last_one_of_this_member(site, sue):
    await site.member("Ken", "service_agent")
    ken = await site.browser("ken@tea.example")
    chat = await site.chat("Mei", status="waiting")
    kept = "?view=unassigned&status=waiting&channel=line&sort=waiting"
    await sue.text(INBOX + kept)
    assert await opened(sue) == (303, INBOX + kept)
    at = f"{INBOX}/{chat.id}"
    assert await opened(sue, at + "?at=1") == (303, f"{at}?at=1&{kept[1:]}")
    assert await opened(ken) == (200, None)


async def test_all_is_chosen_by_name_and_remembered_as_well(site, sue):
    chat = await site.chat("Mei")
    page = await sue.text(INBOX + "?unread=1&status=waiting")
    assert page.count('href="/console/inbox?view=all"') == 2
    again = await sue.text(INBOX + "?view=all")
    assert f'href="/console/inbox/{chat.id}?view=all"' in again
    assert "Show all" not in again
    assert await opened(sue) == (200, None)


async def test_a_script_remembers_a_choice_without_opening_a_page(site, sue):
    assert (await sue.act(INBOX + "/choice", view="mine", status="<b>", unread="")).status == 204
    assert await opened(sue) == (303, INBOX + "?view=mine")
    assert (await sue.act(INBOX + "/choice", view="all")).status == 204
    assert await opened(sue) == (200, None)


async def test_what_was_searched_and_what_parts_ask_for_is_not_remembered(site, sue):
    await sue.text(INBOX + "?view=mine")
    await sue.text(INBOX + "?view=mine&q=Mei&status=closed")
    await sue.part(INBOX + "/list?part=rows&status=snoozed")
    await sue.part(INBOX + "?status=snoozed")
    assert await opened(sue) == (303, INBOX + "?view=mine")


@pytest.mark.parametrize("link", ["?blocked=1", "?view=all&member={sue}&status=closed"])
async def test_a_link_to_few_conversations_changes_nothing_for_long(site, sue, link):
    """A figure leads to a colleague's; a customer may send one to the blocked ones."""
    await sue.text(INBOX + "?view=mine")
    await sue.text(INBOX + link.format(sue=site.sue))
    assert await opened(sue) == (303, INBOX + "?view=mine")


async def test_a_tag_an_account_or_a_colleague_gone_meanwhile_is_left_out(site, sue):
    chat = await site.chat("Mei")
    ken = await site.member("Ken", "service_agent")
    async with site.db.transaction() as tx:
        await put_tags(tx, [TagPut(site.house, chat.contact, "vip", "member")], site.clock.now())
    tag = await site.db.screens.fetchval("SELECT id FROM tag")
    chosen = f"{INBOX}?account={site.line.id}&tag={tag}&member={ken.id}&unread=1"
    facts = {"account": str(site.line.id), "tag": str(tag), "member": str(ken.id), "unread": "1"}
    assert (await sue.act(INBOX + "/choice", **facts)).status == 204
    assert await opened(sue) == (303, chosen)
    await site.db.screens.execute("DELETE FROM contact_tag")
    await site.db.screens.execute("DELETE FROM tag")
    await site.db.screens.execute("UPDATE member SET active = false WHERE id = $1", ken.id)
    assert await opened(sue) == (303, f"{INBOX}?account={site.line.id}&unread=1")


async def test_remembering_costs_a_list_no_statement_unless_the_choice_is_another(site, sue):
    await sue.text(INBOX)
    with seen_by(site.db) as first:
        await sue.text(INBOX + "?view=mine")
    with seen_by(site.db) as later:
        await sue.text(INBOX + "?view=mine")
        await sue.part(INBOX + "/list?view=mine")
    assert choose_list.SET in first
    assert later
    assert choose_list.SET not in later


async def test_a_choice_too_long_to_be_kept_is_refused_and_the_last_one_stays(site, sue):
    await sue.text(INBOX + "?view=mine")
    longest = "v" * choose_list.LONGEST
    with pytest.raises(Invalid, match="too long to be remembered"):
        await choose_list.choose_list(site.db, site.sue, longest + "v")
    assert await opened(sue) == (303, INBOX + "?view=mine")
    await choose_list.choose_list(site.db, site.sue, longest)


def test_whatever_is_chosen_in_the_list_is_short_enough_to_be_kept():
    key = str(uuid7())
    facts = {"view": "unassigned", "status": "in_progress", "channel": "instagram", "unread": "1"}
    chosen = choice_of(
        facts | {"account": key, "tag": key, "member": key, "blocked": "1", "sort": "waiting"}
    )
    assert len(urlencode(chosen.kept)) <= choose_list.LONGEST
