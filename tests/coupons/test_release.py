"""A send that was rejected for good gives everything back, unless the customer may have seen it."""

from __future__ import annotations

import pytest

from conversations.actions.tag import TagPut, put_tags
from coupons.actions.mark_delivered import mark_delivered
from coupons.actions.open_claim import open_claim
from coupons.actions.release import release
from coupons.errors import Refusal


async def sent(shop, **facts):
    coupon = await shop.coupon(purpose="service", default_quota=5, **facts)
    mei = await shop.customer()
    claim = (await shop.claim(coupon, mei, member_id=shop.members["sue"])).claim
    return coupon, mei, claim


async def let_go(shop, claim, *, shown=False):
    async with shop.db.transaction() as tx:
        return await release(tx, [claim.id], shop.clock.now(), code_was_shown=shown)


async def test_quota_limits_unit_and_code_return(shop):
    coupon, mei, claim = await sent(shop, codes=1, per_contact_limit=1, per_contact_daily_limit=1)
    assert await let_go(shop, claim) == [claim.id]
    assert await shop.count("limit_row WHERE count > 0") == 0
    assert await shop.count("unit WHERE state = 'free'") == 1
    again = await shop.claim(coupon, mei, member_id=shop.members["sue"])
    assert again.refusal is None


async def test_a_code_that_stood_in_the_card_is_void_and_never_given_again(shop):
    coupon, mei, claim = await sent(shop, codes=1)
    await let_go(shop, claim, shown=True)
    assert await shop.count("unit WHERE state = 'void'") == 1
    assert (await shop.claim(coupon, mei)).refusal is Refusal.SOLD_OUT


async def test_a_fixed_code_is_no_secret_so_its_unit_returns(shop):
    _, _, claim = await sent(shop, quantity=1)
    await let_go(shop, claim, shown=True)
    assert await shop.count("unit WHERE state = 'free'") == 1


async def test_releasing_twice_gives_back_once(shop):
    coupon, _, claim = await sent(shop, quantity=2)
    await shop.claim(coupon, await shop.customer(), member_id=shop.members["sue"])
    assert await let_go(shop, claim) == [claim.id]
    assert await let_go(shop, claim) == []
    assert await shop.db.screens.fetchval("SELECT count FROM limit_row WHERE subject ~ '^m:'") == 1


@pytest.mark.parametrize("evidence", [open_claim, "delivered"])
async def test_a_claim_that_was_opened_or_delivered_stays(shop, evidence):
    _, _, claim = await sent(shop, codes=1)
    async with shop.db.transaction() as tx:
        if evidence == "delivered":
            await mark_delivered(tx, [claim.id], shop.clock.now())
        else:
            await evidence(tx, claim.id, shop.clock.now())
    assert await let_go(shop, claim) == []
    assert await shop.db.screens.fetchval("SELECT state FROM claim") == "issued"
    assert await shop.count("unit WHERE state = 'issued'") == 1


async def test_nothing_to_release_is_nothing_done(shop):
    async with shop.db.transaction() as tx:
        assert await release(tx, [], shop.clock.now(), code_was_shown=False) == []


@pytest.mark.parametrize(("in_chat", "state"), [(True, "void"), (False, "free")])
async def test_without_being_told_the_coupon_says_whether_the_card_held_the_code(
    shop, in_chat, state
):
    _, _, claim = await sent(shop, codes=1, allow_code_in_chat=in_chat)
    async with shop.db.transaction() as tx:
        assert await release(tx, [claim.id], shop.clock.now()) == [claim.id]
    assert await shop.count("unit WHERE state = $1", state) == 1


async def test_a_bots_claim_and_a_test_give_back_what_they_took(shop):
    coupon = await shop.coupon()
    claim = (await shop.claim(coupon, await shop.customer())).claim
    assert await let_go(shop, claim) == [claim.id]
    draft = await shop.coupon(published=False)
    trial = (await shop.claim(draft, await shop.customer(), test=True)).claim
    assert await let_go(shop, trial) == [trial.id]
    assert await shop.count("limit_row WHERE count <> 0") == 0


async def tags(shop):
    rows = await shop.db.screens.fetch(
        "SELECT t.name FROM contact_tag c JOIN tag t ON t.id = c.tag_id ORDER BY t.name"
    )
    return [row["name"] for row in rows]


async def test_the_tag_of_a_claim_goes_with_it(shop):
    _, _, claim = await sent(shop, quantity=1, tag_on_claim="tea lover")
    assert await tags(shop) == ["tea lover"]
    await let_go(shop, claim)
    assert await tags(shop) == []


async def test_the_tag_stays_while_another_claim_explains_it(shop):
    coupon, mei, first = await sent(shop, quantity=5, tag_on_claim="tea lover")
    second = (await shop.claim(coupon, mei, member_id=shop.members["sue"])).claim
    await let_go(shop, first)
    assert await tags(shop) == ["tea lover"]
    await let_go(shop, second)
    assert await tags(shop) == []


@pytest.mark.parametrize("before", [True, False])
async def test_a_tag_that_somebody_else_put_there_stays(shop, before):
    mei = await shop.customer()

    async def tag_by_hand():
        async with shop.db.transaction() as tx:
            put = TagPut(shop.workspace, mei, "tea lover", "member")
            await put_tags(tx, [put], shop.clock.now())

    if before:
        await tag_by_hand()
    coupon = await shop.coupon(purpose="service", default_quota=5, tag_on_claim="tea lover")
    claim = (await shop.claim(coupon, mei, member_id=shop.members["sue"])).claim
    if not before:
        await tag_by_hand()
    await let_go(shop, claim)
    assert await tags(shop) == ["tea lover"]


async def test_a_tag_asked_for_twice_at_once_is_put_once(shop):
    mei = await shop.customer()
    twice = [TagPut(shop.workspace, mei, "vip", source) for source in ("claim", "member", "claim")]
    async with shop.db.transaction() as tx:
        await put_tags(tx, twice, shop.clock.now())
    assert await shop.db.screens.fetchval("SELECT source FROM contact_tag") == "member"
