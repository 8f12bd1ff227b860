"""The light stream of an open page: one word now and at each change, for as many pages as there is room."""

from __future__ import annotations

import asyncio

import pytest

from coupons.actions.disable_code import disable_code
from coupons.actions.void_remaining import begin_voiding, void_step
from coupons.pages.live import WATCH
from runtime.appkeys import LIVE

OURS = {"Sec-Fetch-Site": "same-origin"}


async def words(answer, count):
    """Read the next words of a stream."""
    found = []
    async with asyncio.timeout(60):
        while len(found) < count:
            line = (await answer.content.readline()).decode()
            if line.startswith("data: "):
                found.append(line.removeprefix("data: ").strip())
    return found


async def test_a_stream_says_the_word_now_and_at_the_change(client, issue):
    path, _ = await issue()
    async with client.get(f"{path}/live") as answer:
        assert answer.content_type == "text/event-stream"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert await words(answer, 1) == ["issued"]
        form = {"pin": "4821", "key": "till"}
        await client.post(f"{path}/redeem", data=form, headers=OURS, allow_redirects=False)
        assert await words(answer, 1) == ["redeemed"]


async def all_at_once(shop, coupon):
    async with shop.db.transaction() as tx:
        await begin_voiding(tx, shop.workspace, coupon, shop.members["ann"], shop.clock.now())
    await void_step(shop.db, coupon, shop.clock.now())


async def the_code(shop, coupon):
    code = await shop.db.screens.fetchval(
        "SELECT d.id FROM code d JOIN claim k ON k.code = d.text WHERE d.coupon_id = $1", coupon
    )
    async with shop.db.transaction() as tx:
        await disable_code(tx, shop.workspace, coupon, code, shop.members["ann"], shop.clock.now())


@pytest.mark.parametrize(
    ("switch_off", "mode"), [(all_at_once, "pack"), (the_code, "pack"), (the_code, "random")]
)
async def test_an_open_page_turns_when_what_remains_or_its_code_is_switched_off(
    shop, client, issue, switch_off, mode
):
    facts = {"codes": 2} if mode == "pack" else {"code_mode": "random", "fixed_code": ""}
    path, _ = await issue(**facts)
    coupon = await shop.db.screens.fetchval("SELECT id FROM coupon")
    async with client.get(f"{path}/live") as answer:
        assert await words(answer, 1) == ["issued"]
        await switch_off(shop, coupon)
        client.app[LIVE].committed()
        assert await words(answer, 1) == ["voided"]


async def test_another_claims_change_is_not_told(shop, client, issue):
    path, _ = await issue()
    other, _ = await issue()
    async with client.get(f"{path}/live") as answer:
        await words(answer, 1)
        form = {"pin": "4821", "key": "till"}
        for redeemed in (other, path):
            await client.post(f"{redeemed}/redeem", data=form, headers=OURS, allow_redirects=False)
        assert await words(answer, 1) == ["redeemed"]


async def test_where_streams_are_full_or_a_program_asks_there_is_none(client, issue, monkeypatch):
    path, _ = await issue()
    async with client.get(f"{path}/live", headers={"User-Agent": "WhatsApp/2.23"}) as answer:
        assert answer.status == 204
    monkeypatch.setattr(client.app[WATCH], "_most", 0)
    async with client.get(f"{path}/live") as answer:
        assert answer.status == 204
    async with client.get(f"{path}/state") as answer:
        assert await answer.json() == {"version": "issued"}
