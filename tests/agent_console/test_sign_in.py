"""Signing in and out, and what tries to get around it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.agent_console.site import FROM_US, PASSWORD


@pytest.fixture
async def sue(site):
    await site.member("Sue", "service_agent")
    return await site.browser()


async def test_the_right_password_opens_the_inbox(sue):
    answer = await sue.sign_in("Sue@Tea.example ")
    assert (answer.status, answer.headers["Location"]) == (303, "/console/inbox")
    assert "Sue" in await sue.words("/console/inbox")


async def test_a_wrong_password_and_an_unknown_email_read_the_same(sue):
    one = await sue.sign_in("sue@tea.example", "not the password")
    two = await sue.sign_in("nobody@tea.example", "not the password")
    assert (one.status, two.status) == (401, 401)
    texts = [(await answer.text()).replace("nobody@", "sue@") for answer in (one, two)]
    assert texts[0] == texts[1]
    assert "E-mail or password is wrong" in texts[0]


async def test_a_cookie_brought_along_never_becomes_signed_in(sue):
    sue.client.session.cookie_jar.update_cookies({"tessera_session": "chosen-by-somebody-else"})
    answer = await sue.sign_in("sue@tea.example")
    assert answer.cookies["tessera_session"].value != "chosen-by-somebody-else"


async def test_the_cookie_is_kept_from_scripts_and_other_sites(sue):
    cookie = (await sue.sign_in("sue@tea.example")).cookies["tessera_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"


async def test_a_browser_named_in_no_known_writing_may_sign_in(site, sue):
    form = urlencode({"email": "sue@tea.example", "password": PASSWORD}).encode()
    url = site.server.make_url("/console/login")
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nSec-Fetch-Site: same-origin\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n"
        "Connection: close\r\nUser-Agent: Caf"
    )
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head.encode() + b"\xe9/1.0\r\n\r\n" + form)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 303"), answer
    assert await site.db.screens.fetchval("SELECT user_agent FROM session") == "Caf?/1.0"


@pytest.mark.parametrize("field", ["email", "password"])
async def test_letters_no_writing_has_are_no_form(sue, field):
    answer = await sue.client.post(
        "/console/login",
        data=f"{field}=\\ud800".encode(),
        headers=FROM_US
        | {"Content-Type": "application/x-www-form-urlencoded; charset=unicode_escape"},
    )
    assert answer.status == 400


async def test_the_token_itself_is_stored_nowhere(site, sue):
    token = (await sue.sign_in("sue@tea.example")).cookies["tessera_session"].value
    stored = await site.db.screens.fetchval("SELECT token_hash FROM session")
    assert token.encode() not in stored


async def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(site, sue):
    token = (await sue.sign_in("sue@tea.example")).cookies["tessera_session"].value
    answer = await sue.post("/console/logout")
    assert answer.headers["Location"] == "/console/login"
    thief = await site.browser()
    thief.client.session.cookie_jar.update_cookies({"tessera_session": token})
    assert (await thief.get("/console/inbox")).status == 303


async def test_a_session_ends_after_two_weeks(site, sue):
    await sue.sign_in("sue@tea.example")
    site.clock.advance(timedelta(days=14))
    assert (await sue.get("/console/inbox")).status == 303


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/console//evil.example", "javascript:alert(1)",
        "/console/inbox\r\nSet-Cookie: a=b", "/consolevil", "/console\\@evil.example",
    ],
)  # fmt: skip
async def test_only_our_own_pages_follow_a_sign_in(sue, address):
    answer = await sue.sign_in("sue@tea.example", next=address)
    assert answer.headers["Location"] == "/console/inbox"
    assert "a" not in answer.cookies


async def test_the_page_asked_for_follows_a_sign_in(sue):
    answer = await sue.sign_in("sue@tea.example", next="/console/inbox?view=mine")
    assert answer.headers["Location"] == "/console/inbox?view=mine"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_cannot_post_in_my_name(site, sue, headers):
    await sue.sign_in("sue@tea.example")
    chat = await site.chat()
    for path in (f"/console/inbox/{chat.id}/take-over", "/console/logout", "/console/login"):
        answer = await sue.client.post(path, headers=headers, allow_redirects=False)
        assert answer.status == 403
    assert (await sue.get("/console/inbox")).status == 200


async def test_a_browser_without_fetch_metadata_is_known_by_its_origin(site, sue):
    headers = {"Origin": "http://localhost:8080"}
    fields = {"email": "sue@tea.example", "password": PASSWORD}
    answer = await sue.client.post(
        "/console/login", data=fields, headers=headers, allow_redirects=False
    )
    assert answer.status == 303


async def test_guessing_is_slowed_and_never_locked(site, sue):
    for _ in range(5):
        assert (await sue.sign_in("sue@tea.example", "wrong password")).status == 401
    slowed = await sue.sign_in("sue@tea.example")
    assert slowed.status == 429
    wait = int(slowed.headers["Retry-After"])
    assert 1 <= wait <= 30
    assert f"Wait {wait} seconds" in await slowed.text()
    site.clock.advance(timedelta(seconds=wait))
    assert (await sue.sign_in("sue@tea.example")).status == 303


async def test_guessing_one_person_does_not_slow_a_colleague(site, sue):
    await site.member("Ken", "supervisor")
    for _ in range(6):
        await sue.sign_in("sue@tea.example", "wrong password")
    assert (await sue.sign_in("ken@tea.example")).status == 303


async def test_demo_logins_are_shown_only_where_the_demo_lives(site, sue):
    assert "demo" not in await sue.words("/console/login")
    await site.db.screens.execute("UPDATE member SET email = 'sue@demo.example'")
    page = await sue.words("/console/login")
    assert "sue@demo.example" in page
    assert "tessera-demo" in page


async def test_the_language_and_the_theme_are_remembered(site, sue):
    await sue.sign_in("sue@tea.example")
    await sue.post("/console/language", language="zh-Hant", next="/console/inbox")
    assert "收件匣" in await sue.words("/console/inbox")
    assert await site.db.screens.fetchval("SELECT language FROM member") == "zh-Hant"
    await sue.post("/console/theme", theme="dark", next="/console/inbox")
    assert 'data-theme="dark"' in await sue.text("/console/inbox")
    assert (await sue.post("/console/theme", theme="neon")).status == 400


async def test_every_answer_carries_the_protecting_headers(sue):
    answer = await sue.get("/console/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    page = await answer.text()
    assert "<script>" not in page
    assert " style=" not in page
    assert " onclick=" not in page


async def test_a_huge_form_is_refused(sue):
    answer = await sue.client.post("/console/login", data={"email": "x" * 300_000}, headers=FROM_US)
    assert answer.status == 413
