"""Calls over kept connections: how they begin, are shared, and end."""

from __future__ import annotations

import asyncio
import socket
import ssl

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from runtime import posts
from runtime.posts import Broken, NotConnected, PostConnector, post

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request on a connection with the next of `answers`; b"" cuts the connection."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []
        self.opened = 0
        self.closed = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader, writer):
        self.opened += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if not answer:
                    break
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed.set()
            writer.close()


@pytest.fixture
async def start():
    """Start a server: `url = await start(Server(...))`."""
    started = []

    async def begin(server):
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        started.append((listening, server))
        return f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/send?a=1"

    yield begin
    for listening, server in started:
        for writer in server.writers:
            writer.close()
        listening.close()
        await listening.wait_closed()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(connector=PostConnector()) as session:
        yield session


class Names(AbstractResolver):
    """Knows one host, at `self.at`; counts how often it is asked."""

    def __init__(self):
        self.at, self.asked = "127.0.0.1", 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked += 1
        found = {"hostname": host, "host": self.at, "port": port, "family": family}
        return [found | {"proto": 0, "flags": 0}]

    async def close(self):
        pass


@pytest.fixture
async def names():
    return Names()


@pytest.fixture
async def named(names):
    """A session that finds hosts by `names`."""
    connector = PostConnector(resolver=names, ttl_dns_cache=60)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def asked(server, work):
    """Start a call and return it once the server has it."""
    calling = asyncio.ensure_future(work)
    async with asyncio.timeout(60):
        while not server.asked:
            assert not calling.done()
            await asyncio.sleep(0)
    return calling


async def test_calls_one_after_the_other_share_a_connection(start, http):
    server = Server(OK, OK)
    url = await start(server)
    for _ in range(2):
        answer = await post(http, url, {"Authorization": "Bearer a"}, b"{}")
        assert (answer.status, answer.body) == (200, b"ok")
    assert server.opened == 1
    place = url.removeprefix("http://").partition("/")[0].encode()
    assert (
        server.asked
        == [
            b"POST /send?a=1 HTTP/1.1\r\nHost: " + place + b"\r\nAuthorization: Bearer a\r\n"
            b"Content-Length: 2\r\n\r\n{}"
        ]
        * 2
    )


async def test_calls_at_once_have_connections_of_their_own(start, http):
    server = Server(OK, OK)
    url = await start(server)
    await asyncio.gather(post(http, url, {}, b"1"), post(http, url, {}, b"2"))
    assert server.opened == 2


async def test_a_connection_that_the_answer_ends_is_not_used_again(start, http):
    server = Server(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), OK)
    url = await start(server)
    for _ in range(2):
        assert (await post(http, url, {}, b"")).status == 200
    assert server.opened == 2


async def test_an_idle_connection_is_not_trusted_for_long(start, http, monkeypatch):
    server = Server(OK, OK)
    url = await start(server)
    await post(http, url, {}, b"")
    monkeypatch.setattr(posts, "KEPT_S", 0.0)
    await post(http, url, {}, b"")
    assert server.opened == 2


async def test_an_idle_connection_is_closed_in_time(start, http, monkeypatch):
    monkeypatch.setattr(posts, "KEPT_S", 0.01)
    server = Server(OK)
    await post(http, await start(server), {}, b"")
    async with asyncio.timeout(60):
        await server.closed.wait()


async def test_a_connection_that_the_server_closed_meanwhile_is_left_alone(start, http):
    server = Server(OK, OK)
    url = await start(server)
    await post(http, url, {}, b"")
    kept = next(iter(http.connector.posts._idle.values()))[0]
    server.writers[0].close()
    async with asyncio.timeout(60):
        while kept.open:  # noqa: ASYNC110 (nothing tells when the end has come through)
            await asyncio.sleep(0)
    assert (await post(http, url, {}, b"")).status == 200
    assert server.opened == 2


@pytest.mark.parametrize("answer", [b"", b"220 ftp\r\n\r\n"])
async def test_an_answer_that_never_came_whole_leaves_the_outcome_open(start, http, answer):
    server = Server(answer)
    with pytest.raises(Broken):
        await post(http, await start(server), {}, b"")
    assert len(server.asked) == 1, "never sent a second time"


async def test_an_answer_may_end_with_its_connection(start, http):
    server = Server(b"HTTP/1.1 200 OK\r\n\r\nall", b"")
    url = await start(server)
    calling = await asked(server, post(http, url, {}, b""))
    server.writers[0].close()
    assert (await calling).body == b"all"


async def test_a_call_given_up_takes_its_connection_with_it(start, http):
    server = Server(b"HTTP/1.1 200 OK\r\n")
    calling = await asked(server, post(http, await start(server), {}, b""))
    calling.cancel()
    async with asyncio.timeout(60):
        await server.closed.wait()


async def test_nobody_there_means_that_nothing_was_sent(http):
    with pytest.raises(NotConnected):
        await post(http, "http://127.0.0.1:9/", {}, b"")


async def test_a_host_is_looked_up_once_for_many_connections(start, named, names):
    server = Server(*[OK] * 5)
    url = (await start(server)).replace("127.0.0.1", "platform.example")
    await asyncio.gather(*(post(named, url, {}, b"") for _ in range(4)))
    named.connector.posts._idle.clear()
    await post(named, url, {}, b"")
    assert (server.opened, names.asked) == (5, 1)
    assert b"Host: platform.example:" in server.asked[0]


async def test_a_host_where_nobody_is_met_is_looked_up_anew(start, named, names):
    server = Server(OK)
    url = (await start(server)).replace("127.0.0.1", "platform.example")
    names.at = "::1"
    with pytest.raises(NotConnected):
        await post(named, url, {}, b"")
    names.at = "127.0.0.1"
    assert (await post(named, url, {}, b"")).status == 200


async def test_a_server_without_a_certificate_gets_nothing(start, http, monkeypatch):
    monkeypatch.setattr(posts, "CONNECT_S", 0.2)
    server = Server(OK)
    url = (await start(server)).replace("http:", "https:")
    with pytest.raises(NotConnected):
        await post(http, url, {"Authorization": "Bearer secret"}, b"")
    assert server.asked == []


def test_certificates_and_names_are_checked():
    context = posts._trust()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "nonsense",
        "ftp://a/",
        "https://[::1",
        "http://a/b c",
        "http://u:p@a/",
        "http://a:x/",
    ],
)
async def test_an_address_that_is_none_is_refused(http, url):
    with pytest.raises(ValueError):  # noqa: PT011 (any of them)
        await post(http, url, {}, b"")


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\0", "\ud800"])
async def test_a_header_cannot_smuggle_another(start, http, value):
    server = Server(OK)
    url = await start(server)
    with pytest.raises(ValueError):  # noqa: PT011 (any of them)
        await post(http, url, {"Authorization": value}, b"")
    assert server.asked == []


async def test_the_connections_end_with_the_session(start):
    server = Server(OK)
    async with aiohttp.ClientSession(connector=PostConnector()) as session:
        await post(session, await start(server), {}, b"")
    async with asyncio.timeout(60):
        await server.closed.wait()
