"""Invitations and links for a new password: good once, for a while, for nobody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from runtime.ids import uuid7
from tests.agent_console.people.ways_in import NEW_PASSWORD, link_on, set_up
from tests.agent_console.site import FROM_US, PASSWORD

MEMBERS = "/console/settings/members"
INVITE = "/console/settings/members/invitations"


async def invite(ann, email="kim@tea.example", role="seller", **more):
    answer = await ann.post(INVITE, email=email, role=role, **more)
    assert answer.status == 200
    return await link_on(answer)


async def accept(site, link, name="Kim", password=NEW_PASSWORD):
    browser = await site.browser()
    return browser, await browser.post(link, name=name, password=password)


async def test_an_invited_person_sets_name_and_password_and_is_in(site, ann):
    link = await invite(ann)
    kim = await site.browser()
    page = await kim.words(link)
    assert "Join Tea house" in page
    assert "invited as seller" in page
    assert "At least 10 characters" in page
    kim, answer = await accept(site, link)
    assert (answer.status, answer.headers["Location"]) == (303, "/console/inbox")
    assert "Kim" in await kim.words("/console/inbox")
    row = await site.db.screens.fetchrow("SELECT * FROM member WHERE email = 'kim@tea.example'")
    assert (row["name"], row["role"], row["workspace_id"]) == ("Kim", "seller", site.house)
    told = await site.db.screens.fetch(
        "SELECT action FROM audit_entry WHERE action LIKE 'member.%'"
    )
    assert {"member.invited", "member.joined"} <= {row["action"] for row in told}


async def test_a_link_works_once_also_for_two_at_once_and_is_stored_nowhere(site, ann):
    link = await invite(ann)
    stored = await site.db.screens.fetchval("SELECT token_hash FROM invitation")
    assert link.rpartition("/")[2].encode() not in stored
    assert link not in await ann.text(MEMBERS)
    answers = await asyncio.gather(*(accept(site, link, name) for name in ("Kim", "Tom")))
    assert sorted(answer.status for _, answer in answers) == [303, 404]
    assert (await (await site.browser()).get(link)).status == 404
    members = "SELECT count(*) FROM member WHERE email = 'kim@tea.example'"
    assert await site.db.screens.fetchval(members) == 1


async def test_looking_at_a_link_does_not_use_it_up(site, ann):
    link = await invite(ann)
    preview = await site.browser()
    for _ in range(3):
        assert (await preview.get(link)).status == 200
    assert (await accept(site, link))[1].status == 303


async def test_a_link_ends_after_a_week_when_withdrawn_and_when_a_newer_one_is_made(site, ann):
    first = await invite(ann)
    key = await site.db.screens.fetchval("SELECT id FROM invitation")
    second = await link_on(await ann.post(f"{INVITE}/{key}/renew"))
    assert (await accept(site, first))[1].status == 404
    site.clock.advance(timedelta(days=7))
    assert (await accept(site, second))[1].status == 404
    assert "the link is over" in await ann.words(MEMBERS)
    third = await link_on(await ann.post(f"{INVITE}/{key}/renew"))
    assert (await ann.post(f"{INVITE}/{key}/withdraw")).status == 303
    page = await (await accept(site, third))[1].text()
    assert "This link no longer works" in page
    assert (await ann.post(f"{INVITE}/{key}/withdraw")).status == 404
    assert (await ann.post(f"{INVITE}/{uuid7()}/renew")).status == 404


async def test_the_role_is_the_inviters_choice_whatever_the_form_says(site, ann):
    link = await invite(ann, role="verifier")
    browser = await site.browser()
    fields = {"name": "Kim", "password": NEW_PASSWORD, "role": "admin", "email": "boss@tea.example"}
    assert (await browser.post(link, **fields)).headers["Location"] == "/shop"
    row = await site.db.screens.fetchrow("SELECT email, role FROM member WHERE name = 'Kim'")
    assert tuple(row) == ("kim@tea.example", "verifier")


async def test_links_of_an_admin_who_is_one_no_longer_let_nobody_in(site, ann):
    bob = (await site.member("Bob", "admin")).id
    link = await invite(await site.browser("bob@tea.example"), role="admin")
    assert (await ann.post(f"{MEMBERS}/{bob}/role", role="seller")).status == 303
    assert (await accept(site, link))[1].status == 404


async def test_stores_come_with_the_invitation_of_who_works_in_them(site, ann):
    store = uuid7()
    await site.db.screens.execute(
        "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, 'Xinyi', '', '')",
        *(store, site.house),
    )
    await accept(site, await invite(ann, store=str(store)))
    assert await site.db.screens.fetchval("SELECT store_id FROM member_store") == store
    strange = await ann.post(INVITE, email="x@tea.example", role="seller", store=str(uuid7()))
    assert strange.status == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "kim"}, "This is not an e-mail address"),
        ({"email": "kim@tea.example\r\nBcc: all@evil.example"}, "This is not an e-mail address"),
        ({"role": "queen"}, "Choose a role"),
        ({"role": ""}, "Choose a role"),
        ({"email": "ANN@tea.example "}, "This person is a member already"),
    ],
)
async def test_an_invitation_that_cannot_be_made_says_why(site, ann, fields, told):
    answer = await ann.post(INVITE, **({"email": "kim@tea.example", "role": "seller"} | fields))
    assert answer.status == 422
    assert told in await answer.text()
    assert await site.db.screens.fetchval("SELECT count(*) FROM invitation") == 0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "short"}, "Use at least 10 characters"),
        ({"password": "x" * 201}, "Use at most 200 characters"),
        ({"password": "Password123!"}, "guessed first"),
        ({"password": "kim@tea.example"}, "Do not use your name"),
        ({"name": "Kim Possible", "password": "kimpossible"}, "Do not use your name"),
        ({"name": " \t\u202e "}, "Write your name"),
    ],
)
async def test_what_cannot_be_used_is_told_and_the_link_stays_good(site, ann, fields, told):
    link = await invite(ann)
    kim, answer = await accept(site, link, **fields)
    assert answer.status == 422
    assert told in await answer.text()
    assert (await kim.post(link, name="Kim", password=NEW_PASSWORD)).status == 303


async def test_a_letter_with_the_link_carries_no_header_of_somebody_elses_making(site, ann):
    answer = await ann.post(INVITE, email="k?bcc=evil@x.example&body=a@tea.example", role="seller")
    assert answer.status == 422
    answer = await ann.post(INVITE, email="k?cc=e&body=x@tea.example", role="seller")
    html = await answer.text()
    assert "mailto:k%3Fcc%3De%26body%3Dx@tea.example?subject=Join%20Tea%20house" in html


async def test_another_site_cannot_join_or_reset_in_somebodys_name(site, ann, sue):
    invited = await invite(ann)
    reset = await link_on(await ann.post(f"{MEMBERS}/{site.sue}/password"))
    stranger = await site.browser()
    for path in (invited, reset):
        data = {"name": "Kim", "password": NEW_PASSWORD}
        answer = await stranger.client.post(
            path, data=data, headers={"Origin": "https://evil.example"}, allow_redirects=False
        )
        assert answer.status == 403


async def test_a_password_link_sets_a_new_one_and_ends_every_session(site, ann, sue):
    link = await link_on(await ann.post(f"{MEMBERS}/{site.sue}/password"))
    stranger = await site.browser()
    assert "sue@tea.example" in await stranger.words(link)
    weak = await stranger.post(link, password="1234567890")
    assert (weak.status, "guessed first" in await weak.text()) == (422, True)
    answer = await stranger.post(link, password=NEW_PASSWORD)
    assert answer.headers["Location"] == "/console/login?told=password"
    assert "Your new password is set" in await stranger.words(answer.headers["Location"])
    assert (await stranger.get("/console/inbox")).status == 303
    assert (await sue.get("/console/inbox")).status == 303
    assert (await sue.sign_in("sue@tea.example", PASSWORD)).status == 401
    assert (await sue.sign_in("sue@tea.example", NEW_PASSWORD)).status == 303
    assert (await stranger.post(link, password=NEW_PASSWORD)).status == 404
    assert (await stranger.get(link)).status == 404


async def test_a_password_link_is_good_for_a_day_and_ends_with_a_newer_or_a_deactivation(
    site, ann, sue
):
    path = f"{MEMBERS}/{site.sue}/password"
    old = await link_on(await ann.post(path))
    new = await link_on(await ann.post(path))
    stranger = await site.browser()
    assert (await stranger.get(old)).status == 404
    site.clock.advance(timedelta(days=1))
    assert (await stranger.post(new, password=NEW_PASSWORD)).status == 404
    last = await link_on(await ann.post(path))
    assert (await ann.post(f"{MEMBERS}/{site.sue}/deactivate")).status == 303
    assert (await stranger.get(last)).status == 404
    assert (await ann.post(path)).status == 404


async def test_a_new_password_by_link_does_not_get_around_the_second_step(site, ann, sue):
    await set_up(site, sue)
    link = await link_on(await ann.post(f"{MEMBERS}/{site.sue}/password"))
    stranger = await site.browser()
    await stranger.post(link, password=NEW_PASSWORD)
    answer = await stranger.sign_in("sue@tea.example", NEW_PASSWORD)
    assert answer.headers["Location"].startswith("/console/login/code")
    assert (await stranger.get("/console/inbox")).status == 303


async def test_a_huge_form_is_refused(site, ann):
    link = await invite(ann)
    answer = await (await site.browser()).client.post(
        link, data={"name": "x" * 300_000}, headers=FROM_US
    )
    assert answer.status == 413
