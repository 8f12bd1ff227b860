"""The page with the four phones, and what it asks for: chats, faults, the wire log, live changes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from aiohttp import web

from runtime.clock import to_ms
from runtime.errors import Invalid, Refused
from simulator import accounts, faults, gestures, handshake, messages, phones, plays, window
from simulator.keys import WORLD
from simulator.media import check as check_file

if TYPE_CHECKING:
    from simulator.accounts import Account
    from simulator.world import World

HERE = Path(__file__).resolve().parent
NAMES = {"line": "LINE", "messenger": "Messenger", "instagram": "Instagram", "whatsapp": "WhatsApp"}
HEARTBEAT_SECONDS = 15
POLL_SECONDS = 0.5
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)


def add_routes(router: web.UrlDispatcher) -> None:
    """Mount the page and its endpoints."""
    router.add_get("", to_page)
    router.add_get("/", show)
    router.add_static("/assets/", HERE / "assets")
    router.add_get("/api/live", live)
    router.add_get("/api/accounts", list_accounts)
    router.add_post("/api/accounts", add_account)
    router.add_post(r"/api/accounts/{account:\d+}/verify", verify)
    router.add_post(r"/api/accounts/{account:\d+}/customers", add_customer)
    router.add_get(r"/api/accounts/{account:\d+}/phone", phone)
    router.add_post(r"/api/accounts/{account:\d+}/do", act)
    router.add_post(r"/api/accounts/{account:\d+}/photo", photo)
    router.add_get(r"/api/accounts/{account:\d+}/wire", wire_log)
    router.add_put(r"/api/accounts/{account:\d+}/faults/{name}", set_fault)


async def to_page(request: web.Request) -> web.Response:
    """GET /simulator."""
    raise web.HTTPPermanentRedirect(f"{request.path}/")


async def show(request: web.Request) -> web.Response:
    """GET /simulator/."""
    known = await accounts.every(request.app[WORLD].pool)
    html = _templates.get_template("phones.html").render(
        channels=[
            {
                "id": channel,
                "name": name,
                "accounts": [one for one in known if one.channel == channel],
                "plays": plays.PLAYS[channel],
            }
            for channel, name in NAMES.items()
        ],
        switches=faults.SWITCHES,
        can_add=not request.app[WORLD].demo_public,
    )
    return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})


async def list_accounts(request: web.Request) -> web.Response:
    """GET api/accounts: without their secrets."""
    return web.json_response(
        [_public(one) for one in await accounts.every(request.app[WORLD].pool)]
    )


async def add_account(request: web.Request) -> web.Response:
    """POST api/accounts."""
    if request.app[WORLD].demo_public:
        # The simulator calls the webhook and shows its answer: strangers must not choose whose.
        raise Refused("public_demo", "Accounts cannot be added while the demo is public.")
    body = await _object(request)
    names = (
        "channel",
        "name",
        "secret",
        "token",
        "webhook_url",
        "verify_token",
        "external_id",
        "address",
    )
    new = accounts.NewAccount(**{name: str(body.get(name, "")).strip() for name in names})
    world = request.app[WORLD]
    async with world.pool.acquire() as conn:
        account_id = await accounts.add(conn, new)
    world.bell.ring()
    return web.json_response(_public(await accounts.one(world.pool, account_id)), status=201)


async def verify(request: web.Request) -> web.Response:
    """POST api/accounts/{id}/verify: the console's Verify button of the platform."""
    world = request.app[WORLD]
    outcome = await handshake.verify(world, await _account(request))
    world.bell.ring()
    return web.json_response({"ok": outcome.ok, "text": outcome.text})


async def add_customer(request: web.Request) -> web.Response:
    """POST api/accounts/{id}/customers."""
    world = request.app[WORLD]
    name = str((await _object(request)).get("name", ""))
    async with world.pool.acquire() as conn:
        person = await accounts.new_customer(conn, await _account(request), name)
    world.bell.ring()
    return web.json_response({"external_id": person.external_id, "name": person.name}, status=201)


async def phone(request: web.Request) -> web.Response:
    """GET api/accounts/{id}/phone?customer=&group=: everything one phone shows."""
    world = request.app[WORLD]
    account = await _account(request)
    people = await accounts.customers(world.pool, account.id)
    groups = await world.pool.fetch(
        "SELECT external_id, name FROM simulator.chat_group WHERE account_id = $1 ORDER BY id",
        account.id,
    )
    asked = request.query.get("customer") or people[0].external_id
    who = await phones.speaker(world, account.id, asked, request.query.get("group", ""))
    on = await faults.read(world.pool, account.id)
    return web.json_response(
        {
            "account": _public(account),
            "customers": [asdict(person) for person in people],
            "groups": [dict(row) for row in groups],
            "customer": asdict(who.customer),
            "group": who.group,
            "faults": on.amounts,
            "window": await window.describe(world, account, who.customer, on),
            "messages": [
                _message(one) for one in await messages.of_chat(world.pool, account, who.chat)
            ],
        }
    )


async def act(request: web.Request) -> web.Response:
    """POST api/accounts/{id}/do {customer, group?, action, ...}: one thing a customer does."""
    body = await _object(request)
    who = await phones.speaker(
        request.app[WORLD],
        int(request.match_info["account"]),
        str(body.get("customer", "")),
        str(body.get("group", "")),
    )
    return web.json_response({"message": await gestures.perform(who, body)})


async def photo(request: web.Request) -> web.Response:
    """POST api/accounts/{id}/photo?customer=&group= with the file as the body."""
    who = await phones.speaker(
        request.app[WORLD],
        int(request.match_info["account"]),
        request.query.get("customer", ""),
        request.query.get("group", ""),
    )
    content = bytearray()
    async for chunk in request.content.iter_any():
        content += chunk
        if len(content) > 8 * 1024 * 1024:
            raise Invalid("file", "Choose a file of at most 8 MiB.")
    sent = await phones.send_photo(who, check_file(request.content_type, bytes(content)))
    return web.json_response({"message": sent})


async def wire_log(request: web.Request) -> web.Response:
    """GET api/accounts/{id}/wire?after=: the newest exchanges, newest first."""
    rows = await request.app[WORLD].pool.fetch(
        "SELECT id, at, direction, method, url, signature, request, status, answer FROM simulator.wire"
        " WHERE account_id = $1 AND id > $2 ORDER BY id DESC LIMIT 100",
        int(request.match_info["account"]),
        _number(request.query.get("after", "0")),
    )
    return web.json_response([{**dict(row), "at": to_ms(row["at"])} for row in rows])


async def set_fault(request: web.Request) -> web.Response:
    """PUT api/accounts/{id}/faults/{name} {on, amount?, calls?}."""
    body = await _object(request)
    account = await _account(request)
    amount = _number(body.get("amount") or 0) if body.get("on") else None
    calls = _number(body["calls"]) if body.get("calls") else None
    world = request.app[WORLD]
    await faults.switch(world.pool, account.id, request.match_info["name"], amount, calls)
    world.bell.ring()
    return web.json_response({"faults": (await faults.read(world.pool, account.id)).amounts})


async def live(request: web.Request) -> web.StreamResponse:
    """GET api/live: server-sent events {account id: version}; a page reads again what has risen."""
    world = request.app[WORLD]
    stream = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await stream.prepare(request)
    told: dict[str, int] = {}
    silent = 0.0
    try:
        while not world.closing.is_set():
            versions = await _versions(world)
            if versions != told or silent >= HEARTBEAT_SECONDS:
                await stream.write(f"event: versions\ndata: {json.dumps(versions)}\n\n".encode())
                told, silent = versions, 0.0
            if not await world.bell.wait(POLL_SECONDS):
                silent += POLL_SECONDS
    except (ConnectionError, asyncio.CancelledError):
        pass
    return stream


async def _versions(world: World) -> dict[str, int]:
    rows = await world.pool.fetch("SELECT id, version FROM simulator.account ORDER BY id")
    return {str(row["id"]): row["version"] for row in rows}


def _public(account: Account) -> dict[str, Any]:
    names = ("id", "channel", "name", "external_id", "address", "webhook_url")
    return {name: getattr(account, name) for name in names}


def _message(message: messages.Message) -> dict[str, Any]:
    names = ("id", "external_id", "direction", "kind", "body", "status", "error_code", "sender")
    return {**{name: getattr(message, name) for name in names}, "at": to_ms(message.at)}


async def _account(request: web.Request) -> Account:
    return await accounts.one(request.app[WORLD].pool, int(request.match_info["account"]))


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise Invalid("amount", "Enter a whole number.") from None


async def _object(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Invalid("body", "Send JSON with Content-Type: application/json.")
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise Invalid("body", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Invalid("body", "Send a JSON object.")
    return body
