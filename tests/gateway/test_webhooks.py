"""Webhooks over HTTP: every row of the table of answers, and what is stored."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.intake import Intake, connector
from gateway.webhooks import BODY_LIMIT
from tests.channels.harness import CHANNELS, PUBLIC_URL, samples

every_channel = pytest.mark.parametrize("name", CHANNELS)
META = ("instagram", "messenger")


@every_channel
async def test_a_signed_message_is_answered_once_it_is_stored(gate, name):
    account = await gate.account(name)
    status, headers, text = await gate.post(account, samples(name).text_body("latte"))
    assert (status, text) == (200, CHANNELS[name].answer()[0])
    assert headers["Content-Type"].startswith(CHANNELS[name].answer()[1])
    [(owner, payload)] = await gate.stored()
    assert owner == account.id
    assert CHANNELS[name].read(payload).text == "latte"


@every_channel
async def test_a_redelivery_is_answered_and_stores_nothing(gate, name):
    """Lesson 1, lesson 4: what a platform sends again is answered and kept once."""
    account = await gate.account(name)
    body = samples(name).text_body("latte")
    statuses = {(await gate.post(account, body))[0] for _ in range(3)}
    assert statuses == {200}
    assert len(await gate.stored()) == 1
    assert gate.count("tessera_inbox_rows_total", outcome="duplicate") == 2


@every_channel
async def test_an_event_twice_in_one_call_is_stored_once(gate, name):
    account = await gate.account(name)
    for body in samples(name).duplicate_body():
        assert (await gate.post(account, body))[0] == 200
    assert len(await gate.stored()) == 1


@every_channel
async def test_a_hundred_events_of_one_call_are_all_stored(gate, name):
    account = await gate.account(name)
    bodies = samples(name).batch_body(100)
    await asyncio.gather(*(gate.post(account, body) for body in bodies))
    assert len(await gate.stored()) == 100


@every_channel
async def test_an_unknown_event_is_taken(gate, name):
    account = await gate.account(name)
    assert (await gate.post(account, samples(name).unknown_event_body()))[0] == 200
    assert len(await gate.stored()) == 1


@every_channel
async def test_a_forged_call_is_refused(gate, name):
    account = await gate.account(name)
    stranger = await gate.account(name, "other", secret="somebody else's", shared_keys={})
    body = samples(name).text_body("latte")
    assert (await gate.post(account, body, signer=stranger))[0] == 401
    assert (await gate.post(account, body, headers={}))[0] == 401
    assert await gate.stored() == []


@every_channel
async def test_a_signed_body_that_is_no_such_event_is_refused(gate, name):
    account = await gate.account(name)
    for body in (b'{"truncated', b"[" * 20_000 + b"]" * 20_000, b"\xff\xfe", b"null"):
        kit = samples(name)
        target = f"/webhooks/{name}/demo"
        headers = kit.sign(body, account, target, PUBLIC_URL)
        headers["content-type"] = headers["content-type"].replace("json", "x-www-form-urlencoded")
        status, _, _ = await gate.post(account, body, headers=headers)
        assert status in {400, 401}
        assert status == 400 or name == "whatsapp"
    assert await gate.stored() == []


@every_channel
async def test_a_body_over_two_mebibytes_is_refused(gate, name):
    account = await gate.account(name)
    assert (await gate.post(account, b"x" * (BODY_LIMIT + 1)))[0] == 413

    async def drip():
        for _ in range(3):
            yield b"x" * (1024 * 1024)

    target = f"/webhooks/{name}/demo"
    assert (await gate.send("POST", target, data=drip()))[0] == 413


async def test_a_large_body_is_refused_before_it_has_come(gate):
    await gate.account("line")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gate.url.rpartition(":")[2]))
    writer.write(
        b"POST /webhooks/line/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nstart"
    )
    assert b" 413 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_body_of_just_two_mebibytes_is_read(gate):
    account = await gate.account("line")
    text = "a" * (BODY_LIMIT - len(samples("line").text_body("")))
    assert (await gate.post(account, samples("line").text_body(text)))[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        "/webhooks/line/nobody",
        "/webhooks/telegram/demo",
        "/webhooks/line/demo/more",
        "/webhooks/line/",
        "/webhooks/line",
        "/webhooks/",
        "/webhooks//demo",
        "/webhooks/line/%00",
        "/webhooks/line/%ff",
    ],
)
async def test_an_unknown_account_is_not_found(gate, target):
    await gate.account("line")
    for method in ("GET", "POST"):
        assert (await gate.send(method, target, data=b"{}"))[0] == 404


async def test_an_account_added_a_moment_ago_is_known(gate):
    assert (await gate.send("POST", "/webhooks/line/late", data=b"{}"))[0] == 404
    account = await gate.account("line", "late")
    for _ in range(200):
        status, _, _ = await gate.post(account, samples("line").text_body("hi"))
        if status == 200:
            return
    raise AssertionError("the new account was never found")


async def test_a_secret_changed_a_moment_ago_holds(gate, monkeypatch):
    monkeypatch.setattr("gateway.accounts.ASK_AGAIN_S", 0)
    account = await gate.account("line")
    body = samples("line").text_body("hi")
    assert (await gate.post(account, body))[0] == 200
    await gate.db.screens.execute("DELETE FROM channel_account")
    renewed = await gate.account("line", secret="another secret altogether")
    assert (await gate.post(renewed, body))[0] == 200


async def test_other_methods_are_refused(gate):
    await gate.account("line")
    status, headers, _ = await gate.send("PUT", "/webhooks/line/demo", data=b"{}")
    assert (status, headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("name", META)
async def test_a_handshake_with_the_right_token_gets_its_challenge(gate, name):
    account = await gate.account(name, verify_token="open sesame")
    target = f"/webhooks/{name}/{account.name}?hub.mode=subscribe&hub.challenge=1158201444"
    assert (await gate.send("GET", target + "&hub.verify_token=open+sesame"))[::2] == (
        200,
        "1158201444",
    )
    assert (await gate.send("GET", target + "&hub.verify_token=guess"))[0] == 403
    assert (await gate.send("GET", target))[0] == 403


async def test_a_handshake_shows_that_the_address_is_right_and_a_failed_one_does_not(gate):
    account = await gate.account("messenger", verify_token="open sesame")
    target = (
        f"/webhooks/messenger/{account.name}?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
    )
    seen = "SELECT webhook_at FROM channel_account"
    await gate.send("GET", target + "guess")
    await gate.sightings.flush(gate.db.screens)
    assert await gate.db.screens.fetchval(seen) is None
    await gate.send("GET", target + "open+sesame")
    await gate.sightings.flush(gate.db.screens)
    assert await gate.db.screens.fetchval(seen) is not None


async def test_an_account_without_handshake_refuses_one(gate):
    await gate.account("line")
    target = "/webhooks/line/demo?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
    assert (await gate.send("GET", target))[0] == 403


async def test_the_path_is_read_whatever_its_form(gate):
    account = await gate.account("line", "tea house")
    body = samples("line").text_body("hi")
    signed = samples("line").sign(body, account, "", PUBLIC_URL)
    target = "/webhooks/line/tea%20house?x=1"
    assert (await gate.send("POST", target, data=body, headers=signed))[0] == 200
    head = f"POST {gate.url}/webhooks/line/tea%20house HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert b" 200 " in await gate.raw(call(head, signed, body))


def call(head, headers, body):
    """Return a whole request."""
    lines = [f"{key}: {value}\r\n" for key, value in headers.items()]
    return (head + "".join(lines) + f"Content-Length: {len(body)}\r\n\r\n").encode() + body


@every_channel
@pytest.mark.parametrize(
    "opening",
    ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"],
)
async def test_a_client_that_wants_one_answer_gets_it_whole(gate, name, opening):
    account = await gate.account(name)
    body = samples(name).text_body("hi")
    signed = samples(name).sign(body, account, f"/webhooks/{name}/demo", PUBLIC_URL)
    answer = await gate.raw(call(f"POST /webhooks/{name}/demo {opening}", signed, body))
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b" 200 OK\r\n" in head
    assert b"Date: " in head
    assert rest.decode() == CHANNELS[name].answer()[0]


async def test_calls_sent_in_one_go_are_answered_one_by_one(gate):
    account = await gate.account("whatsapp")
    calls = b""
    for body in samples("whatsapp").batch_body(3):
        signed = samples("whatsapp").sign(body, account, "/webhooks/whatsapp/demo", PUBLIC_URL)
        calls += call("POST /webhooks/whatsapp/demo HTTP/1.1\r\nHost: x\r\n", signed, body)
    answer = await gate.raw(calls + b"GET /healthz HTTP/1.0\r\n\r\n")
    assert answer.count(b" 200 OK\r\n") == 4
    assert answer.count(b"<Response/>") == 3


@every_channel
async def test_the_applications_own_router_answers_alike(gate, name):
    account = await gate.account(name)
    await gate.close()
    await gate.open(Intake(connector(gate.db.dsn), gate.metrics), front=False)
    status, headers, text = await gate.post(account, samples(name).text_body("hi"))
    assert (status, text) == (200, CHANNELS[name].answer()[0])
    assert headers["Content-Type"] == CHANNELS[name].answer()[1] + "; charset=utf-8"
    assert (await gate.send("GET", f"/webhooks/{name}/nobody"))[0] == 404


async def test_the_request_is_named_on_the_row(gate):
    account = await gate.account("whatsapp")
    for body in samples("whatsapp").batch_body(2):
        await gate.post(account, body)
    [(first, at), (second, _)] = await gate.db.screens.fetch(
        "SELECT request_id, received_at FROM inbox ORDER BY id"
    )
    assert first
    assert first != second
    assert at == gate.clock.now()


async def test_the_account_remembers_when_it_was_last_called(gate):
    account = await gate.account("line")
    pool, body = gate.db.screens, samples("line").text_body
    seen = "SELECT webhook_at FROM channel_account"
    start = gate.clock.now()
    await gate.post(account, body("a"))
    await gate.sightings.flush(pool)
    assert await pool.fetchval(seen) == start
    gate.clock.advance(timedelta(seconds=59))
    await gate.post(account, body("b"))
    await gate.sightings.flush(pool)
    assert await pool.fetchval(seen) == start
    gate.clock.advance(timedelta(seconds=1))
    await gate.post(account, body("c"))
    await gate.sightings.flush(pool)
    assert await pool.fetchval(seen) == gate.clock.now()


@every_channel
async def test_any_signed_bytes_get_an_answer_of_the_table(gate, name):
    account = await gate.account(name)
    statuses = set()
    for body in hostile_bodies():
        status, _, _ = await gate.post(account, body)
        statuses.add(status)
    assert statuses <= {200, 400, 401}


def hostile_bodies():
    """Return bodies found by chance: any bytes, and JSON of any shape under the names channels look for."""
    found: list[bytes] = []
    words = st.sampled_from(
        [
            "events",
            "entry",
            "destination",
            "object",
            "page",
            "instagram",
            "id",
            "messaging",
            "source",
        ]
    )
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words
    shapes = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    )

    @settings(
        max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.binary(max_size=200) | shapes.map(lambda shape: json.dumps(shape).encode()))
    def gather(body):
        found.append(body)

    gather()
    return found
