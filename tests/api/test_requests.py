"""What any caller meets: tokens, limits, unreadable bodies, and errors that say what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.app import PATH
from config.settings import Settings
from runtime.errors import Invalid, NotFound
from team.tokens import NewToken, bearer, issue, revoke, tokens

BODY = {"coupon_id": "00000000-0000-0000-0000-000000000000", "contact": "0" * 32}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}])
async def test_a_call_without_a_token_is_told_to_send_one(served, header):
    response = await served.post(PATH + "/claims", json=BODY, headers=header)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert (await response.json())["code"] == "unauthorized"


async def test_a_revoked_token_ends_at_once(shop, till):
    caller = await till()
    async with shop.db.transaction() as tx:
        assert await revoke(tx, shop.workspace, "Till 1", shop.clock.now()) == "Till 1"
    response, told = await caller.post("/claims", BODY)
    assert (response.status, told["code"]) == (401, "unauthorized")
    assert await shop.count("audit_entry WHERE action LIKE 'token.%'") == 2
    with pytest.raises(NotFound):
        async with shop.db.transaction() as tx:
            await revoke(tx, shop.workspace, "Till 1", shop.clock.now())


async def test_guessing_tokens_is_slowed_and_a_good_token_is_not(till):
    caller, stranger = await till("Good"), await till("Stranger")
    stranger.token = "tsr_" + "x" * 48
    codes = [(await stranger.post("/claims", BODY))[0] for _ in range(22)]
    assert [response.status for response in codes[:20]] == [401] * 20
    assert codes[-1].status == 429
    assert int(codes[-1].headers["Retry-After"]) >= 1
    assert (await caller.post("/claims", BODY))[0].status == 404


async def test_a_token_asks_so_often_a_second_and_no_more(till, clock):
    caller, other = await till("A"), await till("B")
    most = Settings().api_rate * 2
    statuses = [(await caller.post("/claims", BODY))[0].status for _ in range(most + 1)]
    assert statuses == [404] * most + [429]
    response, told = await caller.post("/claims", BODY)
    assert (response.headers["Retry-After"], told["code"]) == ("1", "throttled")
    assert (await other.post("/claims", BODY))[0].status == 404
    clock.advance(timedelta(seconds=1))
    assert (await caller.post("/claims", BODY))[0].status == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b"[" * 20_000, 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"coupon_id": 1, "contact": "x"}', 422, "invalid"),
        (b'{"coupon_id": "%s", "contact": "x", "more": 1}' % (b"0" * 32), 422, "invalid"),
        (b" " * 70_000, 413, "too_large"),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_with_its_field(till, body, status, code):
    caller = await till()
    headers = {
        "Authorization": f"Bearer {caller.token}",
        "Idempotency-Key": "k",
        "Content-Type": "application/json",
    }
    response = await caller.client.post(PATH + "/claims", data=body, headers=headers)
    told = await response.json()
    assert (response.status, told["code"]) == (status, code)
    assert response.content_type == "application/problem+json"


async def test_the_wrong_field_is_named(shop, till):
    response, told = await (await till()).post(
        "/claims", {"coupon_id": "nonsense", "contact": str(shop.workspace)}
    )
    assert (response.status, told["field"]) == (422, "coupon_id")


@pytest.mark.parametrize("key", ["", " ", "ü", "k" * 121])
async def test_a_key_is_needed_and_must_be_plain(till, key):
    caller = await till()
    response, told = await caller.post("/claims", BODY, **{"Idempotency-Key": key})
    assert (response.status, told["code"]) == (400, "idempotency_key_missing")


async def test_other_media_addresses_and_methods_are_problems_too(till):
    caller = await till()
    headers = {"Authorization": f"Bearer {caller.token}", "Idempotency-Key": "k"}
    sent = await caller.client.post(PATH + "/claims", data={"a": "b"}, headers=headers)
    assert (sent.status, (await sent.json())["code"]) == (415, "unsupported_media_type")
    lost = await caller.client.get(PATH + "/nothing", headers=headers)
    assert (lost.status, (await lost.json())["code"]) == (404, "not_found")
    wrong = await caller.client.get(PATH + "/claims", headers=headers)
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")


async def test_only_a_tokens_hash_is_stored_and_its_use_is_noted(shop, till, clock):
    caller = await till("Till 1", store="Xinyi")
    stored = await shop.db.screens.fetchval("SELECT row_to_json(t)::text FROM api_token t")
    assert caller.token not in stored
    [row] = await tokens(shop.db.screens, shop.workspace)
    assert (row["name"], row["store"], row["used_at"]) == ("Till 1", "Xinyi", None)
    assert (await bearer(shop.db.screens, caller.token, clock.now())).store_name == "Xinyi"
    [row] = await tokens(shop.db.screens, shop.workspace)
    assert row["used_at"] == clock.now()


@pytest.mark.parametrize(
    ("name", "scopes", "error"),
    [("", ["claims:write"], Invalid), ("T", [], Invalid), ("T", ["everything"], Invalid)],
)
async def test_a_token_needs_a_name_and_known_scopes(shop, name, scopes, error):
    new = NewToken(workspace_id=shop.workspace, name=name, scopes=scopes)
    with pytest.raises(error):
        async with shop.db.transaction() as tx:
            await issue(tx, new, shop.clock.now())
