"""Behind a proxy people keep their own addresses, and nobody can borrow another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aiohttp
import pytest
from aiohttp import web

from config.settings import SettingsError
from gateway.front import put_before
from gateway.proxies import caller, networks

if TYPE_CHECKING:
    from gateway.webhooks import Webhooks

OURS = networks(["127.0.0.1", "10.0.0.0/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", " , ,", "127.0.0.1"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("", "198.51.100.1", ""),
        ("127.0.0.1", "10.0.0.1," * 5000, "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(peer, forwarded, seen):
    assert caller(peer, forwarded, OURS) == seen


def test_a_proxy_that_is_no_address_is_named():
    with pytest.raises(SettingsError, match="'caddy' is no address"):
        networks(["127.0.0.1", "caddy"])


@pytest.mark.parametrize(("trusted", "seen"), [(OURS, "203.0.113.7"), ((), "127.0.0.1")])
async def test_the_application_sees_the_real_caller_and_the_whole_body(trusted, seen):
    async def tell(request: web.Request) -> web.Response:
        return web.json_response([request.remote, await request.text(), request.match_info["name"]])

    app = web.Application()
    app.router.add_post("/hello/{name}", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    put_before(runner, cast("Webhooks", None), trusted)  # no webhook is sent here
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.post(
                f"http://127.0.0.1:{address[1]}/hello/mei",
                data="a body",
                headers={"X-Forwarded-For": "203.0.113.7"},
            ) as answer,
        ):
            assert await answer.json() == [seen, "a body", "mei"]
    finally:
        await runner.cleanup()
