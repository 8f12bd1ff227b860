"""Small HTTP calls over kept connections: what sends of every second need, and nothing more.

A POST of some kilobytes and its answer cost a fifth of what they cost through an aiohttp request (docs/decisions/0028).
No redirects, cookies, proxies or compression. A session opened with a `PostConnector` takes this way;
with any other connector the same call goes through the session itself.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohappyeyeballs import AddrInfoType, start_connection
from typing_extensions import override

from runtime.answers import Answer, AnswerReader, UnreadableAnswer

CONNECT_S = 5.0
# Servers close what was idle for a minute or less; a call must not meet that moment.
KEPT_S = 15.0
HAPPY_EYEBALLS_S = 0.25
TARGET = re.compile(r"[\x21-\x7e]+")
UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class NotConnected(Exception):
    """No connection came about: nothing was sent."""


class Broken(Exception):
    """The connection ended, or the answer could not be read: what became of the call is unknown."""


class _Place(msgspec.Struct, frozen=True):
    """Where an address leads: the key of its connections, and how its requests begin."""

    host: str
    port: int
    secure: bool


@lru_cache(256)
def _parse(url: str) -> tuple[_Place, bytes]:
    """Return the place and the beginning of a POST to `url`; raises ValueError when it is no address."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    known = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not known or not TARGET.fullmatch(target + parts.netloc):
        raise ValueError("this is no address to post to")
    secure = parts.scheme == "https"
    place = _Place(str(parts.hostname), parts.port or (443 if secure else 80), secure)
    return place, f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode()


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _head(headers: Mapping[str, str], length: int) -> bytes:
    if UNSAFE.search("".join(headers.values())):
        raise ValueError("a header cannot carry this")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{lines}Content-Length: {length}\r\n\r\n".encode()


class _Connection(asyncio.Protocol):
    """One connection; at most one call at a time."""

    def __init__(self, place: _Place) -> None:
        self.place = place
        self.idle_since = 0.0
        self.open = True
        self._transport: asyncio.Transport
        self._reader = AnswerReader()
        self._answer: asyncio.Future[Answer] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send and wait for the answer; raises Broken."""
        self._reader = AnswerReader()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answer
        except BaseException:
            self.abort()
            raise
        finally:
            self._answer = None

    @property
    def keeps(self) -> bool:
        """Whether another call may follow."""
        return self.open and self._reader.keeps

    def abort(self) -> None:
        """Cut the connection."""
        self.open = False
        self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.abort()  # nobody asked
            return
        try:
            answer = self._reader.feed(data)
        except UnreadableAnswer as error:
            self._answer.set_exception(Broken(str(error)))
            return
        if answer is not None:
            self._answer.set_result(answer)

    @override
    def eof_received(self) -> None:
        self.open = False

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._answer is None or self._answer.done():
            return
        answer = self._reader.end() if exc is None else None
        if answer is not None:
            self._answer.set_result(answer)
        else:
            self._answer.set_exception(Broken("the connection was cut"))


_Found: TypeAlias = Sequence[AddrInfoType]
LookUp: TypeAlias = Callable[[str, int], Awaitable[_Found]]


class Posts:
    """Connections kept between calls, for one event loop. How many are open is for the callers to bound."""

    def __init__(self, look_up: LookUp, forget: Callable[[str, int], None]) -> None:
        """`look_up` finds a host, which may be remembered until nobody is met there: then `forget` is called."""
        self._look_up, self._forget = look_up, forget
        self._idle: dict[_Place, list[_Connection]] = {}
        self._used: set[_Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one call. Raises NotConnected, Broken, and ValueError for an address or a header that is none.

        How long the answer may take is the caller's to say (asyncio.timeout).
        """
        place, start = _parse(url)
        request = b"".join((start, _head(headers, len(body)), body))
        connection = self._take(place) or await self._connect(place)
        self._used.add(connection)
        try:
            answer = await connection.ask(request)
        finally:
            self._used.discard(connection)
        self._give_back(connection)
        return answer

    def close(self) -> None:
        """Cut every connection; calls under way are Broken."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in (*self._used, *(each for kept in self._idle.values() for each in kept)):
            connection.abort()
        self._idle.clear()

    async def _connect(self, place: _Place) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                made = await start_connection(
                    await self._look_up(place.host, place.port),
                    happy_eyeballs_delay=HAPPY_EYEBALLS_S,
                    interleave=1,
                    loop=loop,
                )
                _, connection = await loop.create_connection(
                    lambda: _Connection(place),
                    sock=made,
                    ssl=_trust() if place.secure else None,
                    server_hostname=place.host if place.secure else None,
                )
        except OSError as error:
            self._forget(place.host, place.port)
            raise NotConnected(type(error).__name__) from error
        return connection

    def _take(self, place: _Place) -> _Connection | None:
        kept = self._idle.get(place)
        oldest = asyncio.get_running_loop().time() - KEPT_S
        while kept:
            connection = kept.pop()
            if connection.open and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    def _give_back(self, connection: _Connection) -> None:
        if self._closed or not connection.keeps:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.setdefault(connection.place, []).append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(KEPT_S, self._drop_old)

    def _drop_old(self) -> None:
        loop = asyncio.get_running_loop()
        oldest = loop.time() - KEPT_S
        for place, kept in list(self._idle.items()):
            fresh = [each for each in kept if each.open and each.idle_since > oldest]
            for connection in kept:
                if connection not in fresh:
                    connection.abort()
            self._idle[place] = fresh
            if not fresh:
                del self._idle[place]
        self._sweep = loop.call_later(KEPT_S, self._drop_old) if self._idle else None


class PostConnector(aiohttp.TCPConnector):
    """aiohttp's connector, with the connections of `post` beside its own: they end with the session."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 (aiohttp's own)
        super().__init__(**settings)
        self.posts = Posts(self._look_up, self.clear_dns_cache)

    async def _look_up(self, host: str, port: int) -> _Found:
        """Find a host as aiohttp does: remembered for `ttl_dns_cache` seconds, asked once for all who wait."""
        found = await self._resolve_host(host, port)
        return self._convert_hosts_to_addr_infos(found)

    @override
    async def close(self, *, abort_ssl: bool = False) -> None:
        self.posts.close()
        await super().close(abort_ssl=abort_ssl)


async def post(
    http: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Make one call by the shortest way the session has; raises as `Posts.post` does."""
    if isinstance(http.connector, PostConnector):
        return await http.connector.posts.post(url, headers, body)
    limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
    try:
        async with http.post(
            url, data=body, headers=headers, allow_redirects=False, timeout=limits
        ) as response:
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, told, await response.read())
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise NotConnected(type(error).__name__) from error
    except ValueError:
        raise
    except (aiohttp.ClientError, OSError) as error:
        raise Broken(type(error).__name__) from error
