"""GET and POST /webhooks/{channel}/{account}: verify, cut into events, make them durable, answer.

Hot: nothing here parses an address, builds a middleware chain or touches the database but through Intake.
The statuses are a contract, see docs/architecture.md.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
import structlog
from aiohttp import web

from conversations.channel import Account, Channel, Entry, UnreadableBody, WebhookRequest
from conversations.inbox import NewEvent, hash_of, lane_of
from gateway.acknowledgement import Acknowledgement
from gateway.intake import NotDurable
from gateway.routing import Routing
from gateway.signatures import holds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.accounts import AccountBook
    from gateway.intake import Intake
    from gateway.metrics import Metrics
    from gateway.sightings import Sightings
    from runtime.clock import Clock

PREFIX = "/webhooks/"
BODY_LIMIT = 2 * 1024 * 1024
RETRY_AFTER_S = "2"
QUERY_FIELDS = 100

log = structlog.get_logger("webhooks")


class Answered(Exception):
    """The call is over with another status than 200."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Webhooks:
    """The handler of every platform's calls; one a process."""

    def __init__(  # noqa: PLR0913 (the parts it ties together)
        self,
        *,
        book: AccountBook,
        channels: Mapping[str, Channel],
        intake: Intake,
        sightings: Sightings,
        metrics: Metrics,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._book = book
        self._channels = channels
        self._intake = intake
        self._sightings = sightings
        self._metrics = metrics
        self._clock = clock
        self._public_url = public_url
        self._routing = Routing(book)
        self._answers = {name: Acknowledgement(*channels[name].answer()) for name in channels}
        self._taken = {name: metrics.events.labels(name, "taken") for name in channels}
        self._latency = {name: metrics.latency.labels(name) for name in channels}
        self._loop = asyncio.get_running_loop()
        self._run = os.urandom(5).hex()
        self._number = itertools.count(1)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the routes for an application; `gateway.front` serves the same calls faster."""
        return [web.route("*", PREFIX + "{channel}/{account}", self.handle)]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one call."""
        request_id = f"{self._run}-{next(self._number):x}"
        channel, name = names_in(request.raw_path.partition("?")[0])
        try:
            account = self._book.named(channel, name) or await self._latest(channel, name)
            if request.method == "POST":
                return await self._receive(request, account, request_id)
            return self._greet(request, account)
        except Answered as answer:
            return self._refuse(answer, channel, request_id)

    def _refuse(self, answer: Answered, channel: str, request_id: str) -> web.Response:
        known = channel if channel in self._channels else "unknown"
        self._metrics.refusals.labels(known, str(answer.status)).inc()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        log.info("webhook refused", channel=known, status=answer.status, reason=answer.text)
        return refusal(answer)

    async def _latest(self, channel: str, name: str) -> Account:
        """Return an account that the book may not know yet."""
        await self._ask_again()
        account = self._book.named(channel, name)
        if account is None or channel not in self._channels:
            raise Answered(404, "There is no such account; see bin/tessera account list")
        return account

    async def _ask_again(self) -> None:
        try:
            await self._book.ask_again()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Answered(503, "The database is away; try again") from error

    def _greet(self, request: web.BaseRequest, account: Account) -> web.Response:
        """Answer a platform's handshake."""
        if request.method != "GET":
            raise Answered(405, "Webhooks are called with GET or POST")
        challenge = self._channels[account.channel].handshake(account, self._told(request, b""))
        if challenge is None:
            raise Answered(403, "The handshake failed; check the verify token")
        self._sightings.note(account, None, self._clock.now())
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return web.Response(text=challenge, headers=headers)

    async def _receive(
        self, request: web.BaseRequest, account: Account, request_id: str
    ) -> web.StreamResponse:
        arrived = self._clock.now()
        told = self._told(request, await read_body(request))
        channel = self._channels[account.channel]
        if not holds(channel, account, told, arrived):
            account = await self._verified(channel, account, told, arrived)
        try:
            entries = channel.split(told)
        except (UnreadableBody, ValueError, RecursionError) as error:
            raise Answered(400, f"The body cannot be read: {error}") from error
        signed = partial(holds, channel, request=told, now=arrived)
        routed = self._routing.route(channel, account, entries, signed)
        if foreign := len(entries) - len(routed):
            self._metrics.events.labels(channel.name, "foreign").inc(foreign)
            log.info(
                "foreign entries dropped",
                request_id=request_id,
                account=repr(account),
                count=foreign,
            )
        if routed:
            await self._store(channel.name, routed, arrived, request_id)
        elif not entries:  # a platform's test of the address carries no event
            self._sightings.note(account, None, arrived)
        return self._answers[channel.name].to(request, arrived)

    async def _verified(
        self, channel: Channel, account: Account, told: WebhookRequest, arrived: datetime
    ) -> Account:
        """Return the account with a secret changed a moment ago, when that one signed the call."""
        await self._ask_again()
        latest = self._book.named(account.channel, account.name)
        if latest is None or latest == account or not holds(channel, latest, told, arrived):
            raise Answered(401, "The signature is missing or not this account's")
        return latest

    async def _store(
        self,
        channel: str,
        routed: Sequence[tuple[Account, Entry]],
        arrived: datetime,
        request_id: str,
    ) -> None:
        events = [event_of(account, entry, arrived, request_id) for account, entry in routed]
        begun = self._loop.time()
        try:
            await self._intake.submit(events)
        except NotDurable as error:
            self._metrics.events.labels(channel, "not_durable").inc(len(events))
            raise Answered(503, str(error)) from error
        self._taken[channel].inc(len(events))
        self._latency[channel].observe(self._loop.time() - begun)
        for account, entry in routed:
            self._sightings.note(account, entry.account_address, arrived)

    def _told(self, request: web.BaseRequest, body: bytes) -> WebhookRequest:
        """Return the call as channels read it. aiohttp's headers are found whatever their case."""
        target = request.raw_path
        return WebhookRequest(
            method=request.method,
            target=target,
            query=query_of(target) if "?" in target else {},
            headers=request.headers,
            body=body,
            public_url=self._public_url,
        )


@lru_cache(maxsize=1024)
def names_in(path: str) -> tuple[str, str]:
    """Return channel and account of a raw path; names no account has when it is odd."""
    if not path.startswith(PREFIX):  # the absolute form that clients use towards proxies
        path = "/" + path.split("/", 3)[-1]
    channel, _, name = path.removeprefix(PREFIX).partition("/")
    return channel, unquote(name) if "%" in name else name


def event_of(account: Account, entry: Entry, arrived: datetime, request_id: str) -> NewEvent:
    """Return the row to store."""
    owner, key_hash = account.id.bytes, hash_of(entry.key)
    lane = lane_of(owner, entry.lane)
    return NewEvent(
        account.id, key_hash, lane, entry.payload, arrived, request_id, owner + key_hash
    )


def query_of(target: str) -> dict[str, str]:
    """Return the first value of each query field; none when there are absurdly many."""
    try:
        pairs = parse_qsl(urlsplit(target).query, True, max_num_fields=QUERY_FIELDS)  # noqa: FBT003 (by position only in effect)
    except ValueError:
        return {}
    return dict(reversed(pairs))


async def read_body(request: web.BaseRequest) -> bytes:
    """Return the raw body; a body over the cap is refused as soon as that is known."""
    content = request.content
    if content.is_eof() and content.total_bytes <= BODY_LIMIT:
        return content.read_nowait()
    if (request.content_length or 0) > BODY_LIMIT:
        raise Answered(413, "The body is over 2 MiB")
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := await request.content.readany():
            chunks.append(chunk)
            size += len(chunk)
            if size > BODY_LIMIT:
                raise Answered(413, "The body is over 2 MiB")
    except (web.RequestPayloadError, web.HTTPException, ValueError) as error:
        raise Answered(400, "The body was cut off or its encoding is broken") from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def refusal(answer: Answered) -> web.Response:
    """Return the response to a call that is not taken."""
    headers = {"X-Content-Type-Options": "nosniff"}
    if answer.status == 503:
        headers["Retry-After"] = RETRY_AFTER_S
    if answer.status == 405:
        headers["Allow"] = "GET, POST"
    return web.Response(status=answer.status, text=answer.text + "\n", headers=headers)
