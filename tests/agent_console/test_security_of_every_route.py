"""Attacks tried at every route of the console: forged posts, foreign redirects, split headers, planted cookies."""

from __future__ import annotations

import re

import pytest

from agent_console.access import ROUTES
from tests.agent_console.site import FROM_US, PAGE, PASSWORD
from tests.agent_console.test_access import address

UNSAFE = sorted(path for method, path in ROUTES if method != "GET")
SAFE = sorted(path for method, path in ROUTES if method == "GET" and path != "/live")
SPLIT = "%0d%0aSet-Cookie:%20planted=1%0d%0aX-Planted:%20"
HOSTILE = (
    f"next=//evil.example&return={SPLIT}&after={SPLIT}&q={SPLIT}&state=%00&object=//evil.example"
)
# Whatever is written is counted here: an attack that changes anything changes one of them.
COUNTS = """
SELECT (SELECT count(*) FROM audit_entry), (SELECT count(*) FROM feed), (SELECT count(*) FROM outbox),
  (SELECT count(*) FROM session WHERE ended_at IS NULL), (SELECT count(*) FROM webhook),
  (SELECT count(*) FROM api_token)
"""


async def counts(site):
    return tuple(await site.db.screens.fetchrow(COUNTS))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8080.evil.example"},
    ],
    ids=str,
)
async def test_no_route_takes_a_post_from_another_site(site, ann, headers):
    chat = await site.chat()
    before = await counts(site)
    for path in UNSAFE:
        where = address(path, chat.id, chat.first)
        answer = await ann.client.post(where, headers=headers, allow_redirects=False)
        assert answer.status == 403, path
    assert await counts(site) == before
    assert (await ann.get("/console/inbox")).status == 200


async def test_no_get_changes_anything_but_the_log_of_files_taken_away(site, ann):
    """Links and pictures on other sites fetch with GET, and carry the cookie when they are followed."""
    chat = await site.chat()
    before = (await counts(site))[2:]
    for path in SAFE:
        await ann.get(address(path, chat.id, chat.first))
    assert (await counts(site))[2:] == before
    written = await site.db.screens.fetch(
        "SELECT DISTINCT action FROM audit_entry WHERE at >= $1 AND action NOT LIKE 'member.%'"
        " AND action <> 'account.added'",
        site.clock.now(),
    )
    assert {row["action"] for row in written} <= {"audit.exported"}


async def test_no_answer_leads_elsewhere_or_carries_a_planted_header(site, ann):
    stranger, chat = await site.browser(), await site.chat()
    for browser in (ann, stranger):
        for path in SAFE:
            where = address(path, chat.id, chat.first)
            answer = await browser.get(f"{where}?{HOSTILE}")
            check(answer, path)
            assert answer.status < 500, path


def check(answer, path):
    assert "X-Planted" not in answer.headers, path
    assert "planted" not in answer.cookies, path
    for value in answer.headers.values():
        assert "\r" not in value, path
        assert "\n" not in value, path
    place = answer.headers.get("Location")
    assert place is None or re.match(r"/(console|shop)(/|\?|$)", place), (path, place)


@pytest.mark.parametrize(
    "form",
    [
        {"next": "//evil.example"},
        {"next": "https://evil.example/console/inbox"},
        {"next": "/console/\\evil.example"},
        {"next": "/console/inbox\r\nX-Planted: 1"},
        {"next": "/console/../../evil"},
        {"next": "\t//evil.example"},
    ],
    ids=str,
)
async def test_forms_that_come_back_to_a_page_come_back_to_ours(site, ann, form):
    for path in ("/console/language", "/console/theme"):
        answer = await ann.post(path, language="en", theme="dark", **form)
        check(answer, path)
        answer = await ann.client.post(
            path,
            data={"language": "en", "theme": "dark"},
            headers=FROM_US | PAGE | {"Referer": "https://evil.example/x"},
            allow_redirects=False,
        )
        check(answer, path)


async def test_a_file_is_named_by_us_whatever_a_coupon_is_called(site, ann):
    names = ('"; filename="x.html', "a\r\nX-Planted: 1", "../../etc/passwd", "貓" * 60)
    for number, name in enumerate(names):
        coupon = await site.coupon("plain", fixed_code=f"CODE{number}")
        await site.db.screens.execute("UPDATE coupon SET name = $2 WHERE id = $1", coupon, name)
        for part in ("claims.csv", "claims.xlsx"):
            answer = await ann.get(f"/console/coupons/{coupon}/{part}")
            check(answer, part)
            said = answer.headers["Content-Disposition"]
            assert said.startswith("attachment; ")
            assert said.count('"') == 2
            assert "/" not in said.partition("filename*")[0]


async def test_a_planted_session_is_worth_nothing_before_and_after_its_owner_signs_in(site):
    """Session fixation: who planted a cookie in somebody's browser does not get in with it."""
    await site.member("Sue", "service_agent")
    planted = "planted-" + "x" * 24
    sue, thief = await site.browser(), await site.browser()
    for browser in (sue, thief):
        browser.client.session.cookie_jar.update_cookies({"tessera_session": planted})
    answer = await sue.sign_in("sue@tea.example")
    assert answer.cookies["tessera_session"].value != planted
    assert (await sue.get("/console/inbox")).status == 200
    assert (await thief.get("/console/inbox")).status == 303


async def test_signing_in_again_gives_a_new_session_and_signing_out_ends_it(site):
    await site.member("Sue", "service_agent")
    sue = await site.browser()
    first = (await sue.sign_in("sue@tea.example")).cookies["tessera_session"].value
    second = (await sue.sign_in("sue@tea.example", PASSWORD)).cookies["tessera_session"].value
    assert first != second
    await sue.post("/console/logout")
    thief = await site.browser()
    thief.client.session.cookie_jar.update_cookies({"tessera_session": second})
    assert (await thief.get("/console/inbox")).status == 303
