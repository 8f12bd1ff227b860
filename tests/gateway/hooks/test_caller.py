"""Where webhooks may go: public https addresses, checked on the connection itself, and what the operator names."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.hooks.caller import Caller
from runtime.netguard import guarded_session
from tests.doubles.receiver import Receiver
from tests.ports import free_port
from tests.runtime.test_netguard import Names


@pytest.fixture
async def receiver():
    made = await Receiver().start()
    yield made
    await made.stop()


@pytest.fixture
async def plain():
    async with aiohttp.ClientSession() as session:
        yield session


async def call(url, plain, exempt=(), resolver=None):
    async with guarded_session(resolver) as guarded:
        return await Caller(guarded, plain, exempt).call(url, b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest/meta-data"),
        *("https://2130706433/x", "https://0x7f.1/x", "https://[::ffff:10.0.0.1]/x"),
    ],
)
async def test_no_address_inside_a_network_is_called_however_it_is_written(url, plain):
    answer = await call(url, plain, resolver=Names("127.0.0.1"))
    assert (answer.status, answer.error) in {(None, "not_public"), (None, "bad_address")}


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fc00::1"])
async def test_a_name_that_leads_inside_is_refused_on_the_connection_itself(inside, plain):
    """A name may resolve to something else the second time: what is connected to is what was checked."""
    answer = await call("https://rebound.example/x", plain, resolver=Names(inside))
    assert answer.error == "not_public"


async def test_http_is_for_the_origins_the_operator_named_and_for_nothing_beside_them(
    receiver, plain
):
    address = f"{receiver.origin}/hooks"
    assert (await call(address, plain)).error == "not_https"
    assert (await call(address, plain, [receiver.origin])).status == 200
    other = receiver.origin.replace("127.0.0.1", "localhost")
    assert (await call(f"{other}/hooks", plain, [receiver.origin])).error == "not_https"
    secure = receiver.origin.replace("http:", "https:")
    assert (await call(f"{secure}/x", plain, [receiver.origin])).error == "not_public"
    assert len(receiver.got) == 1


async def test_a_redirect_leads_nowhere(receiver, plain):
    away = web.Response(status=307, headers={"Location": f"{receiver.origin}/inside"})
    receiver.answers.append(away)
    answer = await call(f"{receiver.origin}/hooks", plain, [receiver.origin])
    assert answer.status == 307
    assert len(receiver.got) == 1


@pytest.mark.parametrize("url", ["https://", "nonsense", "https://exa mple/", "https://x:99999/"])
async def test_what_is_no_address_is_an_answer_not_an_exception(url, plain):
    assert (await call(url, plain, resolver=Names("127.0.0.1"))).status is None


async def test_a_closed_port_and_a_cut_connection_have_their_words(plain):
    closed = free_port()
    origin = f"http://127.0.0.1:{closed.getsockname()[1]}"
    closed.close()
    assert (await call(f"{origin}/", plain, [origin])).error == "no_connection"

    async def cut(request):
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", cut)
    async with TestServer(app, socket_factory=lambda *_: free_port()) as server:
        origin = str(server.make_url("")).rstrip("/")
        assert (await call(f"{origin}/", plain, [origin])).error == "broken_off"


async def test_a_server_that_speaks_no_tls_is_a_certificate_or_connection_trouble(receiver, plain):
    origin = receiver.origin.replace("http:", "https:")
    answer = await call(f"{origin}/", plain, [origin])
    assert answer.error in {"certificate", "no_connection"}
