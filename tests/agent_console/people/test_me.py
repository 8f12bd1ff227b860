"""One's own account: name, language, password, sessions; and what tries to get at somebody else's."""

from __future__ import annotations

import pytest

from team.actions.sign_in_link import make_link
from tests.agent_console.people.ways_in import NEW_PASSWORD
from tests.agent_console.site import FROM_US, PASSWORD

ME = "/console/me"
UGLY = "<img src=x onerror=alert(1)>"


async def signed_in(site, agent, email="sue@tea.example"):
    """Sign in with a browser that calls itself `agent`."""
    browser = await site.browser()
    answer = await browser.client.post(
        "/console/login",
        data={"email": email, "password": PASSWORD},
        headers=FROM_US | {"User-Agent": agent},
        allow_redirects=False,
    )
    assert answer.status == 303
    return browser


async def others(site, browser):
    """Return the ids of the sessions the page offers to end."""
    own = await site.db.screens.fetch("SELECT id FROM session WHERE ended_at IS NULL")
    page = await browser.text(ME)
    return [row["id"] for row in own if f"/sessions/{row['id']}/end" in page]


async def test_name_and_language_are_changed(site, sue):
    assert (await sue.post(ME, name=" Sue \t Lin ", language="zh-Hant")).status == 303
    row = await site.db.screens.fetchrow("SELECT name, language FROM member")
    assert tuple(row) == ("Sue Lin", "zh-Hant")
    assert "您的帳號" in await sue.words(ME)
    assert (await sue.post(ME, name="Sue", language="xx")).status == 400


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Sue\r\nSet-Cookie: a=b", "Sue Set-Cookie: a=b"),
        ("Sue\u202enimda\u2066", "Suenimda"),
        ("Sue\x00\x1b[31m", "Sue[31m"),
        ("林 美\u3000玲", "林 美 玲"),
        ("x" * 500, "x" * 120),
    ],
)
async def test_a_name_is_one_line_of_visible_text(site, sue, typed, kept):
    answer = await sue.post(ME, name=typed, language="en")
    assert answer.status == 303
    assert "a" not in answer.cookies
    assert await site.db.screens.fetchval("SELECT name FROM member") == kept


async def test_without_a_name_nothing_is_saved(site, sue):
    answer = await sue.post(ME, name=" \u200b ", language="en")
    assert (answer.status, "Write your name" in await answer.text()) == (422, True)


async def test_a_name_or_a_browser_that_is_html_stays_words(site, sue, ann):
    await sue.post(ME, name=UGLY, language="en")
    browser = await signed_in(site, f"Mozilla {UGLY} Firefox/1")
    member = f"/console/settings/members/{site.sue}"
    for reader, path in ((browser, ME), (ann, "/console/settings/members"), (ann, member)):
        page = await reader.text(path)
        assert UGLY not in page
    assert "&lt;img src=x" in await ann.text(member)


async def test_the_password_is_changed_with_the_old_one_and_ends_the_other_sessions(site, sue):
    phone = await site.browser("sue@tea.example")
    refused = await sue.post(f"{ME}/password", old="not the password", password=NEW_PASSWORD)
    assert (refused.status, "This is not your password" in await refused.text()) == (422, True)
    answer = await sue.post(f"{ME}/password", old=PASSWORD, password=NEW_PASSWORD)
    assert answer.headers["Location"] == f"{ME}?done=password"
    assert "signed out everywhere else" in await sue.words(answer.headers["Location"])
    assert (await phone.get(ME)).status == 303
    assert (await phone.sign_in("sue@tea.example", PASSWORD)).status == 401
    assert (await phone.sign_in("sue@tea.example", NEW_PASSWORD)).status == 303


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("short", "Use at least 10 characters"),
        ("qwertyuiop", "guessed first"),
        ("Welcome-2026", "guessed first"),
        ("aaaaaaaaaaaa", "guessed first"),
        ("SUE@TEA.example", "Do not use your name"),
        (PASSWORD, "This is the password you have"),
    ],
)
async def test_a_password_that_cannot_be_used_says_why(site, sue, new, told):
    page = await sue.words(ME)
    assert "At least 10 characters" in page  # before it is broken
    answer = await sue.post(f"{ME}/password", old=PASSWORD, password=new)
    assert (answer.status, told in await answer.text()) == (422, True)
    assert (await (await site.browser()).sign_in("sue@tea.example")).status == 303


async def test_the_workspaces_name_is_no_password(site, sue):
    await site.db.screens.execute("UPDATE workspace SET name = 'The Blue Teapot'")
    answer = await sue.post(f"{ME}/password", old=PASSWORD, password="the blue teapot")
    assert "Do not use your name" in await answer.text()


async def test_guessing_the_old_password_is_slowed(site, sue):
    for _ in range(5):
        await sue.post(f"{ME}/password", old="not the password", password=NEW_PASSWORD)
    answer = await sue.post(f"{ME}/password", old=PASSWORD, password=NEW_PASSWORD)
    assert (answer.status, "Too many tries" in await answer.text()) == (422, True)


async def test_sessions_are_listed_with_their_device_and_this_one_is_marked(site, sue):
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
    await signed_in(site, agent)
    page = await sue.words(ME)
    assert "Safari · iPhone" in page
    assert page.count("this one") == 1
    assert "127.0.0.1" in page
    assert "Unknown browser" in page


async def test_one_session_is_ended_and_all_others_are(site, sue):
    laptop, phone = [await site.browser("sue@tea.example") for _ in range(2)]
    [first, _] = await others(site, sue)
    assert (await sue.post(f"{ME}/sessions/{first}/end")).status == 303
    statuses = [(await one.get("/console/inbox")).status for one in (laptop, phone)]
    assert sorted(statuses) == [200, 303]
    assert (await sue.post(f"{ME}/sessions/{first}/end")).status == 404
    assert (await sue.post(f"{ME}/sessions/end-others")).status == 303
    assert await others(site, sue) == []
    assert [(await one.get("/console/inbox")).status for one in (laptop, phone)] == [303, 303]
    assert (await sue.get("/console/inbox")).status == 200


async def test_somebody_elses_session_is_not_there(site, sue, ann):
    theirs = await site.db.screens.fetchval(
        "SELECT s.id FROM session s JOIN member m ON m.id = s.member_id WHERE m.name = 'Ann'"
    )
    assert (await sue.post(f"{ME}/sessions/{theirs}/end")).status == 404
    assert (await sue.post(f"{ME}/sessions/end-others")).status == 303
    assert (await ann.get("/console/inbox")).status == 200


async def test_another_site_can_change_nothing_of_my_account(site, sue):
    await site.browser("sue@tea.example")
    [other] = await others(site, sue)
    paths = ("", "/password", "/sessions/end-others", f"/sessions/{other}/end")
    for path in paths:
        answer = await sue.client.post(
            ME + path,
            data={"old": PASSWORD, "password": NEW_PASSWORD, "name": "Eve", "language": "en"},
            headers={"Sec-Fetch-Site": "cross-site"},
            allow_redirects=False,
        )
        assert answer.status == 403, path
    assert await site.db.screens.fetchval("SELECT name FROM member") == "Sue"
    assert len(await others(site, sue)) == 1


async def test_a_verifier_with_a_link_has_no_password_to_give_and_needs_no_second_step(site, ann):
    ray = (await site.member("Ray", "verifier")).id
    await site.db.screens.execute("UPDATE workspace SET two_steps = true")
    async with site.db.transaction() as tx:
        by = await tx.fetchval("SELECT id FROM member WHERE name = 'Ann'")
        made = await make_link(tx, site.house, ray, site.clock.now(), by=by)
    assert made.token
    password = await site.browser("ray@tea.example")
    assert (await password.get("/console")).headers["Location"] == f"{ME}/two-steps"
    await site.db.screens.execute("UPDATE session SET via = 'link' WHERE member_id = $1", ray)
    assert (await password.get("/console")).headers["Location"] == "/shop"
