"""The frame around every pretended platform endpoint: body cap, account, faults, wire log, lost answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
from aiohttp import web

from simulator import faults, wire
from simulator.keys import WORLD
from simulator.text import clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from simulator.accounts import Account
    from simulator.world import World

BODY_CAP = 2 * 1024 * 1024
# Longer than any sane client waits for an answer that never comes.
LOST_ANSWER_SECONDS = 60
UNSTORABLE = (asyncpg.DataError, UnicodeError, RecursionError)


@dataclass(frozen=True)
class Answer:
    """A platform's answer; `body` is JSON unless it is bytes."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @property
    def shown(self) -> str:
        """The body as the wire log shows it."""
        if isinstance(self.body, bytes):
            return f"({len(self.body)} bytes of {self.content_type})"
        return json.dumps(self.body, ensure_ascii=False)

    def response(self) -> web.Response:
        """Return the HTTP answer."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        if not body:
            return web.Response(status=self.status, headers=self.headers)
        return web.Response(
            status=self.status, body=body, headers=self.headers, content_type=self.content_type
        )


class Refusal(Exception):
    """The platform says no; `answer` is what it says."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.shown)
        self.answer = answer


@dataclass(frozen=True)
class Call:
    """One call of a platform endpoint, read and authenticated."""

    request: web.Request
    account: Account
    body: bytes
    faults: faults.Faults

    @property
    def world(self) -> World:
        """The simulator's surroundings."""
        return self.request.app[WORLD]

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]


class Platform(Protocol):
    """What differs between the platforms' frames."""

    async def account(self, request: web.Request, body: bytes) -> Account:
        """Return the account whose token came with the call; raises Refusal."""

    def token_of(self, request: web.Request) -> str:
        """Return the credential as it came, to be hidden in the wire log."""

    def expired(self) -> Answer:
        """Say that the token has expired."""

    def too_large(self) -> Answer:
        """Say that the body is too large."""

    def too_many(self) -> Answer:
        """Say that there were too many calls."""

    def broken(self) -> Answer:
        """Say that the platform itself failed."""

    def malformed(self) -> Answer:
        """Say that the request holds what no platform would take: U+0000, lone surrogates, NaN."""


def endpoint(
    platform: Platform, handler: Callable[[Call], Awaitable[Answer]], *, sends: bool = False
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return an aiohttp handler; `sends` marks calls that the send faults hit."""

    async def handle(request: web.Request) -> web.StreamResponse:
        world = request.app[WORLD]
        try:
            body = await _read(request, platform)
            account = await platform.account(request, body)
        except Refusal as refusal:
            return refusal.answer.response()
        except UNSTORABLE:
            return platform.malformed().response()
        answer = await _answer(platform, handler, request, (account, body, sends))
        await _log(world, account, request, body, platform, answer)
        world.bell.ring()
        if (
            sends
            and answer.status < 300
            and await faults.spend(world.pool, account.id, "timeout_after_accept")
        ):
            await _lose(request)
        return answer.response()

    return handle


async def _answer(
    platform: Platform,
    handler: Callable[[Call], Awaitable[Answer]],
    request: web.Request,
    call: tuple[Account, bytes, bool],
) -> Answer:
    account, body, sends = call
    pool = request.app[WORLD].pool
    on = await faults.read(pool, account.id)
    if "expired_token" in on and await faults.spend(pool, account.id, "expired_token"):
        return platform.expired()
    if sends and "answer_429" in on and await faults.spend(pool, account.id, "answer_429"):
        return platform.too_many()
    if sends and "answer_500" in on and await faults.spend(pool, account.id, "answer_500"):
        return platform.broken()
    try:
        return await handler(Call(request, account, body, on))
    except Refusal as refusal:
        return refusal.answer
    except UNSTORABLE:
        return platform.malformed()


async def _read(request: web.Request, platform: Platform) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_CAP:
            raise Refusal(platform.too_large())
    return bytes(body)


async def _log(
    world: World,
    account: Account,
    request: web.Request,
    body: bytes,
    platform: Platform,
    answer: Answer,
) -> None:
    token = platform.token_of(request)
    exchange = wire.Exchange(
        "api",
        request.method,
        request.path_qs.replace(token, "…") if token else request.path_qs,
        clean(body.decode(errors="replace")),
        answer.status,
        answer.shown,
        f"token …{token[-4:]}" if token else "",
    )
    await wire.record(world.pool, account.id, exchange, world.clock.now())


async def _lose(request: web.Request) -> None:
    """Hold the connection until the client gives up."""
    for _ in range(LOST_ANSWER_SECONDS * 10):
        gone = request.transport is None or request.transport.is_closing()
        if gone or request.app[WORLD].closing.is_set():
            return
        await asyncio.sleep(0.1)
