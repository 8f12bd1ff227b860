"""Merging customers who are one person, and separating them again, as members do it."""

from __future__ import annotations

import pytest

from conversations.actions.receive import Received, receive
from conversations.channel import Inbound, Kind, MessageType
from conversations.reach import by_contact
from conversations.same_person import same_phone
from conversations.search_index import file_contacts
from coupons.audit import audit
from runtime.ids import uuid7
from tests.agent_console.contacts.merged import merge, separate
from tests.agent_console.site import plain

XSS = "<script>alert(1)</script>"


async def put(site, chat, **facts):
    for name, value in facts.items():
        await site.db.screens.execute(
            f"UPDATE contact SET {name} = $2 WHERE id = $1",  # noqa: S608 (names of this file)
            chat.contact,
            value,
        )


async def write(site, chat, text="hello again"):
    inbound = Inbound(
        kind=Kind.MESSAGE,
        message_type=MessageType.TEXT,
        text=text,
        contact_external_id=chat.address,
        external_event_id=uuid7().hex,
        external_message_id=uuid7().hex,
    )
    event = Received(
        inbox_id=1, account=chat.account, inbound=inbound, received_at=site.clock.now()
    )
    async with site.db.transaction() as tx:
        [handled] = await receive(tx, [event], site.clock.now())
    return handled


async def everything(site):
    """Return all that a merge may touch, as it stands."""
    found = {}
    for name, columns, order in (
        ("contact", "*", "id"),
        ("channel_identity", "id, contact_id", "id"),
        ("conversation", "id, contact_id, chat_key", "id"),
        ("contact_tag", "contact_id, tag_id, source, at", "contact_id, tag_id"),
        ("claim", "id, contact_id, request_hash, state", "id"),
        ("contact_merge", "*", "id"),
    ):
        query = f"SELECT {columns} FROM {name} ORDER BY {order}"  # noqa: S608 (names of this file)
        found[name] = [dict(row) for row in await site.db.screens.fetch(query)]
    rows = await site.db.screens.fetch(
        "SELECT coupon_id, subject, period_start, count FROM limit_row WHERE count > 0 ORDER BY 1, 2, 3"
    )
    found["limits"] = [tuple(row) for row in rows]
    return found


async def whose(site, chat):
    return await site.db.screens.fetchval(
        "SELECT contact_id FROM conversation WHERE id = $1", chat.id
    )


async def send(browser, chat, coupon, form):
    return await browser.act(
        f"/console/inbox/{chat.id}/coupons", coupon=str(coupon), form_id=f"form-{form}"
    )


async def test_merged_chats_stay_apart_and_show_one_customer(site, ken, two):
    line, whatsapp = two
    await merge(ken, line, whatsapp)
    assert await whose(site, whatsapp) == line.contact
    assert (await write(site, whatsapp)).conversation_id == whatsapp.id
    assert (await write(site, line)).conversation_id == line.id
    page = await ken.text(f"/console/inbox/{line.id}")
    assert page.count('data-role="identity"') == 2
    assert f'href="/console/inbox/{whatsapp.id}"' in page
    assert "Ken merged the customer Mei Lin with Mei" in plain(page)


async def test_two_chats_of_one_account_stay_two_chats(site, ken):
    first, second = await site.chat("Mei"), await site.chat("Mei 2")
    await merge(ken, first, second)
    handled = await write(site, second)
    assert (handled.conversation_id, handled.contact_id) == (second.id, first.contact)
    rows = await site.db.screens.fetch("SELECT id, address FROM conversation")
    assert {row["id"]: row["address"] for row in rows} == {
        first.id: first.address,
        second.id: second.address,
    }


async def test_what_stands_wins_and_what_is_missing_is_filled(site, ken, two):
    line, whatsapp = two
    await put(site, line, email="mei@tea.example", attributes={"city": "Taipei"})
    await put(site, whatsapp, phone="+886912345678", email="x@y.example",
              attributes={"city": "Tainan", "member": True})  # fmt: skip
    await merge(ken, line, whatsapp)
    row = await site.db.screens.fetchrow("SELECT * FROM contact")
    assert (row["name"], row["phone"], row["email"]) == ("Mei", "+886912345678", "mei@tea.example")
    assert row["attributes"] == {"city": "Taipei", "member": True}


async def test_separating_restores_everything_exactly(site, ken, two):
    line, whatsapp = two
    coupon = await site.coupon(per_contact_limit=5, default_quota=9)
    for chat, tag in ((line, "vip"), (whatsapp, "vip"), (whatsapp, "latte")):
        await ken.act(f"/console/contacts/{chat.contact}/tags?chat={chat.id}", value=tag)
    await put(site, line, email="mei@tea.example", attributes={"city": "Taipei"})
    await put(site, whatsapp, phone="+886912345678", attributes={"member": True})
    await send(ken, line, coupon, "00001")
    await send(ken, whatsapp, coupon, "00002")
    before = await everything(site)
    await merge(ken, line, whatsapp)
    merged = await everything(site)
    assert [row["contact_id"] for row in merged["claim"]] == [line.contact] * 2
    assert len(merged["contact_tag"]) == 2
    await separate(site, ken, line)
    assert await everything(site) == before


async def test_what_came_since_goes_with_the_chat_it_came_in(site, ken, two):
    line, whatsapp = two
    coupon = await site.coupon(per_contact_limit=5, default_quota=9)
    await merge(ken, line, whatsapp)
    await send(ken, whatsapp, coupon, "00001")
    await send(ken, line, coupon, "00002")
    await ken.act(f"/console/contacts/{line.contact}/tags?chat={line.id}", value="new")
    await ken.act(
        f"/console/contacts/{line.contact}/fields/phone?chat={line.id}", value="0223456789"
    )
    await separate(site, ken, line)
    rows = await site.db.screens.fetch("SELECT contact_id, conversation_id FROM claim")
    assert {row["conversation_id"]: row["contact_id"] for row in rows} == {
        line.id: line.contact,
        whatsapp.id: whatsapp.contact,
    }
    assert (await write(site, whatsapp)).contact_id == whatsapp.contact
    phones = await site.db.screens.fetch("SELECT id, phone FROM contact")
    assert {row["id"]: row["phone"] for row in phones} == {
        line.contact: "0223456789",
        whatsapp.contact: "",
    }


async def test_a_limit_counts_the_claims_of_both_and_gives_back_after_separating(site, ken, two):
    line, whatsapp = two
    coupon = await site.coupon(per_contact_limit=2, default_quota=9)
    await send(ken, line, coupon, "00001")
    await send(ken, whatsapp, coupon, "00002")
    await merge(ken, line, whatsapp)
    refused = await send(ken, line, coupon, "00003")
    assert (refused.status, await refused.text()) == (409, "This customer already has it.")
    assert [books.faults for books in await audit(site.db.screens, coupon)] == [()]
    await separate(site, ken, line)
    assert (await send(ken, line, coupon, "00004")).status == 200
    assert [books.faults for books in await audit(site.db.screens, coupon)] == [()]


async def test_a_form_sent_again_after_the_merge_is_the_same_claim(site, ken, two):
    line, whatsapp = two
    coupon = await site.coupon(per_contact_limit=5, default_quota=9)
    await send(ken, whatsapp, coupon, "00001")
    await merge(ken, line, whatsapp)
    assert (await send(ken, whatsapp, coupon, "00001")).status == 200
    assert await site.db.screens.fetchval("SELECT count(*) FROM claim") == 1


async def test_three_merged_in_a_chain_come_apart_one_after_the_other(site, ken, two):
    line, whatsapp = two
    third = await site.chat("Mei 3")
    before = await everything(site)
    await merge(ken, whatsapp, third)
    await merge(ken, line, whatsapp)
    assert (await write(site, third)).contact_id == line.contact
    inner = await site.db.screens.fetchval(
        "SELECT id FROM contact_merge WHERE gone_id = $1", third.contact
    )
    refused = await ken.post(f"/console/contacts/{line.contact}/merges/{inner}/separate")
    assert refused.status == 409
    await separate(site, ken, line)
    assert await whose(site, third) == whatsapp.contact
    await separate(site, ken, whatsapp)
    after = await everything(site)
    assert after == before


async def test_an_old_id_finds_who_stands_for_them(site, ken, two):
    line, whatsapp = two
    await merge(ken, line, whatsapp)
    found = await by_contact(site.db.screens, site.house, whatsapp.contact)
    assert found.contact_id == line.contact
    assert await by_contact(site.db.screens, site.rival, whatsapp.contact) is None
    saved = await ken.act(f"/console/contacts/{whatsapp.contact}/fields/name", value="Mei L.")
    assert saved.status == 200
    assert await site.db.screens.fetchval("SELECT name FROM contact") == "Mei L."


async def test_an_old_address_leads_to_the_page_of_who_stands_for_them(site, ken, two):
    line, whatsapp = two
    await merge(ken, line, whatsapp)
    answer = await ken.get(f"/console/contacts/{whatsapp.contact}")
    assert (answer.status, answer.headers["Location"]) == (303, f"/console/contacts/{line.contact}")
    assert "Mei" in await ken.words(answer.headers["Location"])
    open_page = await ken.part(f"/console/contacts/{whatsapp.contact}/timeline")
    assert open_page.headers["HX-Redirect"] == f"/console/contacts/{line.contact}"
    assert (await ken.get(f"/console/contacts/{uuid7()}")).status == 404
    await site.member("Rex", "admin", site.rival)
    rex = await site.browser("rex@rival.example")
    assert (await rex.get(f"/console/contacts/{whatsapp.contact}")).status == 404


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+886912345678", "0912-345-678", True),
        ("+886 912 345 678", "00886912345678", True),
        ("0912345678", "0912 345 678", True),
        ("+819012345678", "09012345678", True),
        ("+886912345678", "+81912345678", False),
        ("912345678", "0912345678", True),
        ("+886912345678", "0912345679", False),
        ("12345", "12345", False),
        ("", "", False),
    ],
)
def test_a_number_is_the_same_for_the_world_and_for_its_country(one, other, same):
    assert same_phone(one, other) is same
    assert same_phone(other, one) is same


async def test_the_same_phone_or_e_mail_asks_whether_it_is_one_person(site, ken, two):
    line, whatsapp = two
    stranger = await site.chat("Bob", account=await site.account("line", "rival", site.rival))
    await put(site, line, phone="0912-345-678")
    for chat in (whatsapp, stranger):
        await put(site, chat, phone="+886912345678")
    page = await ken.text(f"/console/inbox/{line.id}")
    assert page.count('data-role="same"') == 1
    assert "Mei Lin has the same phone number." in plain(page)
    assert f"with={whatsapp.contact}" in page
    await put(site, line, phone="", email="Mei@Tea.example")
    await put(site, whatsapp, email="mei@tea.example")
    assert "has the same e-mail address" in await ken.text(f"/console/inbox/{line.id}")


async def test_the_two_are_compared_with_what_stays_ticked(site, ken, two):
    line, whatsapp = two
    await put(site, whatsapp, name=XSS, phone="+886912345678")
    own = f"/console/contacts/{line.contact}"
    assert f'href="{own}/merge"' in await ken.text(own)
    assert f'href="{own}"' in await ken.text(f"{own}/merge")
    page = await ken.text(f"/console/contacts/{line.contact}/merge?with={whatsapp.contact}")
    assert "<script>alert" not in page
    assert '<td class="wins">+886912345678' in page
    assert f"/console/contacts/{whatsapp.contact}/merge?with={line.contact}" in page


async def test_anybody_is_found_by_hand(site, ken, two):
    line, whatsapp = two
    await put(site, whatsapp, phone="+886912345678")
    async with site.db.transaction() as tx:
        await file_contacts(tx, [line.contact, whatsapp.contact])
    for sought in ("lin", "0912345", "MEI"):
        page = await ken.text(f"/console/contacts/{line.contact}/merge?q={sought}")
        assert page.count('data-role="person"') == 1, sought
    assert "Nobody else" in await ken.text(f"/console/contacts/{line.contact}/merge?q=xyz")


async def test_only_whom_the_table_names_may_merge(site, two):
    line, whatsapp = two
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    await merge(sue, line, whatsapp, status=403)
    assert "merge?" not in await sue.text(f"/console/inbox/{line.id}")
    assert "/merge" not in await sue.text(f"/console/contacts/{line.contact}")


async def test_nobody_is_merged_across_workspaces(site, ken, two):
    line, _ = two
    theirs = await site.chat("Bob", account=await site.account("line", "rival", site.rival))
    before = await everything(site)
    await merge(ken, line, theirs, status=404)
    await merge(ken, theirs, line, status=404)
    page = await ken.get(f"/console/contacts/{line.contact}/merge?with={theirs.contact}")
    assert page.status == 404
    assert await everything(site) == before


async def test_another_workspaces_merge_cannot_be_undone(site, ken, two):
    await merge(ken, *two)
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    await separate(site, eve, two[0], status=404)
    assert await site.db.screens.fetchval("SELECT count(*) FROM contact") == 1


async def test_one_and_the_same_and_nobody_are_refused(site, ken, two):
    await merge(ken, two[0], two[0], status=422)
    answer = await ken.post(f"/console/contacts/{two[0].contact}/merge", **{"with": "?"})
    assert answer.status == 422


async def test_who_is_blocked_is_not_merged_with_who_is_not(site, ken, two):
    line, whatsapp = two
    await put(site, whatsapp, blocked_at=site.clock.now())
    assert "One of the two is blocked" in plain(await merge(ken, line, whatsapp, status=409))
    await put(site, line, erased_at=site.clock.now())
    assert "erased" in plain(await merge(ken, line, whatsapp, status=409))


async def test_both_deeds_are_told_to_the_audit_log_and_the_feed(site, ken, two):
    line, whatsapp = two
    await merge(ken, line, whatsapp)
    await separate(site, ken, line)
    rows = await site.db.screens.fetch(
        "SELECT action, member_id, subject, detail FROM audit_entry WHERE action LIKE 'contact.%' ORDER BY id"
    )
    other = {"other": str(whatsapp.contact)}
    assert [tuple(row) for row in rows] == [
        ("contact.merged", site.ken, str(line.contact), other),
        ("contact.unmerged", site.ken, str(line.contact), other),
    ]
    heard = await site.db.screens.fetch("SELECT DISTINCT subject FROM feed WHERE kind = 'contact'")
    assert {row["subject"] for row in heard} == {line.contact, whatsapp.contact}


async def test_the_audit_log_names_the_customer_who_went(site, ken, two):
    line, whatsapp = two
    await site.member("Ann", "admin")
    ann = await site.browser("ann@tea.example")
    await merge(ken, line, whatsapp)
    log = await ann.words("/console/settings/audit")
    assert "Ken merged customers into Mei" in log
    assert "Mei Lin" in log
    assert str(whatsapp.contact) not in log


async def test_every_table_that_points_at_contacts_is_carried(site):
    """Whatever points at a contact would be deleted with the one who goes, were it not moved before."""
    rows = await site.db.screens.fetch(
        "SELECT conrelid::regclass::text AS name FROM pg_constraint WHERE confrelid = 'contact'::regclass"
    )
    moved = {"channel_identity", "conversation", "contact_tag", "claim", "contact_merge"}
    made_anew = {"search_contact"}
    assert {row["name"] for row in rows} == moved | made_anew
