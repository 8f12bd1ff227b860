"""What a customer or an agent gets from the doorway."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from conversations.channel import ContentRefused
from coupons.actions import take_units
from coupons.actions.design import publish_coupon
from coupons.actions.set_quota import set_quotas
from coupons.errors import Refusal
from tests.coupons.shop import BASE


async def test_a_claim_takes_one_code_and_one_unit_and_puts_the_tag_on(shop):
    """S1-33: the tag is put on when the coupon is given."""
    coupon = await shop.coupon(codes=3, tag_on_claim="claimed-latte")
    result = await shop.claim(coupon, await shop.customer())
    assert result.refusal is None
    row = await shop.db.screens.fetchrow("SELECT * FROM claim")
    assert (row["id"], row["number"]) == (result.claim.id, result.claim.number)
    assert row["code"].startswith("4000000000")
    assert await shop.count("unit WHERE state = 'free'") == 2
    assert (
        await shop.count("contact_tag JOIN tag t ON t.id = tag_id WHERE t.name = 'claimed-latte'")
        == 1
    )
    assert await shop.count("feed WHERE kind = 'claim'") == 1


async def test_the_card_stands_in_the_conversation_and_leads_to_the_page_without_the_code(shop):
    coupon = await shop.coupon(codes=3, card_text="Half price")
    mei = await shop.customer()
    [result] = await shop.settle(shop.card_request(coupon, mei))
    message = await shop.db.screens.fetchrow("SELECT * FROM message")
    assert message["id"] == result.claim.message_id
    assert message["claim_id"] == result.claim.id
    assert message["trigger"] == "keyword: latte"
    assert result.claim.url in str(message["content"])
    assert "40000000" not in str(message["content"])
    assert result.claim.url.startswith(f"{BASE}/c/")
    assert await shop.count("outbox") == 1


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
async def test_a_contact_gets_exactly_as_many_as_the_limit_allows(shop, limit):
    coupon = await shop.coupon(per_contact_limit=limit)
    mei = await shop.customer()
    results = [await shop.claim(coupon, mei) for _ in range(limit + 1)]
    assert [r.refusal for r in results] == [None] * limit + [Refusal.CONTACT_LIMIT]


async def test_without_a_limit_a_customer_claims_again_and_again(shop):
    """S1-29: repeat claims are unlimited where no limit is set."""
    coupon = await shop.coupon(per_contact_limit=None, per_contact_daily_limit=None)
    mei = await shop.customer()
    results = [await shop.claim(coupon, mei) for _ in range(5)]
    assert [r.refusal for r in results] == [None] * 5


@pytest.mark.parametrize("quota", [0, 1, 5])
async def test_a_member_sends_exactly_their_quota(shop, quota):
    coupon = await shop.coupon(purpose="service", default_quota=quota)
    people = await shop.customers(quota + 1)
    results = [await shop.claim(coupon, person, member_id=shop.members["sue"]) for person in people]
    assert [r.refusal for r in results] == [None] * quota + [Refusal.MEMBER_QUOTA]


@pytest.mark.parametrize("stock", [1, 7])
async def test_the_stock_is_given_out_to_the_last_unit(shop, stock):
    coupon = await shop.coupon(quantity=stock)
    people = await shop.customers(stock + 1)
    results = [await shop.claim(coupon, person) for person in people]
    assert [r.refusal for r in results] == [None] * stock + [Refusal.SOLD_OUT]


async def test_a_batch_over_every_limit_grants_exactly_what_is_left(shop):
    coupon = await shop.coupon(codes=7, purpose="service", default_quota=5)
    people = await shop.customers(20)
    bot = [shop.request(coupon, person) for person in people[:10]]
    sue = [shop.request(coupon, person, member_id=shop.members["sue"]) for person in people[10:]]
    results = await shop.settle(*sue, *bot)
    assert [r.refusal for r in results] == (
        [None] * 5 + [Refusal.MEMBER_QUOTA] * 5 + [None] * 2 + [Refusal.SOLD_OUT] * 8
    )
    counts = await shop.db.screens.fetch("SELECT subject, count FROM limit_row WHERE count > 0")
    assert sum(row["count"] for row in counts if row["subject"].startswith("c:")) == 7
    assert [row["count"] for row in counts if row["subject"].startswith("m:")] == [5]


async def test_the_daily_limit_starts_again_at_midnight_in_the_shops_zone(shop, clock):
    coupon = await shop.coupon(per_contact_daily_limit=1)
    mei = await shop.customer()
    assert (await shop.claim(coupon, mei)).refusal is None
    clock.advance(timedelta(hours=10, minutes=59))
    assert (await shop.claim(coupon, mei)).refusal is Refusal.CONTACT_DAILY_LIMIT
    clock.advance(timedelta(minutes=1))
    assert (await shop.claim(coupon, mei)).refusal is None


async def test_two_requests_of_one_contact_in_a_batch_see_each_other(shop):
    coupon = await shop.coupon(per_contact_limit=1)
    mei = await shop.customer()
    first, second = await shop.settle(shop.request(coupon, mei), shop.request(coupon, mei))
    assert (first.refusal, second.refusal) == (None, Refusal.CONTACT_LIMIT)


async def test_a_repeated_key_returns_the_same_claim_and_takes_nothing(shop):
    coupon = await shop.coupon(codes=3, per_contact_limit=1)
    mei = await shop.customer()
    request = shop.card_request(coupon, mei, key="run 1 step 2")
    first, twin = await shop.settle(request, request)
    [again] = await shop.settle(request)
    assert first.claim.id == twin.claim.id == again.claim.id
    assert again.claim.repeated
    assert again.claim.url == first.claim.url
    assert await shop.count("message") == 1
    assert await shop.count("unit WHERE state = 'free'") == 2


async def test_a_key_used_for_another_request_is_a_conflict(shop):
    coupon = await shop.coupon()
    mei, tom = await shop.customers(2)
    await shop.claim(coupon, mei, key="same")
    assert (await shop.claim(coupon, tom, key="same")).refusal is Refusal.IDEMPOTENCY_CONFLICT
    one, other = await shop.settle(
        shop.request(coupon, mei, key="new"), shop.request(coupon, tom, key="new")
    )
    assert (one.refusal, other.refusal) == (None, Refusal.IDEMPOTENCY_CONFLICT)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"send_from": timedelta(seconds=1)}, Refusal.NOT_STARTED),
        ({"send_until": timedelta(0)}, Refusal.SENDING_ENDED),
        ({"valid_until": timedelta(0)}, Refusal.EXPIRED),
        ({"published": False}, Refusal.DRAFT),
        ({"send_from": timedelta(0), "send_until": timedelta(seconds=1)}, None),
    ],
)
async def test_a_coupon_is_given_out_only_in_its_time(shop, clock, facts, refusal):
    """S1-14: the window in which it may be sent."""
    spans = {k: clock.now() + v if isinstance(v, timedelta) else v for k, v in facts.items()}
    coupon = await shop.coupon(**spans)
    assert (await shop.claim(coupon, await shop.customer())).refusal is refusal


async def test_a_seller_may_not_send_a_service_coupon_nor_anybody_a_marketing_one(shop):
    service = await shop.coupon(purpose="service")
    marketing = await shop.coupon()
    mei = await shop.customer()
    seller, admin = shop.members["sel"], shop.members["ann"]
    assert (await shop.claim(service, mei, member_id=seller)).refusal is Refusal.NOT_PERMITTED
    assert (await shop.claim(marketing, mei, member_id=admin)).refusal is Refusal.NOT_PERMITTED
    assert (await shop.claim(service, mei, member_id=admin)).refusal is None


async def test_nothing_is_taken_for_a_customer_who_cannot_be_reached(shop):
    coupon = await shop.coupon(codes=1)
    mei = await shop.customer()
    await shop.db.screens.execute("UPDATE channel_identity SET reachable = false")
    [result] = await shop.settle(shop.card_request(coupon, mei))
    assert result.refusal is Refusal.CONTACT_UNREACHABLE
    assert await shop.count("unit WHERE state = 'free'") == 1
    assert await shop.count("message") == 0


async def test_nothing_is_taken_when_the_window_to_answer_has_closed(shop):
    coupon = await shop.coupon(codes=1)
    await shop.db.screens.execute("UPDATE channel_account SET channel = 'messenger'")
    mei = await shop.customer(wrote_ago=timedelta(hours=24))
    [result] = await shop.settle(shop.card_request(coupon, mei))
    assert result.refusal is Refusal.CHANNEL_WINDOW_CLOSED
    assert await shop.count("claim") == 0
    assert await shop.count("limit_row") == 0
    assert await shop.count("message") == 0


async def test_a_card_the_channel_cannot_carry_takes_nothing(shop):
    coupon = await shop.coupon(codes=1)
    mei = await shop.customer()
    post = shop.card_request(coupon, mei)
    long = replace(post, post=replace(post.post, text="x" * 20_000))
    [result] = await shop.settle(long)
    assert result.refusal is Refusal.CHANNEL_WINDOW_CLOSED
    assert await shop.count("claim") == 0


async def test_a_claim_for_anothers_conversation_or_coupon_is_an_error(shop):
    coupon = await shop.coupon()
    mei, tom = await shop.customers(2)
    [result] = await shop.settle(shop.card_request(coupon, mei, conversation_id=shop.chats[tom]))
    assert result.refusal is Refusal.ERROR
    assert (await shop.claim(shop.workspace, mei)).refusal is Refusal.ERROR
    assert (await shop.claim(coupon, shop.workspace)).refusal is Refusal.ERROR


async def test_the_shops_own_notice_greets_the_customer_by_name(shop):
    """S1-30, S1-31, S1-32: beyond the limit, and when all are gone, the shop's own words arrive."""
    own = {"notice_limit": "{name}, you have {coupon}", "notice_sold_out": "{name}, {store} is out"}
    coupon = await shop.coupon(per_contact_limit=1, quantity=1, **own)
    mei, tom = await shop.customer("Mei"), await shop.customer("Tom")
    await shop.claim(coupon, mei)
    assert (await shop.claim(coupon, mei)).text == "Mei, you have Latte 50"
    assert (await shop.claim(coupon, tom)).text == "Tom, Tea is out"


async def test_a_refusal_is_said_in_the_contacts_language(shop):
    coupon = await shop.coupon(per_contact_limit=0)
    assert (
        await shop.claim(coupon, await shop.customer(language="zh-TW"))
    ).text == "您已經領過這張優惠券。"
    assert (await shop.claim(coupon, await shop.customer())).text == "You already have this coupon."


async def test_a_draft_is_tested_without_touching_the_stock_and_publishing_wipes_the_tests(shop):
    coupon = await shop.coupon(codes=2, published=False, per_contact_limit=1)
    mei = await shop.customer()
    first = await shop.claim(coupon, mei, test=True)
    second = await shop.claim(coupon, mei, test=True)
    assert (first.refusal, second.refusal) == (None, None)
    assert await shop.count("unit WHERE state = 'free'") == 2
    await publish_coupon(shop.db, coupon, shop.clock.now())
    assert await shop.count("claim") == 0
    assert (await shop.claim(coupon, mei)).refusal is None
    assert (await shop.claim(coupon, mei, test=True)).refusal is Refusal.DISABLED


class WithoutCodes:
    """A channel whose cards cannot carry a code."""

    def __init__(self, channel):
        self._channel = channel

    def __getattr__(self, name):
        return getattr(self._channel, name)

    def parts(self, content):
        if getattr(content, "code", None):
            raise ContentRefused("No codes here")
        return self._channel.parts(content)


async def test_a_card_refused_only_with_its_code_gives_everything_back(shop):
    coupon = await shop.coupon(codes=1, allow_code_in_chat=True, per_contact_limit=1)
    shop.channels = {"line": WithoutCodes(shop.channels["line"])}
    [result] = await shop.settle(shop.card_request(coupon, await shop.customer()))
    assert result.refusal is Refusal.CHANNEL_WINDOW_CLOSED
    assert await shop.count("unit WHERE state = 'free'") == 1
    assert await shop.count("limit_row WHERE count > 0") == 0
    assert await shop.count("message WHERE state = 'failed'") == 1


async def test_the_card_carries_the_code_where_the_coupon_allows_it(shop):
    coupon = await shop.coupon(
        codes=1, allow_code_in_chat=True, image_url="https://x.example/a.png"
    )
    [result] = await shop.settle(shop.card_request(coupon, await shop.customer()))
    assert result.claim.card.code.startswith("4000000000")
    assert result.claim.card.image_url == "https://x.example/a.png"


@pytest.mark.parametrize("who", ["service_agent", "sue"])
async def test_a_quota_set_for_the_role_or_the_member_decides(shop, who):
    coupon = await shop.coupon(purpose="service", default_quota=0)
    sue = shop.members["sue"]
    async with shop.db.transaction() as tx:
        quota = {str(sue) if who == "sue" else who: 1}
        await set_quotas(tx, coupon, quota, shop.clock.now())
    results = [
        await shop.claim(coupon, person, member_id=sue) for person in await shop.customers(2)
    ]
    assert [r.refusal for r in results] == [None, Refusal.MEMBER_QUOTA]


async def test_what_this_process_remembers_of_the_stock_is_bounded(shop, monkeypatch):
    monkeypatch.setattr(take_units, "REMEMBERED", 1)
    for _ in range(3):
        assert (await shop.claim(await shop.coupon(quantity=1), await shop.customer())).claim
