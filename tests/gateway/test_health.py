"""Alive, ready, and the counters for who may read them."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.channels.harness import samples


async def test_it_is_alive_and_ready(gate):
    assert (await gate.send("GET", "/healthz"))[0] == 200
    status, _, text = await gate.send("GET", "/readyz")
    assert (status, json.loads(text)["database"]) == (200, True)


async def test_ready_tells_how_far_the_inbox_is_behind(gate):
    account = await gate.account("line")
    await gate.post(account, samples("line").text_body("hi"))
    gate.clock.advance(timedelta(seconds=7))
    _, _, text = await gate.send("GET", "/readyz")
    assert json.loads(text)["lag_s"] == 7
    _, _, metrics = await gate.send("GET", "/metrics")
    assert "tessera_inbox_lag_seconds 7.0" in metrics


async def test_it_is_not_ready_without_its_database(gate):
    await gate.db.screens.close()
    status, headers, text = await gate.send("GET", "/readyz")
    assert (status, headers["Retry-After"]) == (503, "2")
    assert json.loads(text)["database"] is False
    assert (await gate.send("GET", "/healthz"))[0] == 200
    assert (await gate.send("GET", "/metrics"))[0] == 200


async def test_intake_is_counted(gate):
    account = await gate.account("line")
    for _ in range(2):
        await gate.post(account, samples("line").text_body("hi"))
    await gate.post(account, samples("line").text_body("hi"), headers={})
    _, _, text = await gate.send("GET", "/metrics")
    for line in (
        'tessera_intake_events_total{channel="line",outcome="taken"} 2.0',
        'tessera_intake_refusals_total{channel="line",status="401"} 1.0',
        'tessera_inbox_rows_total{outcome="stored"} 1.0',
        'tessera_inbox_rows_total{outcome="duplicate"} 1.0',
        'tessera_intake_seconds_count{channel="line"} 2.0',
    ):
        assert line in text


async def test_who_comes_through_a_proxy_needs_the_token(gate):
    through = {"X-Forwarded-For": "203.0.113.7"}
    assert (await gate.send("GET", "/metrics", headers=through))[0] == 403
    for given in ("Bearer guess", "Bearer ", "metrics-token", "Bearer é"):
        headers = through | {"Authorization": given}
        assert (await gate.send("GET", "/metrics", headers=headers))[0] == 403
    headers = through | {"Authorization": "Bearer metrics-token"}
    assert (await gate.send("GET", "/metrics", headers=headers))[0] == 200
