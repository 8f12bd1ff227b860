"""The members as an admin looks after them: roles, stores, leaving, and who may not be left without."""

from __future__ import annotations

import asyncio

import pytest

from runtime.ids import uuid7
from tests.agent_console.people.ways_in import set_up

MEMBERS = "/console/settings/members"


async def value(site, query, *values):
    return await site.db.screens.fetchval(query, *values)


async def test_everybody_stands_in_the_list_with_role_state_and_when_they_were_seen(site, ann, sue):
    await set_up(site, sue)
    await site.member("Eve", "admin", site.rival)
    page = await ann.words(MEMBERS)
    assert "Sue sue@tea.example service agent on 13:00 active" in page
    assert "Ann you ann@tea.example admin off 13:00 active" in page
    assert "Eve" not in page


async def test_a_role_and_the_stores_are_changed_and_other_roles_have_no_store(site, ann, sue):
    store = uuid7()
    await site.db.screens.execute(
        "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, 'Xinyi', '', '')",
        *(store, site.house),
    )
    path = f"{MEMBERS}/{site.sue}"
    answer = await ann.post(f"{path}/role", role="seller", store=str(store))
    assert answer.headers["Location"] == path
    assert await value(site, "SELECT store_id FROM member_store") == store
    assert "seller Xinyi" in await ann.words(MEMBERS)
    await ann.post(f"{path}/role", role="supervisor", store=str(store))
    assert await value(site, "SELECT count(*) FROM member_store") == 0
    for role in ("queen", ""):
        answer = await ann.post(f"{path}/role", role=role)
        assert (answer.status, "Choose a role" in await answer.text()) == (422, True)
    assert await value(site, "SELECT role FROM member WHERE id = $1", site.sue) == "supervisor"


async def test_a_new_role_holds_at_once_in_an_open_session(site, ann, sue):
    assert (await sue.get("/console/accounts")).status == 403
    await ann.post(f"{MEMBERS}/{site.sue}/role", role="admin")
    assert (await sue.get("/console/accounts")).status == 200


@pytest.mark.parametrize(
    ("verb", "fields"), [("deactivate", {}), ("role", {"role": "service_agent"})]
)
async def test_the_last_admin_is_told_to_name_another_first(site, ann, sue, verb, fields):
    me = await value(site, "SELECT id FROM member WHERE name = 'Ann'")
    answer = await ann.post(f"{MEMBERS}/{me}/{verb}", **fields)
    assert (answer.status, "needs an admin" in await answer.text()) == (422, True)
    assert (await ann.get(MEMBERS)).status == 200


@pytest.mark.parametrize(
    ("verb", "fields"), [("deactivate", {}), ("role", {"role": "service_agent"})]
)
async def test_of_two_admins_who_remove_each_other_at_once_one_stays(site, ann, verb, fields):
    await site.member("Bob", "admin")
    bob = await site.browser("bob@tea.example")
    ids = dict(await site.db.screens.fetch("SELECT name, id FROM member"))
    answers = await asyncio.gather(
        ann.post(f"{MEMBERS}/{ids['Bob']}/{verb}", **fields),
        bob.post(f"{MEMBERS}/{ids['Ann']}/{verb}", **fields),
    )
    assert 303 in {answer.status for answer in answers}
    left = "SELECT count(*) FROM member WHERE role = 'admin' AND active AND workspace_id = $1"
    assert await value(site, left, site.house) == 1


async def test_leaving_ends_sessions_hands_conversations_back_and_keeps_the_history(site, ann, sue):
    mine = await site.chat("Mei Lin", status="in_progress", assignee=site.sue)
    later = await site.chat("Tom Baker", status="snoozed", assignee=site.sue)
    other = await site.chat("Lin", status="bot")
    path = f"{MEMBERS}/{site.sue}"
    answer = await ann.post(f"{path}/deactivate")
    assert answer.headers["Location"] == f"{path}?given=2"
    assert "2 conversations went back" in await ann.words(answer.headers["Location"])
    assert (await sue.get("/console/inbox")).status == 303
    assert (await sue.sign_in("sue@tea.example")).status == 401
    rows = await site.db.screens.fetch(
        "SELECT id, status, assignee_id, waiting_since IS NOT NULL AS waits FROM conversation"
    )
    state = {row["id"]: (row["status"], row["assignee_id"], row["waits"]) for row in rows}
    assert state[mine.id] == ("waiting", None, True)
    assert state[later.id][:2] == ("snoozed", None)
    assert state[other.id][:2] == ("bot", None)
    told = (
        "SELECT count(*) FROM audit_entry WHERE action = 'conversation.assigned' AND subject = $1"
    )
    assert await value(site, told, str(mine.id)) == 1
    assert "deactivated" in await ann.words(MEMBERS)
    assert (await ann.post(f"{path}/reactivate")).status == 303
    assert (await sue.sign_in("sue@tea.example")).status == 303


async def test_who_may_no_longer_answer_gives_their_conversations_back(site, ann, sue):
    chat = await site.chat(status="in_progress", assignee=site.sue)
    path = f"{MEMBERS}/{site.sue}/role"
    assert (await ann.post(path, role="supervisor")).headers["Location"].endswith(str(site.sue))
    assert await value(site, "SELECT assignee_id FROM conversation") == site.sue
    assert (await ann.post(path, role="marketer")).headers["Location"].endswith("?given=1")
    row = await site.db.screens.fetchrow("SELECT status, assignee_id FROM conversation")
    assert tuple(row) == ("waiting", None), chat.id


async def test_a_lost_device_is_signed_out_and_the_admin_stays_in(site, ann, sue):
    assert (await ann.post(f"{MEMBERS}/{site.sue}/sign-out")).status == 303
    assert (await sue.get("/console/inbox")).status == 303
    me = await value(site, "SELECT id FROM member WHERE name = 'Ann'")
    other = await site.browser("ann@tea.example")
    assert (await ann.post(f"{MEMBERS}/{me}/sign-out")).status == 303
    assert (await ann.get(MEMBERS)).status == 200
    assert (await other.get(MEMBERS)).status == 303


async def test_another_workspaces_members_are_not_there(site, ann):
    eve = (await site.member("Eve", "service_agent", site.rival)).id
    evil = await site.browser("eve@rival.example")
    verbs = ("role", "password", "two-steps", "sign-out", "deactivate", "reactivate")
    assert (await ann.get(f"{MEMBERS}/{eve}")).status == 404
    for verb in verbs:
        answer = await ann.post(f"{MEMBERS}/{eve}/{verb}", role="seller")
        assert answer.status == 404, verb
    assert (await evil.get("/console/inbox")).status == 200
    assert await value(site, "SELECT role FROM member WHERE id = $1", eve) == "service_agent"


async def test_every_change_by_an_admin_stands_in_the_log(site, ann, sue):
    path = f"{MEMBERS}/{site.sue}"
    await ann.post(f"{path}/role", role="seller")
    for verb in ("password", "sign-out", "deactivate", "reactivate"):
        await ann.post(f"{path}/{verb}")
    rows = await site.db.screens.fetch(
        "SELECT action FROM audit_entry WHERE subject = $1 AND action LIKE 'member.%' ORDER BY id",
        str(site.sue),
    )
    assert [row["action"].removeprefix("member.") for row in rows] == [
        "role_changed",
        "stores_set",
        "password_link_made",
        "sessions_ended",
        "deactivated",
        "reactivated",
    ]
