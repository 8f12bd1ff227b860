"""The contact panel: fields, tags, notes and coupons of a customer, changed where they stand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from conversations.actions.attributes import NewAttribute, add_attribute
from conversations.attributes import attributes
from conversations.channel import Profile
from conversations.profiles import Unknown, store_profiles
from runtime.ids import uuid7
from tests.agent_console.chats import say
from tests.agent_console.site import plain

XSS = '"><script>alert(1)</script>'
TYPES = {"City": "text", "Visits": "number", "Birthday": "date", "Member": "yes_no"}


@pytest.fixture
async def stranger(site):
    await site.member("Eve", "admin", site.rival)
    return await site.browser("eve@rival.example")


def address(chat, path):
    return f"/console/contacts/{chat.contact}/{path}?chat={chat.id}"


async def save(browser, chat, field, value):
    answer = await browser.act(address(chat, f"fields/{field}"), value=value)
    assert answer.status == 200, answer.status
    return await answer.text()


async def stored(site, chat):
    row = await site.db.screens.fetchrow("SELECT * FROM contact WHERE id = $1", chat.contact)
    return dict(row)


async def fields(site):
    async with site.db.transaction() as tx:
        for label, kind in TYPES.items():
            new = NewAttribute(workspace_id=site.house, label=label, type=kind)
            await add_attribute(tx, new, site.clock.now())
    return {row.label: row.id for row in await attributes(site.db.screens, site.house)}


async def told(site):
    rows = await site.db.screens.fetch(
        "SELECT action, detail FROM audit_entry WHERE action LIKE 'contact.%' ORDER BY id"
    )
    return [(row["action"], row["detail"]) for row in rows]


async def heard(site):
    rows = await site.db.screens.fetch("SELECT kind, subject FROM feed ORDER BY id")
    return {(row["kind"], row["subject"]) for row in rows}


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("name", "  Lin   Mei ", "Lin Mei"),
        ("phone", "+886 912-345 678", "+886912345678"),
        ("phone", "(02) 2345.6789", "0223456789"),
        ("phone", "００８８６９１２３４５６７８", "+886912345678"),
        ("email", " mei@tea.example ", "mei@tea.example"),
        ("language", "ja", "ja"),
    ],
)
async def test_a_field_is_stored_as_people_mean_it(site, sue, field, typed, kept):
    chat = await site.chat()
    page = await save(sue, chat, field, typed)
    assert (await stored(site, chat))[field] == kept
    assert "field-saved" in page
    assert await told(site) == [("contact.edited", {"field": field})]
    assert {("contact", chat.contact), ("conversation", chat.id)} <= await heard(site)


async def test_what_stands_there_already_is_no_change(site, sue):
    chat = await site.chat("Mei")
    await save(sue, chat, "name", "Mei ")
    assert await told(site) == []


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("name", "x" * 201, "That is too long"),
        ("phone", "ask her mother", "Write a phone number"),
        ("phone", "123", "Write a phone number"),
        ("email", "mei at tea", "Write an e-mail address"),
        ("email", "mei@tea.example\x7f", "Write an e-mail address"),
        ("language", "klingon", "Choose one of the languages"),
    ],
)
async def test_what_cannot_be_stored_is_said_at_its_field_and_stays_typed(
    site, sue, field, typed, why
):
    chat = await site.chat("Mei")
    before = await stored(site, chat)
    page = await save(sue, chat, field, typed)
    assert why in plain(page)
    assert re.search(rf'id="contact-{field}"[^>]*aria-describedby="why-{field}"', page)
    assert 'data-inline="contact"' in page  # what refreshes leaves it alone
    assert await stored(site, chat) == before


async def test_a_value_is_taken_away_by_emptying_its_field(site, sue):
    chat = await site.chat("Mei")
    await save(sue, chat, "phone", "0912345678")
    await save(sue, chat, "phone", "")
    assert (await stored(site, chat))["phone"] == ""


async def test_the_workspaces_fields_hold_values_of_their_kinds(site, sue):
    chat, ids = await site.chat(), await fields(site)
    typed = {"City": "台北", "Visits": "1,200", "Birthday": "1990-02-28", "Member": "yes"}
    for label, value in typed.items():
        await save(sue, chat, ids[label], value)
    values = {"city": "台北", "visits": 1200, "birthday": "1990-02-28", "member": True}
    assert (await stored(site, chat))["attributes"] == values
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert 'value="1990-02-28"' in page
    await save(sue, chat, ids["Member"], "")
    assert "member" not in (await stored(site, chat))["attributes"]


@pytest.mark.parametrize(
    ("label", "typed", "why"),
    [
        ("City", "x" * 1001, "That is too long"),
        ("Visits", "many", "Write a number"),
        ("Birthday", "28/2/1990", "Write a date"),
        ("Member", "perhaps", "Choose yes or no"),
    ],
)
async def test_a_value_of_another_kind_is_refused_in_words(site, sue, label, typed, why):
    chat, ids = await site.chat(), await fields(site)
    assert why in plain(await save(sue, chat, ids[label], typed))
    assert (await stored(site, chat))["attributes"] == {}


async def test_hostile_words_stay_words(site, sue):
    chat, ids = await site.chat(), await fields(site)
    await save(sue, chat, "name", XSS)
    await save(sue, chat, ids["City"], XSS)
    await sue.act(address(chat, "tags"), value=XSS)
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
    assert "<script>alert" not in page


async def test_a_tag_is_put_on_taken_off_and_noted_in_the_thread(site, sue):
    chat = await site.chat()
    page = await (await sue.act(address(chat, "tags"), value=" vip ")).text()
    assert 'data-role="tag"' in page
    thread = plain(await sue.text(f"/console/inbox/{chat.id}"))
    assert "Sue added the tag vip" in thread
    tag = await site.db.screens.fetchval("SELECT id FROM tag")
    await sue.act(address(chat, f"tags/{tag}/remove"))
    assert "Sue removed the tag vip" in plain(await sue.text(f"/console/inbox/{chat.id}"))
    assert await site.db.screens.fetchval("SELECT count(*) FROM contact_tag") == 0
    assert await told(site) == [
        ("contact.tagged", {"tag": "vip"}),
        ("contact.untagged", {"tag": "vip"}),
    ]


async def test_capitals_make_no_second_tag_and_twice_is_once(site, sue):
    chat = await site.chat()
    for name in ("VIP", "vip", "VIP"):
        await sue.act(address(chat, "tags"), value=name)
    rows = await site.db.screens.fetch("SELECT name FROM tag")
    assert [row["name"] for row in rows] == ["VIP"]
    assert len(await told(site)) == 1


@pytest.mark.parametrize(("name", "why"), [("  ", "Write a name first"), ("x" * 61, "too long")])
async def test_a_tag_needs_a_name_of_some_length(site, sue, name, why):
    chat = await site.chat()
    answer = await sue.act(address(chat, "tags"), value=name)
    assert why in plain(await answer.text())
    assert await site.db.screens.fetchval("SELECT count(*) FROM tag") == 0


async def test_begun_tags_are_completed_from_those_of_the_workspace(site, sue, stranger):
    chat = await site.chat()
    for name in ("coffee", "Iced coffee", "tea"):
        await sue.act(address(chat, "tags"), value=name)
    offered = await (await sue.part("/console/contacts/tags?value=COF")).text()
    assert re.findall(r'value="([^"]+)"', offered) == ["coffee", "Iced coffee"]
    assert (await (await stranger.part("/console/contacts/tags?value=c")).text()).strip() == ""


async def test_who_may_only_read_sees_values_and_changes_nothing(site, sue, mia):
    chat, ids = await site.chat(), await fields(site)
    await save(sue, chat, "phone", "0912345678")
    await save(sue, chat, ids["Member"], "no")
    page = await mia.text(f"/console/inbox/{chat.id}")
    assert "0912345678" in page
    assert "contact-field" not in page
    for path in ("fields/name", "tags", f"tags/{uuid7()}/remove"):
        assert (await mia.act(address(chat, path), value="x")).status == 403


async def test_another_workspaces_customer_does_not_exist(site, sue, stranger):
    chat = await site.chat("Mei")
    await sue.act(address(chat, "tags"), value="vip")
    tag, before = await site.db.screens.fetchval("SELECT id FROM tag"), await stored(site, chat)
    for path in ("fields/name", "tags", f"tags/{tag}/remove"):
        assert (await stranger.act(address(chat, path), value="Ours now")).status == 404
    for path in ("panel", "notes", "coupons"):
        assert (await stranger.part(address(chat, path))).status == 404
    assert await stored(site, chat) == before
    assert await site.db.screens.fetchval("SELECT count(*) FROM contact_tag") == 1


async def test_another_workspaces_field_and_tag_are_of_no_use_here(site, sue, stranger):
    chat = await site.chat("Mei")
    async with site.db.transaction() as tx:
        new = NewAttribute(workspace_id=site.rival, label="Theirs", type="text")
        theirs = await add_attribute(tx, new, site.clock.now())
    assert (await sue.act(address(chat, f"fields/{theirs}"), value="x")).status == 404
    assert (await sue.act(address(chat, "fields/workspace_id"), value="x")).status == 404


async def test_a_form_without_a_script_leads_back_to_the_conversation(site, sue):
    chat = await site.chat("Mei")
    answer = await sue.post(address(chat, "fields/name"), value="Mei Lin")
    assert (answer.status, answer.headers["Location"]) == (303, f"/console/inbox/{chat.id}")
    assert (await sue.post(address(chat, "fields/email"), value="no")).status == 422


async def test_each_channel_tells_its_own_name_picture_and_state(site, sue):
    chat = await site.chat("Mei")
    who = await site.db.screens.fetchrow(
        "SELECT id, account_id, contact_id, external_id FROM channel_identity"
    )
    profile = Profile(name="Mei ✿", picture_url="https://pic.example/mei.jpg")
    async with site.db.transaction() as tx:
        await store_profiles(tx, [(Unknown(*who), profile)], site.clock.now())
        await tx.execute("UPDATE channel_identity SET reachable = false")
    page = await sue.text(f"/console/inbox/{chat.id}")
    line = page[page.index('data-role="identity"') :].partition("</li>")[0]
    assert "Mei ✿" in line
    assert 'src="https://pic.example/mei.jpg"' in line
    assert "blocked us" in line
    assert "last wrote" in line
    assert (await stored(site, chat))["name"] == "Mei"


async def test_a_picture_that_is_no_secure_address_is_not_shown(site, sue):
    chat = await site.chat("Mei")
    await site.db.screens.execute("UPDATE channel_identity SET picture_url = 'javascript:alert(1)'")
    assert "javascript:" not in await sue.text(f"/console/inbox/{chat.id}")


async def test_the_newest_notes_of_all_threads_stand_in_the_panel_and_all_on_a_page(site, sue):
    chat = await site.chat("Mei")
    for n in range(7):
        await say(chat, f"note {n}", direction="own", author="member", kind="note",
                  member=site.sue, later=timedelta(minutes=n))  # fmt: skip
    panel = await (await sue.part(address(chat, "panel"))).text()
    assert re.findall(r"note \d", panel) == [f"note {n}" for n in (6, 5, 4, 3, 2)]
    assert "All notes" in panel
    [way] = re.findall(r'href="(/console/contacts/[^"]+\?kind=note)"', panel)
    every = await sue.text(way)
    assert len(re.findall(r"note \d", every)) == 7
    assert f'href="/console/inbox/{chat.id}?at=' in every


async def test_coupons_stand_with_their_state_and_lead_to_their_record(site, sue, mia):
    chat, coupon = await site.chat("Mei"), await site.coupon(per_contact_limit=9, default_quota=9)
    for n in range(7):
        form = {"coupon": str(coupon), "form_id": f"form-{n:04}"}
        assert (await sue.act(f"/console/inbox/{chat.id}/coupons", **form)).status == 200
    panel = await (await mia.part(address(chat, "panel"))).text()
    assert panel.count('data-role="claim"') == 5
    assert "All coupons" in panel
    assert f"/console/coupons/{coupon}/claims?q=" in panel
    page = await sue.text(address(chat, "coupons"))
    assert page.count('data-role="claim"') == 7
    assert "/claims?q=" not in page  # sees no records


async def test_a_group_shows_nothing_personal(site, sue):
    chat = await site.chat("Mei")
    await site.db.screens.execute(
        "UPDATE conversation SET contact_id = NULL, chat_type = 'group' WHERE id = $1", chat.id
    )
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "In a group nothing personal is shown or sent." in page
    assert "contact-field" not in page
