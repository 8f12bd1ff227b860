"""A published coupon's template is ordered before its first card."""

from __future__ import annotations

import pytest

from conversations.channel import Shape
from conversations.content import Card
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from coupons.cards import card, claim_url
from coupons.queries import published_designs
from coupons.requests import CardPost
from coupons.words import LANGUAGES
from gateway.accounts import AccountBook
from gateway.coupon_templates import CouponTemplates
from runtime.tasks import Supervisor
from tests.factories import CHANNELS, an_account

BASE = "https://shop.example"


@pytest.fixture
async def orders(db, keyring, clock):
    whatsapp = await an_account(db, keyring, clock, "whatsapp")
    await an_account(db, keyring, clock, "line", workspace_id=whatsapp.workspace_id)
    new = NewCoupon(
        name="Latte",
        purpose="marketing",
        fixed_code="X",
        quantity=5,
        validity_mode="claim",
        lasts_minutes=5,
    )
    async with db.transaction() as tx:
        coupon = await create(tx, whatsapp.workspace_id, new, clock.now())
    supervisor = Supervisor()
    book = AccountBook(db, keyring)
    await book.refresh()
    yield CouponTemplates(db, book, CHANNELS, BASE, clock, supervisor), coupon, whatsapp
    await supervisor.stop(1)


async def test_a_draft_orders_nothing(db, orders):
    worker, _, _ = orders
    assert list(worker.shapes([])) == []
    assert await db.screens.fetchval("SELECT count(*) FROM content_template") == 0


async def test_publishing_orders_one_template_a_language_for_whatsapp_only(db, clock, orders):
    worker, coupon, whatsapp = orders
    await publish_coupon(db, coupon, clock.now())
    await worker.order()
    rows = await db.screens.fetch("SELECT * FROM content_template")
    assert {row["account_id"] for row in rows} == {whatsapp.id}
    assert len({row["shape_hash"] for row in rows}) == len(LANGUAGES)


async def test_the_ordered_template_is_the_one_a_real_card_asks_for(db, clock, orders):
    worker, coupon, _ = orders
    await publish_coupon(db, coupon, clock.now())
    ordered: set[str] = {
        shape.hash for _, shape in worker.shapes(await published_designs(db.screens))
    }
    [design] = await published_designs(db.screens)
    sent = card(
        design,
        url=claim_url(BASE, "another_customers_token_x"),
        base_url=BASE,
        lang="zh-Hant",
        code="",
        post=CardPost(),
    )
    shapes = [CHANNELS["whatsapp"].shape(part) for part in CHANNELS["whatsapp"].parts(sent)]
    [needed] = [shape for shape in shapes if isinstance(shape, Shape)]
    assert isinstance(sent, Card)
    assert needed.hash in ordered
