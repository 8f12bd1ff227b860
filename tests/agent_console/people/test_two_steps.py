"""The second step: set up, asked for, never fooled twice, never a dead end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.agent_console.people.ways_in import set_up
from tests.agent_console.site import FROM_US, PASSWORD

STEPS = "/console/me/two-steps"
CODE = "/console/login/code"


async def password(site, **fields):
    """Give Sue's password in a new browser; returns it before the code."""
    browser = await site.browser()
    answer = await browser.sign_in("sue@tea.example", **fields)
    assert answer.headers["Location"].startswith(CODE)
    return browser


async def test_it_is_on_once_a_code_confirmed_it_and_asked_for_from_then_on(site, sue):
    assert (await sue.post(f"{STEPS}/begin")).status == 303
    browser = await site.browser()
    assert (await browser.sign_in("sue@tea.example")).headers["Location"] == "/console/inbox"
    phone, codes = await set_up(site, sue)
    assert len(set(codes)) == 10
    browser = await password(site)
    assert (await browser.get("/console/inbox")).status == 303
    assert "tessera_session" not in {c.key for c in browser.client.session.cookie_jar}
    answer = await browser.post(CODE, code=phone.later())
    assert (answer.status, answer.headers["Location"]) == (303, "/console/inbox")
    assert "Sue" in await browser.words("/console/inbox")


async def test_turning_it_on_signs_out_everywhere_else(site, sue):
    other = await site.browser("sue@tea.example")
    await set_up(site, sue)
    assert (await other.get("/console/inbox")).status == 303
    assert (await sue.get("/console/inbox")).status == 200


async def test_the_key_and_the_recovery_codes_are_unreadable_in_the_database(site, sue):
    phone, codes = await set_up(site, sue)
    secret = await site.db.screens.fetchval("SELECT secret FROM second_step")
    assert phone.secret.encode() not in secret
    assert site.keyring.decrypt(secret).decode() == phone.secret
    hashes = await site.db.screens.fetch("SELECT code_hash FROM recovery_code")
    plain = {code.replace("-", "").encode() for code in codes}
    assert not any(code in row["code_hash"] for code in plain for row in hashes)


async def test_a_code_is_never_accepted_twice_also_not_by_two_at_once(site, sue):
    phone, _ = await set_up(site, sue)
    used = phone.code()
    one, two = await password(site), await password(site)
    assert (await one.post(CODE, code=used)).status == 401  # it turned the step on
    code = phone.later()
    answers = await asyncio.gather(one.post(CODE, code=code), two.post(CODE, code=code))
    assert sorted(answer.status for answer in answers) == [303, 401]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
async def test_a_clock_may_be_off_by_one_step(site, sue, steps, status):
    phone, _ = await set_up(site, sue)
    site.clock.advance(timedelta(minutes=5))
    browser = await password(site)
    assert (await browser.post(CODE, code=phone.code(steps))).status == status


async def test_after_a_code_of_the_next_step_the_present_one_is_spent_too(site, sue):
    phone, _ = await set_up(site, sue)
    site.clock.advance(timedelta(minutes=5))
    assert (await (await password(site)).post(CODE, code=phone.code(1))).status == 303
    assert (await (await password(site)).post(CODE, code=phone.code())).status == 401


async def test_a_recovery_code_stands_in_once_however_it_is_typed(site, sue):
    _, codes = await set_up(site, sue)
    typed = f" {codes[0].lower().replace('-', ' ')} "
    browser = await password(site)
    assert (await browser.post(CODE, code=typed)).status == 303
    assert "9 recovery codes are left" in await browser.words("/console/me")
    assert (await (await password(site)).post(CODE, code=codes[0])).status == 401


async def test_what_was_wrong_with_a_code_is_not_told(site, sue):
    phone, codes = await set_up(site, sue)
    await (await password(site)).post(CODE, code=codes[0])
    told = set()
    for wrong in ("000000", phone.code(), codes[0], "AAAAA-AAAAA", "", "\u0661" * 6, "x" * 4000):
        browser = await password(site)
        answer = await browser.post(CODE, code=wrong)
        assert answer.status == 401, wrong
        told.add(await answer.text())
        await site.db.screens.execute("DELETE FROM throttle")
    assert len(told) == 1


async def test_guessing_codes_is_slowed_by_member_and_a_colleague_is_not(site, sue):
    phone, _ = await set_up(site, sue)
    browser = await password(site)
    for _ in range(5):
        assert (await browser.post(CODE, code="000000")).status == 401
    slowed = await browser.post(CODE, code=phone.code(1))
    assert slowed.status == 429
    assert 1 <= int(slowed.headers["Retry-After"]) <= 300
    again = await password(site)
    assert (await again.post(CODE, code=phone.code(1))).status == 429
    await site.member("Ken", "supervisor")
    ken = await site.browser("ken@tea.example")
    await set_up(site, ken)
    site.clock.advance(timedelta(seconds=30))
    assert (await again.post(CODE, code=phone.code())).status == 303
    refused = "SELECT count(*) FROM audit_entry WHERE action = 'member.code_refused'"
    assert await site.db.screens.fetchval(refused) == 5


async def test_many_wrong_codes_at_once_count_one_after_the_other(site, sue):
    await set_up(site, sue)
    browser = await password(site)
    answers = await asyncio.gather(*(browser.post(CODE, code="000000") for _ in range(12)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(401) == 5
    assert statuses.count(429) == 7


async def test_the_page_for_the_code_needs_a_right_password_within_ten_minutes(site, sue):
    phone, _ = await set_up(site, sue)
    stranger = await site.browser()
    for ask in (stranger.get(CODE), stranger.post(CODE, code=phone.later())):
        answer = await ask
        assert (answer.status, answer.headers["Location"]) == (303, "/console/login?told=again")
    late = await password(site)
    site.clock.advance(timedelta(minutes=10))
    assert (await late.post(CODE, code=phone.code())).headers["Location"].endswith("told=again")
    assert "Sign in again" in await late.words("/console/login?told=again")


async def test_a_cookie_brought_along_never_becomes_signed_in_by_the_second_step(site, sue):
    phone, _ = await set_up(site, sue)
    browser = await site.browser()
    chosen = {"tessera_session": "chosen-by-somebody-else", "tessera_step": "chosen-too"}
    browser.client.session.cookie_jar.update_cookies(chosen)
    assert (await browser.post(CODE, code=phone.later())).status == 303
    asked = await browser.sign_in("sue@tea.example")
    step = asked.cookies["tessera_step"]
    assert step.value != "chosen-too"
    assert (step["httponly"], step["samesite"]) == (True, "Lax")
    assert (await browser.get("/console/inbox")).status == 303
    answer = await browser.post(CODE, code=phone.code())
    assert answer.cookies["tessera_session"].value not in {"chosen-by-somebody-else", step.value}
    assert answer.cookies["tessera_step"].value == ""
    thief = await site.browser()
    thief.client.session.cookie_jar.update_cookies({"tessera_session": step.value})
    assert (await thief.get("/console/inbox")).status == 303


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/console//evil.example",
        "/shopping",
        "/console/inbox\r\nSet-Cookie: a=b",
    ],
)
async def test_only_our_own_pages_follow_the_second_step(site, sue, address):
    phone, _ = await set_up(site, sue)
    browser = await site.browser()
    asked = await browser.sign_in("sue@tea.example", next=address)
    assert asked.headers["Location"] == f"{CODE}?next=%2Fconsole%2Finbox"
    assert "evil" not in await browser.text(f"{CODE}?next={address.replace(chr(13), '')[:40]}")
    answer = await browser.post(CODE, code=phone.later(), next=address)
    assert answer.headers["Location"] == "/console/inbox"
    assert "a" not in answer.cookies


async def test_the_page_asked_for_follows_the_second_step(site, sue):
    phone, _ = await set_up(site, sue)
    browser = await password(site, next="/console/inbox?view=mine")
    answer = await browser.post(CODE, code=phone.later(), next="/console/inbox?view=mine")
    assert answer.headers["Location"] == "/console/inbox?view=mine"


async def test_another_site_can_neither_give_a_code_nor_turn_it_off(site, sue):
    phone, _ = await set_up(site, sue)
    for path in (CODE, f"{STEPS}/off", f"{STEPS}/codes", f"{STEPS}/codes.txt", f"{STEPS}/begin"):
        answer = await sue.client.post(
            path,
            data={"old": PASSWORD, "code": phone.code()},
            headers={"Sec-Fetch-Site": "cross-site"},
            allow_redirects=False,
        )
        assert answer.status == 403, path
    assert await site.db.screens.fetchval("SELECT count(*) FROM second_step") == 1


async def test_a_wrong_first_code_changes_nothing_and_says_what_to_do(site, sue):
    await sue.post(f"{STEPS}/begin")
    answer = await sue.post(f"{STEPS}/confirm", code="000000")
    assert answer.status == 422
    assert "Wait for the next one" in await answer.text()
    assert (await site.browser("sue@tea.example")) is not None


async def test_a_key_that_waited_too_long_is_begun_again(site, sue):
    await sue.post(f"{STEPS}/begin")
    assert 'id="secret"' in await sue.text(STEPS)
    site.clock.advance(timedelta(hours=1))
    assert 'id="secret"' not in await sue.text(STEPS)
    answer = await sue.post(f"{STEPS}/confirm", code="000000")
    assert "Begin again" in await answer.text()


async def test_who_signed_in_long_ago_gives_the_password_before_setting_it_up(site, sue):
    site.clock.advance(timedelta(minutes=16))
    answer = await sue.post(f"{STEPS}/begin", old="not the password")
    assert (answer.status, "This is not your password" in await answer.text()) == (422, True)
    assert (await sue.post(f"{STEPS}/begin", old=PASSWORD)).status == 303


async def test_a_key_in_use_is_not_replaced_by_beginning_again(site, sue):
    phone, _ = await set_up(site, sue)
    answer = await sue.post(f"{STEPS}/begin")
    assert (answer.status, "on already" in await answer.text()) == (422, True)
    assert (await (await password(site)).post(CODE, code=phone.later())).status == 303


async def test_new_recovery_codes_need_the_password_and_end_the_old(site, sue):
    phone, old = await set_up(site, sue)
    refused = await sue.post(f"{STEPS}/codes", old="not the password")
    assert (refused.status, "This is not your password" in await refused.text()) == (422, True)
    answer = await sue.post(f"{STEPS}/codes", old=PASSWORD)
    assert answer.status == 200
    assert old[0] not in await answer.text()
    browser = await password(site)
    assert (await browser.post(CODE, code=old[0])).status == 401
    assert (await browser.post(CODE, code=phone.later())).status == 303


async def test_the_codes_come_as_a_file_that_says_nothing_else(site, sue):
    _, codes = await set_up(site, sue)
    sent = " ".join([*codes[:2], "<script>alert(1)</script>", "AAAAA-AAAAA"])
    answer = await sue.post(f"{STEPS}/codes.txt", codes=sent)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.content_type == "text/plain"
    text = await answer.text()
    assert text.split()[-2:] == codes[:2]
    assert "script" not in text


async def test_turning_it_off_asks_for_the_password_and_forgets_everything(site, sue):
    _, codes = await set_up(site, sue)
    refused = await sue.post(f"{STEPS}/off", old="not the password")
    assert refused.status == 422
    assert (await sue.post(f"{STEPS}/off", old=PASSWORD)).status == 303
    browser = await site.browser()
    assert (await browser.sign_in("sue@tea.example")).headers["Location"] == "/console/inbox"
    for table in ("second_step", "recovery_code"):
        assert await site.db.screens.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 (our own names)
    assert codes


async def test_guessing_the_password_from_an_open_session_is_slowed(site, sue):
    await set_up(site, sue)
    for _ in range(5):
        assert (await sue.post(f"{STEPS}/off", old="not the password")).status == 422
    slowed = await sue.post(f"{STEPS}/off", old=PASSWORD)
    assert "Too many tries" in await slowed.text()
    assert await site.db.screens.fetchval("SELECT count(*) FROM second_step") == 1


async def test_an_admin_resets_a_members_second_step_and_the_log_knows(site, sue, ann):
    await set_up(site, sue)
    path = f"/console/settings/members/{site.sue}"
    assert "Turn their second step off" in await ann.words(path)
    waiting = await password(site)
    assert (await ann.post(f"{path}/two-steps")).status == 303
    assert (await waiting.get(CODE)).status == 303
    assert (await (await site.browser()).sign_in("sue@tea.example")).headers[
        "Location"
    ] == "/console/inbox"
    row = await site.db.screens.fetchrow(
        "SELECT subject, member_id FROM audit_entry WHERE action = 'member.two_steps_off'"
    )
    assert row["subject"] == str(site.sue)
    assert row["member_id"] != site.sue
    assert (await ann.post(f"{path}/two-steps")).status == 404


async def test_everybody_is_led_to_set_it_up_before_anything_else_opens(site, sue, ann):
    switch = "/console/settings/members/two-steps"
    refused = await ann.post(switch, on="1")
    assert (refused.status, "for yourself first" in await refused.text()) == (422, True)
    await set_up(site, ann)
    assert (await ann.post(switch, on="1")).status == 303
    for path in ("/console/inbox", "/console/me", "/console/settings/members"):
        assert (await sue.get(path)).headers["Location"] == STEPS
    script = await sue.part("/console/inbox/list")
    assert (script.status, script.headers["HX-Redirect"]) == (403, STEPS)
    assert "Tea house asks everybody" in await sue.words(STEPS)
    await set_up(site, sue)
    assert (await sue.get("/console/inbox")).status == 200
    assert (await ann.post(switch, on="0")).status == 303
    told = await site.db.screens.fetch(
        "SELECT action FROM audit_entry WHERE action LIKE 'workspace.two%' ORDER BY id"
    )
    assert [row["action"] for row in told] == [
        "workspace.two_steps_required",
        "workspace.two_steps_optional",
    ]


async def test_a_password_changed_meanwhile_ends_the_sign_in_that_awaits_its_code(site, sue):
    phone, _ = await set_up(site, sue)
    waiting = await password(site)
    fields = {"old": PASSWORD, "password": "seven blue teapots"}
    assert (await sue.post("/console/me/password", **fields)).status == 303
    answer = await waiting.post(CODE, code=phone.later())
    assert answer.headers["Location"] == "/console/login?told=again"


async def test_the_key_is_shown_to_its_owner_alone_and_never_cached(site, sue, ann):
    await sue.post(f"{STEPS}/begin")
    answer = await sue.get(STEPS)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert 'id="secret"' not in await ann.text(STEPS)
    huge = await sue.client.post(f"{STEPS}/confirm", data={"code": "1" * 300_000}, headers=FROM_US)
    assert huge.status == 413
