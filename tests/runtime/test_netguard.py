"""The guard at the connector: only public addresses, however they are written or resolved."""

from __future__ import annotations

import socket
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer
from yarl import URL

from runtime.media import Fetcher, FetchFailed, FetchRefused, MediaStore, headers_for, sniff
from runtime.netguard import guarded_session, is_public, was_refused

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 5000


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.1.2.3", "255.255.255.255", "224.0.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1"),
        *("fe80::1%eth0", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "localhost", "", "127.1"),
    ],
)  # fmt: skip
def test_an_address_inside_any_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "203.104.1.1", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


class Names(AbstractResolver):
    """Resolves every name to one address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(self, host, port=0, family=socket.AF_INET):
        """Return the address under any name."""
        return [
            {"hostname": host, "host": self.address, "port": port, "family": family, "proto": 0, "flags": 0}
        ]  # fmt: skip

    async def close(self):
        """Do nothing."""


@pytest.mark.parametrize(
    "url",
    [
        *("https://rebound.example/x", "https://127.0.0.1/x", "https://[::1]/x"),
    ],
)
async def test_nothing_is_connected_to_a_private_address(url):
    async with guarded_session(Names("127.0.0.1")) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.get(url)
        assert was_refused(refused.value)


@pytest.fixture
async def host():
    """A server on loopback that stands for a platform: files, redirects, what it was asked."""
    seen: list[tuple[str, str | None]] = []
    app = web.Application()

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.path, request.headers.get("Authorization")))
        if request.path == "/to":
            raise web.HTTPFound(request.query["where"])
        if request.path == "/loop":
            raise web.HTTPFound("/loop")
        if request.path == "/gone":
            raise web.HTTPNotFound
        if request.path == "/busy":
            raise web.HTTPServiceUnavailable
        if request.path == "/endless":
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(100):
                await response.write(b"x" * 1000)
            return response
        return web.Response(body=PNG, content_type="text/html")

    app.router.add_get("/{path:.*}", answer)
    server = TestServer(app)
    await server.start_server()
    server.seen = seen  # type: ignore[attr-defined]  # a note for the tests
    yield server
    await server.close()


@pytest.fixture
async def fetcher(tmp_path):
    """A fetcher with a small cap."""
    async with guarded_session() as guarded, aiohttp.ClientSession() as plain:
        yield Fetcher(MediaStore(tmp_path), guarded, plain, most_bytes=20_000)


SECRET = {"Authorization": "Bearer secret"}


async def test_a_file_is_kept_under_the_type_its_bytes_prove(fetcher, host):
    base = str(host.make_url("/"))
    stored = await fetcher.fetch(base + "pic", SECRET, base)
    assert (stored.content_type, stored.size) == ("image/png", len(PNG))
    path = fetcher.store.folder / stored.key
    assert path.read_bytes() == PNG
    assert path.stat().st_mode & 0o077 == 0
    assert host.seen == [("/pic", "Bearer secret")]


async def test_only_the_exact_origin_the_operator_named_is_exempt(fetcher, host):
    base = str(host.make_url("/"))
    other = base.replace(str(host.port), str(host.port + 1))
    for exempt in ("", other, base.replace("http:", "https:")):
        with pytest.raises(FetchRefused):
            await fetcher.fetch(base + "pic", {}, exempt)
    assert host.seen == []


async def test_a_redirect_into_a_private_network_is_refused(fetcher, host):
    base = str(host.make_url("/"))
    for where in ("https://127.0.0.1:1/x", "https://[::ffff:10.0.0.1]/x", "http://127.0.0.1:1/x"):
        with pytest.raises(FetchRefused):
            await fetcher.fetch(f"{base}to?where={where}", SECRET, base)


async def test_a_redirect_within_the_origin_keeps_the_credentials_that_open_it(fetcher, host):
    base = str(host.make_url("/"))
    await fetcher.fetch(f"{base}to?where={base}pic", SECRET, base)
    assert host.seen == [("/to", "Bearer secret"), ("/pic", "Bearer secret")]


@pytest.mark.parametrize(
    "target",
    [
        "https://cdn.example/file",
        "https://api.example:8443/file",
        "http://api.example/file",
        "https://api.example.evil/file",
    ],
)
def test_credentials_go_to_no_other_origin(target):
    first = URL("https://api.example/start")
    assert headers_for(first, first, SECRET) == SECRET
    assert headers_for(URL(target), first, SECRET) == {}


@pytest.mark.parametrize(("path", "again"), [("gone", False), ("busy", True), ("loop", False)])
async def test_a_failure_says_whether_to_try_again_and_leaves_no_file(fetcher, host, path, again):
    base = str(host.make_url("/"))
    with pytest.raises(FetchFailed) as failed:
        await fetcher.fetch(base + path, {}, base)
    assert failed.value.again is again
    assert list(fetcher.store.folder.iterdir()) == []


async def test_a_file_over_the_cap_is_refused_even_when_it_hides_its_size(fetcher, host):
    base = str(host.make_url("/"))
    with pytest.raises(FetchRefused, match="larger"):
        await fetcher.fetch(base + "endless", {}, base)
    assert list(fetcher.store.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"<svg onload=alert(1)>", "application/octet-stream"),
        (b"<html>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_first_bytes_decide_the_type(head, kind):
    assert sniff(head) == kind


@pytest.mark.parametrize(
    "where", ["http://[bad", "https://" + "a" * 70 + ".example/x", "https://h:99999/", "mailto:a"]
)
async def test_a_redirect_to_no_address_at_all_is_an_answer_not_a_crash(fetcher, host, where):
    base = str(host.make_url("/"))
    with pytest.raises((FetchRefused, FetchFailed)):
        await fetcher.fetch(f"{base}to?where={quote(where)}", {}, base)
    assert list(fetcher.store.folder.iterdir()) == []


@pytest.mark.parametrize("address", ["::127.0.0.1", "::ffff:0:127.0.0.1", "::a00:1"])
def test_old_ways_of_writing_an_address_inside_are_not_public(address):
    assert not is_public(address)
