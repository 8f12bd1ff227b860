"""What the verifiers' page is told: found, green, amber, red, undone, today's count."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from coupons.actions.design import move
from coupons.actions.void import void
from coupons.errors import Refusal
from coupons.shop.words import NAMES, REASONS, WORDS, fill, reason
from coupons.words import LANGUAGES
from tests.coupons.counter import PIN


async def test_a_found_coupon_shows_its_validity_store_and_the_customers_first_name(
    shop, counter, till
):
    ray = await till()
    facts = {"validity_mode": "claim", "lasts_minutes": 180}
    claim = await counter.issue(await shop.customer("Lin Chen"), **facts)
    found = (await ray.ask("look-up", text=claim.number.lower()))["found"]
    assert found["coupon"] == "Latte 50"
    assert found["customer"] == "Lin"
    assert found["validity"] == "until 16:00, Taipei time"
    assert found["stores"] == "All stores"


async def test_green_then_amber_with_when_where_and_by_whom(shop, counter, till):
    """G9 step 2."""
    ray = await till()
    claim = await counter.issue()
    green = await ray.redeem(claim, "tap-0000")
    assert (green["colour"], green["detail"]) == ("green", "13:00, Xinyi, Ray")
    shop.clock.advance(timedelta(days=1))
    assert await ray.redeem(claim, "tap-0000") == green | {
        "detail": "4 May 2026 13:00, Xinyi, Ray",
        "undo": None,
    }
    amber = await ray.redeem(claim)
    assert (amber["colour"], amber["title"]) == ("amber", "Already redeemed")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        ({"validity_mode": "open", "lasts_minutes": 5}, "It is not valid yet."),
        ({"stores": ["Daan"]}, "It is not valid at this store."),
        ({"expire": True, "validity_mode": "claim", "lasts_minutes": 5}, "It has expired."),
        ({"void": True}, "It was revoked."),
        ({"pause": True}, "It is paused or its code was disabled."),
        ({"freeze": True}, "It is frozen: wrong PINs were tried. Wait a quarter of an hour."),
    ],
)
async def test_red_with_one_reason(shop, counter, till, make, told):
    """G9 steps 2 and 3: revoked, not valid here or yet, expired, frozen."""
    ray = await till()
    acts = {
        name: make[name] for name in ("stores", "expire", "void", "pause", "freeze") if name in make
    }
    coupon = await shop.coupon(**{k: v for k, v in make.items() if k not in acts})
    claim = await counter.issue(coupon=coupon)
    await spoil(shop, counter, coupon, claim, acts)
    looked = (await ray.ask("look-up", text=claim.number))["answer"]
    taken = await ray.redeem(claim)
    for answer in (looked, taken):
        assert (answer["colour"], answer["detail"], answer["undo"]) == ("red", told, None)


async def spoil(shop, counter, coupon, claim, acts):
    now = shop.clock.now()
    for name in acts.get("stores", ()):
        await shop.db.screens.execute(
            "INSERT INTO coupon_store (coupon_id, store_id) VALUES ($1, $2)",
            *(coupon, shop.stores[name]),
        )
    async with shop.db.transaction() as tx:
        if "void" in acts:
            await void(tx, shop.workspace, [claim.id], shop.members["ann"], now)
        if "pause" in acts:
            await move(tx, coupon, "paused", now)
    for _ in range(5 if "freeze" in acts else 0):
        await counter.type_pin(claim, "000001")
    if "expire" in acts:
        shop.clock.advance(timedelta(minutes=5))


async def test_a_revoked_coupon_is_red_even_after_it_was_redeemed(shop, counter, till):
    ray = await till()
    claim = await counter.issue()
    await ray.redeem(claim)
    await shop.db.screens.execute("UPDATE claim SET state = 'voided'")
    assert (await ray.redeem(claim))["detail"] == "It was revoked."


async def test_two_tills_at_once_one_green_one_amber_and_twenty_once(shop, counter, till):
    """G9 step 4: two tills at once."""
    ray = await till()
    claim = await counter.issue()
    answers = await asyncio.gather(*(ray.redeem(claim) for _ in range(20)))
    colours = [answer["colour"] for answer in answers]
    assert sorted(colours) == ["amber"] * 19 + ["green"]
    assert await shop.count("redemption") == 1


async def test_what_is_not_there_is_red_and_many_wrong_numbers_wait(counter, till):
    """S4-21: the number typed wrong says nothing of how near it was, and many of them slow down."""
    ray = await till()
    claim = await counter.issue()
    near = claim.number[:-1] + ("2" if claim.number[-1] != "2" else "3")
    one = (await ray.ask("look-up", text=near))["answer"]
    assert one == (await ray.ask("look-up", text="nonsense"))["answer"]
    assert one["detail"] == "There is no such coupon."
    assert (await ray.ask("redeem", number=near, key="tap-0000"))["colour"] == "red"
    told = [(await ray.post("look-up", text=f"wrong {n}")).status for n in range(12)]
    assert 429 in told
    waiting = await ray.post("look-up", text=claim.number)
    assert (waiting.status, "Retry-After" in waiting.headers) == (429, True)


async def test_a_code_of_many_asks_for_the_number(shop, counter, till):
    ray = await till()
    coupon = await shop.coupon(fixed_code="TEA50")
    for _ in range(2):
        await counter.issue(coupon=coupon)
    told = (await ray.ask("look-up", text="tea50"))["answer"]
    assert told["detail"] == "Several coupons have this code. Use the coupon number."


async def test_an_undo_needs_a_reason_and_gives_the_coupon_back(shop, counter, till):
    """G9 step 4: undo within ten minutes, code usable again, both events in the ledger."""
    ray = await till()
    claim = await counter.issue()
    green = await ray.redeem(claim)
    assert green["undo"] == {"left_ms": 600_000, "pin": False}
    fields = {"number": claim.number, "key": "undo-0000"}
    assert (await ray.post("undo", reason=" ", **fields)).status == 422
    assert (await ray.undo(claim, reason="wrong\x00 cup"))["done"]
    assert (await ray.redeem(claim))["colour"] == "green"
    kinds = await shop.db.screens.fetch("SELECT kind FROM redemption ORDER BY id")
    assert [row["kind"] for row in kinds] == ["redeem", "undo", "redeem"]
    shop.clock.advance(timedelta(minutes=10))
    late = await ray.undo(claim)
    assert (late["done"], late["text"]) == (False, reason(Refusal.UNDO_ENDED, "en"))


async def test_what_a_pin_redeemed_is_undone_by_that_pin_or_a_manager(shop, counter, till):
    """G9 step 4: undo by PIN and reason."""
    await counter.add_pin()
    ray, ann = await till(), await till("ann")
    claim = await counter.issue()
    await counter.type_pin(claim)
    assert (await ray.redeem(claim))["undo"]["pin"]
    assert (await ray.undo(claim))["text"] == reason(Refusal.NOT_PERMITTED, "en")
    assert (await ray.undo(claim, pin="000001"))["text"] == reason(Refusal.WRONG_PIN, "en")
    assert (await ray.undo(claim, pin=PIN))["done"]
    await counter.type_pin(claim)
    ann.cookies["tessera_store"] = str(shop.stores["Xinyi"])
    assert (await ann.undo(claim))["done"]


async def test_today_counts_what_this_store_redeemed_and_did_not_undo(shop, counter, till):
    ray = await till()
    claims = [await counter.issue() for _ in range(3)]
    for claim in claims[:2]:
        await ray.redeem(claim)
    await counter.redeem(claims[2], counter.bo)
    await ray.undo(claims[1])
    day = await ray.day()
    assert day["count"] == 1
    assert [(row["who"], row["undone"]) for row in day["newest"]] == [("Ray", True), ("Ray", False)]
    shop.clock.advance(timedelta(hours=12))
    day = await ray.day()
    assert (day["count"], day["newest"]) == (0, [])


async def test_bad_requests_are_refused_with_what_to_send(counter, till):
    ray = await till()
    claim = await counter.issue()
    post = ray.client.post
    ask = {"headers": {"Sec-Fetch-Site": "same-origin"}, "cookies": ray.cookies}
    for body in (b"", b"[]", b"\xff", b"[" * 2000, b'{"text": "\\ud800"}'):
        assert (await post("/shop/look-up", data=body, **ask)).status == 400
    assert (await post("/shop/look-up", data=b"x" * 5000, **ask)).status == 413
    assert (await ray.post("redeem", number=claim.number, key="short")).status == 400
    other = await ray.post("redeem", headers={"Sec-Fetch-Site": "cross-site"}, number=claim.number)
    assert other.status == 403
    ray.cookies = {}
    assert (await ray.post("look-up", text=claim.number)).status == 401


async def test_a_till_without_a_store_is_sent_to_choose_one(staff, till):
    ray = await till("ray", "Xinyi", "Daan")
    assert (await ray.post("look-up", text="x")).status == 409


async def test_the_page_alone_may_use_the_camera_and_compile_the_reader(till):
    ray = await till()
    page = await ray.client.get("/shop", cookies=ray.cookies)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "'unsafe-inline'" not in policy
    assert page.headers["Permissions-Policy"].startswith("camera=(self)")
    assert page.headers["Cache-Control"] == "private, no-store"
    scripts = [name for name in (await page.text()).split('"') if name.startswith("/assets/shop/")]
    assert scripts
    for name in scripts:
        served = await ray.client.get(name)
        assert served.status == 200
        assert "immutable" in served.headers["Cache-Control"]
    for name in ("manifest.json", "..%2frender.py", "none.js"):
        assert (await ray.client.get(f"/assets/shop/{name}")).status == 404


def test_every_language_has_every_word_and_reason():
    for lang in WORDS:
        assert set(WORDS[lang]) == set(WORDS["en"])
        assert set(REASONS[lang]) == set(REASONS["en"])
        assert fill(lang, "today", n=3).endswith("3")
    assert set(NAMES) == set(WORDS) == set(LANGUAGES)
