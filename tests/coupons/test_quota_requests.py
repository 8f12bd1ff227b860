"""Asking for more quota: kept once, granted or declined once, and told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from coupons.actions.ask_for_quota import QuotaAsk, ask_for_quota
from coupons.actions.decline_quota import decline_quota
from coupons.actions.grant_quota import grant_quota
from coupons.actions.set_quota import set_quotas
from coupons.actions.settle_request import Decision
from coupons.queries import offers
from coupons.quota_requests import count_open, open_requests, requests_of
from runtime.errors import Invalid, NotFound, Refused
from runtime.ids import uuid7


@pytest.fixture
async def tea(shop):
    """A coupon of which everybody may send two."""
    return await shop.coupon(name="Tea", purpose="service", quantity=50, default_quota=2)


async def ask(shop, coupon, amount=3, *, member="sue", words="", workspace=None):
    wanted = QuotaAsk(
        workspace_id=workspace or shop.workspace,
        coupon_id=coupon,
        member_id=shop.members[member],
        amount=amount,
        words=words,
    )
    async with shop.db.transaction() as tx:
        return await ask_for_quota(tx, wanted, shop.clock.now())


def decision(shop, request, words="", workspace=None):
    return Decision(
        workspace_id=workspace or shop.workspace,
        request_id=request,
        by=shop.members["ann"],
        words=words,
    )


async def grant(shop, request, amount=3, **other):
    async with shop.db.transaction() as tx:
        await grant_quota(tx, decision(shop, request, **other), amount, shop.clock.now())


async def decline(shop, request, words="Not this week", **other):
    async with shop.db.transaction() as tx:
        await decline_quota(tx, decision(shop, request, words, **other), shop.clock.now())


async def left(shop, coupon):
    found = await offers(
        shop.db.screens, shop.members["sue"], await shop.customer(), shop.clock.now()
    )
    return next(one.left_for_you for one in found if one.coupon_id == coupon)


async def spend(shop, coupon, count):
    for contact in await shop.customers(count):
        assert (await shop.claim(coupon, contact, member_id=shop.members["sue"])).claim


async def told(shop, action):
    rows = await shop.db.screens.fetch("SELECT * FROM audit_entry WHERE action = $1", action)
    return [(row["member_id"], row["subject"]) for row in rows]


async def test_who_decides_sees_the_wish_and_how_the_member_stands(shop, tea):
    await spend(shop, tea, 2)
    await ask(shop, tea, words="Full house")
    [waiting] = await open_requests(shop.db.screens, shop.workspace, shop.clock.now())
    assert (waiting.member_name, waiting.coupon_name, waiting.amount) == ("Sue", "Tea", 3)
    assert (waiting.words, waiting.quota.quota, waiting.quota.left) == ("Full house", 2, 0)
    assert await count_open(shop.db.screens, shop.workspace) == 1
    assert await open_requests(shop.db.screens, uuid7(), shop.clock.now()) == []


async def test_granting_lets_the_member_send_that_many_more(shop, tea):
    await spend(shop, tea, 2)
    request = await ask(shop, tea)
    await grant(shop, request, amount=2)
    assert await left(shop, tea) == 2
    mine = await requests_of(shop.db.screens, shop.members["sue"], shop.clock.now())
    assert (mine[tea].state, mine[tea].granted, mine[tea].decided_by) == ("granted", 2, "Ann")
    assert await count_open(shop.db.screens, shop.workspace) == 0
    assert await told(shop, "coupon.quota_asked") == [(shop.members["sue"], str(tea))]
    assert await told(shop, "coupon.quota_granted") == [(shop.members["ann"], str(tea))]
    kinds = await shop.db.screens.fetch("SELECT detail FROM feed WHERE kind = 'quota_request'")
    assert len(kinds) == 2


async def test_who_was_stopped_after_sending_gets_the_whole_amount(shop, tea):
    await spend(shop, tea, 2)
    sue = str(shop.members["sue"])
    async with shop.db.transaction() as tx:
        await set_quotas(tx, tea, {sue: 0}, shop.clock.now())
    await grant(shop, await ask(shop, tea), amount=3)
    assert await left(shop, tea) == 3


async def test_who_has_no_limit_any_more_keeps_having_none(shop, tea):
    request = await ask(shop, tea)
    async with shop.db.transaction() as tx:
        await set_quotas(tx, tea, {str(shop.members["sue"]): None}, shop.clock.now())
    await grant(shop, request)
    assert await left(shop, tea) is None


async def test_declining_changes_nothing_and_tells_why_for_three_days(shop, tea):
    await decline(shop, await ask(shop, tea))
    assert await left(shop, tea) == 2
    sue = shop.members["sue"]
    mine = await requests_of(shop.db.screens, sue, shop.clock.now())
    assert (mine[tea].state, mine[tea].reply) == ("declined", "Not this week")
    shop.clock.advance(timedelta(days=3))
    assert await requests_of(shop.db.screens, sue, shop.clock.now()) == {}


async def test_a_declined_request_needs_words_and_an_amount_must_make_sense(shop, tea):
    request = await ask(shop, tea)
    for words in ("", "  ", "x" * 301):
        with pytest.raises(Invalid):
            await decline(shop, request, words)
    for amount in (0, -1, 1001):
        with pytest.raises(Invalid):
            await grant(shop, request, amount)
        with pytest.raises(Invalid):
            await ask(shop, tea, amount)
    with pytest.raises(Invalid):
        await ask(shop, tea, words="x" * 301)
    assert await count_open(shop.db.screens, shop.workspace) == 1


async def test_a_second_request_waits_for_the_first_to_be_decided(shop, tea):
    first = await ask(shop, tea)
    with pytest.raises(Refused) as refused:
        await ask(shop, tea)
    assert refused.value.code == "already_asked"
    await decline(shop, first)
    assert await ask(shop, tea) != first


async def test_many_tabs_asking_at_once_ask_once(shop, tea):
    asked = await asyncio.gather(*(ask(shop, tea) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, Refused) for one in asked) == 5
    assert await shop.count("quota_request") == 1


async def test_of_two_grants_at_once_one_holds(shop, tea):
    request = await ask(shop, tea)
    deeds = [grant(shop, request), decline(shop, request), grant(shop, request)]
    done = await asyncio.gather(*deeds, return_exceptions=True)
    refused = [one for one in done if isinstance(one, Refused)]
    assert [one.code for one in refused] == ["already_decided"] * 2
    assert await left(shop, tea) in {2, 5}
    assert await shop.count("quota_request WHERE state <> 'open'") == 1


async def test_grants_and_a_change_of_the_quota_at_once_lose_nothing(shop, tea):
    requests = [await ask(shop, tea), await ask(shop, tea, member="ann")]

    async def raise_role():
        async with shop.db.transaction() as tx:
            await set_quotas(tx, tea, {"service_agent": 10}, shop.clock.now())

    await asyncio.gather(*(grant(shop, one) for one in requests), raise_role())
    assert await left(shop, tea) in {5, 13}


async def test_nobody_asks_for_what_they_may_not_send_or_have_without_limit(shop, tea):
    free = await shop.coupon(purpose="service", quantity=5, default_quota=None)
    draft = await shop.coupon(purpose="service", published=False, default_quota=1)
    for coupon, member, code in (
        (tea, "sel", "not_permitted"),
        (free, "sue", "no_limit"),
        (draft, "sue", "sending_ended"),
    ):
        with pytest.raises(Refused) as refused:
            await ask(shop, coupon, member=member)
        assert refused.value.code == code


async def test_another_workspaces_coupon_or_request_is_not_there(shop, tea):
    with pytest.raises(NotFound):
        await ask(shop, tea, workspace=uuid7())
    request = await ask(shop, tea)
    for deed in (grant, decline):
        with pytest.raises(NotFound):
            await deed(shop, request, workspace=uuid7())
    assert await count_open(shop.db.screens, shop.workspace) == 1
