"""An integration gives coupons: once a key, within the coupon's limits, to its own workspace's customers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from coupons.errors import Refusal
from runtime.ids import uuid7
from team.tokens import Scope


async def test_a_claim_is_made_and_its_card_goes_into_the_chat(shop, till):
    coupon, mei = await shop.coupon(), await shop.customer()
    response, made = await (await till()).post(
        "/claims", {"coupon_id": str(coupon), "contact": str(mei)}
    )
    assert response.status == 201
    assert made["url"].startswith("https://shop.example/c/")
    assert await shop.count("claim WHERE source = 'api' AND trigger = 'api: Till 1'") == 1
    assert await shop.count("outbox") == 1
    assert response.headers["Cache-Control"] == "private, no-store"


async def test_the_customer_may_be_named_as_their_channel_knows_them(shop, till):
    coupon, mei = await shop.coupon(), await shop.customer()
    contact = {"account": f"line/{shop.account}", "user_id": f"U{mei.hex}"}
    body = {"coupon_id": str(coupon), "contact": contact, "send": False}
    response, made = await (await till()).post("/claims", body)
    assert (response.status, made["contact_id"]) == (201, str(mei))
    assert made["message_id"] is None
    assert await shop.count("outbox") == 0


async def test_the_same_key_gives_one_claim_and_the_same_answer(shop, till):
    coupon, mei = await shop.coupon(), await shop.customer()
    body = {"coupon_id": str(coupon), "contact": str(mei)}
    caller = await till()
    first, made = await caller.post("/claims", body, key="order-1")
    again, told = await caller.post("/claims", body, key="order-1")
    assert (again.status, told) == (first.status, made)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await shop.count("claim") == 1


async def test_equal_keys_sent_at_once_give_one_claim(shop, till):
    coupon, mei = await shop.coupon(), await shop.customer()
    body = {"coupon_id": str(coupon), "contact": str(mei)}
    caller = await till()
    answers = await asyncio.gather(*(caller.post("/claims", body, key="order-1") for _ in range(8)))
    assert {(response.status, made["id"]) for response, made in answers} == {
        (201, answers[0][1]["id"])
    }
    assert await shop.count("claim") == 1


async def test_another_request_under_a_used_key_is_a_conflict(shop, till):
    coupon = await shop.coupon()
    mei, tom = await shop.customers(2)
    caller = await till()
    await caller.post("/claims", {"coupon_id": str(coupon), "contact": str(mei)}, key="k")
    response, told = await caller.post(
        "/claims", {"coupon_id": str(coupon), "contact": str(tom)}, key="k"
    )
    assert (response.status, told["code"]) == (409, "idempotency_conflict")


async def test_a_key_is_free_again_after_a_day_but_the_claim_stays_one(shop, till, clock):
    coupon, mei = await shop.coupon(), await shop.customer()
    caller = await till()
    body = {"coupon_id": str(coupon), "contact": str(mei), "send": False}
    _, made = await caller.post("/claims", body, key="k")
    clock.advance(timedelta(hours=24))
    response, told = await caller.post("/claims", body, key="k")
    assert (response.status, told["id"], told["repeated"]) == (201, made["id"], True)
    assert "Idempotency-Replayed" not in response.headers


async def test_two_tokens_may_use_the_same_key(shop, till):
    coupon = await shop.coupon()
    mei, tom = await shop.customers(2)
    for name, person in (("A", mei), ("B", tom)):
        caller = await till(name)
        body = {"coupon_id": str(coupon), "contact": str(person)}
        response, _ = await caller.post("/claims", body, key="1")
        assert response.status == 201


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"per_contact_limit": 0}, Refusal.CONTACT_LIMIT),
        ({"quantity": 0}, Refusal.SOLD_OUT),
        ({"published": False}, Refusal.DRAFT),
    ],
)
async def test_a_refusal_is_a_problem_with_its_code_and_is_remembered(shop, till, facts, code):
    coupon, mei = await shop.coupon(**facts), await shop.customer()
    caller = await till()
    body = {"coupon_id": str(coupon), "contact": str(mei)}
    for _ in range(2):
        response, told = await caller.post("/claims", body, key="k")
        assert (response.status, told["code"]) == (409, code.value)
        assert response.content_type == "application/problem+json"
        assert told["detail"]
        assert told["type"] == f"urn:tessera:problem:{code.value}"
    assert await shop.count("claim") == 0


async def test_a_card_outside_the_channels_window_is_refused(shop, till):
    coupon = await shop.coupon()
    await shop.db.screens.execute("UPDATE channel_account SET channel = 'messenger'")
    shop.account_channel = "messenger"
    mei = await shop.customer(wrote_ago=timedelta(days=8))
    response, told = await (await till()).post(
        "/claims", {"coupon_id": str(coupon), "contact": str(mei)}
    )
    assert (response.status, told["code"]) == (409, "channel_window_closed")


async def test_nothing_of_another_workspace_can_be_named(shop, till):
    mine, mei = await shop.coupon(), await shop.customer()
    other = await type(shop)(shop.db, shop.clock, shop.keyring).build()
    theirs, tom = await other.coupon(fixed_code="B"), await other.customer("Tom")
    caller = await till()
    for coupon, contact in ((theirs, mei), (mine, tom), (uuid7(), mei), (mine, uuid7())):
        response, told = await caller.post(
            "/claims", {"coupon_id": str(coupon), "contact": str(contact)}
        )
        assert (response.status, told["code"]) == (404, "not_found")
    address = {"account": f"line/{other.account}", "user_id": f"U{tom.hex}"}
    response, _ = await caller.post("/claims", {"coupon_id": str(mine), "contact": address})
    assert response.status == 404
    assert await shop.count("claim") == 0


async def test_the_scope_is_needed(shop, till):
    caller = await till(scopes=[Scope.REDEMPTIONS_READ, Scope.REDEMPTIONS_WRITE])
    response, told = await caller.post(
        "/claims", {"coupon_id": str(await shop.coupon()), "contact": str(await shop.customer())}
    )
    assert (response.status, told["code"]) == (403, "insufficient_scope")
