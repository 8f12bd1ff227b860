"""What is kept only for a time goes when it is over, and not before (the table in docs/operate.md)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.housekeeping import Housekeeper
from runtime.ids import uuid7
from runtime.tasks import Supervisor
from tests.coupons.shop import Shop

A_BIT = timedelta(minutes=1)
TOKEN = """
INSERT INTO api_token (id, workspace_id, name, token_hash, scopes, created_at) VALUES ($1, $2, 'Till', $3, '[]', $4)
"""
SESSION = """
INSERT INTO session (id, token_hash, member_id, created_at, seen_at, expires_at, user_agent)
VALUES (gen_random_uuid(), decode(md5(random()::text), 'hex'), $1, $2, $2, $2, '')
"""
LINK = """
INSERT INTO sign_in_link (id, token_hash, member_id, created_at, expires_at)
VALUES (gen_random_uuid(), decode(md5(random()::text), 'hex'), $1, $2, $2)
"""
STEP = """
INSERT INTO sign_in_step (id, token_hash, member_id, created_at, expires_at)
VALUES (gen_random_uuid(), decode(md5(random()::text), 'hex'), $1, $2, $2)
"""
INVITATION = """
INSERT INTO invitation (id, token_hash, workspace_id, email, role, stores, created_at, expires_at)
VALUES (gen_random_uuid(), decode(md5(random()::text), 'hex'), $1, random()::text, 'seller', '[]', $2, $2)
"""
ANSWER = """
INSERT INTO api_answer (token_id, endpoint, key, request_hash, status, body, at)
VALUES ($1, 'claims', random()::text, '', 200, '', $2)
"""
FEED = (
    "INSERT INTO feed (workspace_id, kind, subject, detail, at) VALUES ($1, 'claim', $1, '{}', $2)"
)
TRIES = (
    "INSERT INTO throttle (subject, failures, first_at) VALUES ($1::uuid::text || random(), 1, $2)"
)
GUESS = "INSERT INTO pin_guess (subject, wrong, at) VALUES ($1::uuid::text || random(), 1, $2)"
HOUR = "INSERT INTO pin_hour (coupon_id, hour, wrong) VALUES ($1, $2, 1)"
# Each table, how long a row of it is kept, and how one of the instant $2 is written; $1 is whose it is.
TABLES = {
    "feed": (timedelta(hours=48), FEED),
    "session": (timedelta(days=30), SESSION),
    "sign_in_link": (timedelta(days=1), LINK),
    "sign_in_step": (timedelta(), STEP),
    "invitation": (timedelta(days=30), INVITATION),
    "throttle": (timedelta(days=1), TRIES),
    "pin_guess": (timedelta(days=30), GUESS),
    "pin_hour": (timedelta(days=7), HOUR),
    "api_answer": (timedelta(hours=24), ANSWER),
}


@pytest.fixture
async def shop(db, clock, keyring):
    return await Shop(db, clock, keyring).build()


async def test_what_is_past_its_time_goes_and_the_rest_stays(shop):
    token, now = uuid7(), shop.clock.now()
    await shop.db.screens.execute(TOKEN, token, shop.workspace, b"hash", now)
    ray = shop.members["ray"]
    whose = {"session": ray, "sign_in_link": ray, "sign_in_step": ray, "api_answer": token}
    whose["pin_hour"] = await shop.coupon()
    await shop.db.screens.execute("DELETE FROM feed")
    for table, (kept, add) in TABLES.items():
        for age in (kept + A_BIT, kept - A_BIT):
            await shop.db.screens.execute(add, whose.get(table, shop.workspace), now - age)
    await Housekeeper(shop.db.screens, shop.clock, Supervisor()).tidy()
    left = {table: await shop.count(table) for table in TABLES}
    assert left == dict.fromkeys(TABLES, 1)
