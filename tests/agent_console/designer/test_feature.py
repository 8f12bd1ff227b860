"""Paid features: coupons, sales coupons, cash coupons."""

from __future__ import annotations

from tests.agent_console.coupon_forms import saved
from tests.agent_console.site import plain


async def switch(site, features):
    await site.db.screens.execute(
        "UPDATE workspace SET features = $2 WHERE id = $1", site.house, features
    )


async def test_coupons_switched_off_leave_the_menu_and_their_pages_say_so(site, mia):
    """S2-01: for those who pay. S0-01, S1-01: switched for the workspace; on where nobody has said. S0-03: the menu."""
    where = await saved(mia)
    assert 'href="/console/coupons"' in await mia.text("/console/inbox")
    await switch(site, {"coupons": False})
    assert 'href="/console/coupons"' not in await mia.text("/console/inbox")
    for path in ("/console/coupons/new", f"{where}/edit"):
        response = await mia.get(path)
        assert response.status == 409
        assert "Coupons are switched off" in plain(await response.text())
    assert (await mia.post(f"{where}/publish")).status == 409
    await switch(site, {"coupons": True})
    assert (await mia.get(f"{where}/edit")).status == 200


async def test_sales_coupons_need_their_add_on(site, mia):
    """S1-05, S1-06: service and marketing always, sales with the add-on."""
    page = await mia.text("/console/coupons/new")
    assert 'value="sales"' not in page
    assert 'value="service"' in page
    assert 'value="marketing"' in page
    await switch(site, {"sales_types": True})
    assert 'value="sales"' in await mia.text("/console/coupons/new")


async def test_a_cash_coupon_needs_payments(site, mia):
    """S2-05: cash is offered, and published, only where payment is enabled."""
    assert 'value="cash"' not in await mia.text("/console/coupons/new")
    where = await saved(mia, benefit="cash", benefit_value="100")
    refused = await mia.post(f"{where}/publish")
    assert "Cash coupons need payments" in plain(await refused.text())
    await switch(site, {"payment": True})
    assert (await mia.post(f"{where}/publish")).status == 303
