"""Role by route: the table in access.py is the whole truth, and the server keeps to it."""

from __future__ import annotations

import re

from agent_console.access import ROUTES
from agent_console.app import HANDLERS, build
from runtime.ids import uuid7
from team.roles import Right, Role, may

REFUSED = {401, 403}


def routes_of(app):
    for route in app.router.routes():
        path = route.resource.canonical
        if route.method != "HEAD" and not path.startswith("/static"):
            yield route.method, path


def test_every_route_stands_in_the_table():
    assert set(routes_of(build())) == {(method, path or "/") for method, path in ROUTES} | {
        ("GET", "")
    }
    assert set(HANDLERS) == set(ROUTES)


def address(path, chat, message):
    named = {"conversation": chat, "message": message}
    for name in re.findall(r"\{(\w+)\}", path):
        named.setdefault(name, uuid7())
    return "/console" + path.format(**named)


async def call(browser, method, path):
    if method == "GET":
        return await browser.part(path)
    return await browser.act(path)


async def test_every_role_may_open_exactly_what_the_table_says(site):
    chat = await site.chat()
    wrong = []
    for role in Role:
        await site.member(role.value, role.value)
        browser = await site.browser(f"{role.value}@tea.example")
        for (method, path), roles in ROUTES.items():
            if path in {"/logout", "/live"}:
                continue
            response = await call(browser, method, address(path, chat.id, chat.first))
            allowed = roles is None or role in roles
            if allowed == (response.status in REFUSED) and path != "/login":
                wrong.append((role.value, method, path, response.status))
            if response.status >= 500:
                wrong.append((role.value, method, path, response.status))
    assert wrong == []


async def test_a_stranger_is_sent_to_sign_in_and_a_script_is_told_401(site):
    chat = await site.chat()
    browser = await site.browser()
    for (method, path), roles in ROUTES.items():
        if roles is None:
            continue
        where = address(path, chat.id, chat.first)
        assert (await call(browser, method, where)).status == 401, path
        if method == "GET":
            page = await browser.get(where)
            assert page.status == 303
            assert page.headers["Location"].startswith("/console/login?next=%2Fconsole")


async def test_another_workspaces_conversation_does_not_exist(site):
    chat = await site.chat()
    theirs = await site.account("line", "rival", site.rival)
    strange = await site.chat("Stranger", account=theirs)
    coupon = await site.coupon(workspace=site.rival)
    await site.member("Ann", "admin")
    ann = await site.browser("ann@tea.example")
    for (method, path), roles in ROUTES.items():
        if "{" not in path or roles is None:
            continue
        response = await call(ann, method, address(path, strange.id, strange.first))
        if (
            path.endswith(("/reply", "/draft", "/again", "/coupons", "/notes", "/snooze"))
            and method == "POST"
        ):
            fields = {"text": "hello", "form_id": "form-12345", "coupon": str(coupon)}
            fields |= {"note": "hello", "for": "hour"}
            response = await ann.act(address(path, strange.id, strange.first), **fields)
        assert response.status == 404, (method, path)
    assert "Stranger" not in await ann.words("/console/inbox")
    sent = await ann.act(
        f"/console/inbox/{chat.id}/coupons", coupon=str(coupon), form_id="form-12345"
    )
    assert sent.status == 404
    other = await site.db.screens.fetchval(
        "SELECT status FROM conversation WHERE id = $1", strange.id
    )
    assert other == "bot"


def test_nobody_but_admins_manages_accounts_and_verifiers_read_nothing():
    assert [role for role in Role if may(role, Right.MANAGE_ACCOUNTS)] == [Role.ADMIN]
    assert not may("verifier", Right.READ_INBOX)
    assert not may("marketer", Right.WRITE_INBOX)
    assert not may("not a role", Right.SIGN_IN)
