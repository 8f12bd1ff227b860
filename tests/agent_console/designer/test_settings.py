"""What the settings of a coupon make of its page and card, as they are typed."""

from __future__ import annotations

import pytest

from coupons.sample import SAMPLES
from tests.agent_console.coupon_forms import TYPED, published, saved

PAGE = "/console/coupons/preview/page?phase=during"


async def page_of(browser, **typed):
    response = await browser.post(PAGE, **(TYPED | typed))
    return await response.text()


@pytest.mark.parametrize(("mode", "shown"), [("pin", True), ("self", True), ("none", False)])
async def test_the_redeem_button_does_what_was_chosen_or_is_absent(mia, mode, shown):
    """S0-17, S2-18: by the staff's PIN, by the customer alone, or not at all."""
    page = await page_of(mia, redeem_mode=mode)
    assert ('class="redeem"' in page) is shown
    assert ('id="pin"' in page) is (mode == "pin")


async def test_the_buttons_words_are_the_shops_own(mia):
    """S0-18: custom words, only where the button is on."""
    assert "Use it now" in await page_of(mia, button_text="Use it now")
    assert "Use it now" not in await page_of(mia, button_text="Use it now", redeem_mode="none")


async def test_the_copy_button_is_on_or_off(mia):
    """S0-19: copy-code button on and off."""
    assert 'class="copy"' in await page_of(mia, copy_button="on", copy_button_there="1")
    assert 'class="copy"' not in await page_of(mia, copy_button_there="1")


@pytest.mark.parametrize(
    ("display", "bars", "text"),
    [("both", True, True), ("barcode", True, False), ("text", False, True), ("none", False, False)],
)
async def test_the_page_shows_the_code_as_was_chosen(mia, display, bars, text):
    """S0-16, S1-26, S1-27: barcode, text, both, or only a button back to the shop."""
    page = await page_of(mia, code_display=display, code_format="code_128")
    assert ("<code>LATTE50</code>" in page) is text
    assert ("<svg" in page) is bars


async def test_without_a_barcode_a_button_leads_to_the_web_shop(mia):
    """S1-27: button text and address."""
    typed = {"code_display": "none", "button_text": "To the shop", "fixed_code": ""}
    page = await page_of(mia, button_url="https://shop.example/tea", **typed)
    assert 'href="https://shop.example/tea"' in page
    assert "To the shop" in page
    refused = await mia.post("/console/coupons/new", **(TYPED | {"button_url": "javascript:x"}))
    assert refused.status == 422


@pytest.mark.parametrize("symbology", ["qr", "code_39", "code_128", "ean_13"])
async def test_every_barcode_is_drawn(mia, symbology):
    """S1-26: QR code, CODE_39, CODE_128, EAN_13."""
    code = SAMPLES["ean_13"] if symbology == "ean_13" else "LATTE50"
    page = await page_of(mia, code_format=symbology, fixed_code=code)
    assert page.count("<svg") >= 2


async def test_cash_value_may_need_a_spend_and_one_product(site, mia):
    """S2-10, S2-11: a minimum spend, and one product only."""
    typed = {"benefit": "cash_value", "benefit_value": "50", "minimum_spend": "300"}
    page = await page_of(mia, product="Oolong, large", **typed)
    assert "Oolong, large" in page
    assert "300" in page
    await saved(mia, product="Oolong, large", **typed)
    row = await site.db.screens.fetchrow("SELECT product, minimum_spend FROM coupon")
    assert (row["product"], row["minimum_spend"]) == ("Oolong, large", 300)


async def test_tags_are_named_for_claim_opening_and_redemption(site, mia):
    """S1-33, S1-34, S1-35, S1-36: three tags; the last only with a barcode."""
    tags = {"tag_on_claim": "got", "tag_on_open": "seen", "tag_on_redeem": "used"}
    await saved(mia, **tags)
    row = await site.db.screens.fetchrow(
        "SELECT tag_on_claim, tag_on_open, tag_on_redeem FROM coupon"
    )
    assert dict(row) == tags
    refused = await mia.post("/console/coupons/new", **(TYPED | tags | {"code_display": "text"}))
    assert "A tag at redemption needs the barcode" in await refused.text()


@pytest.mark.parametrize(
    ("typed", "facts"),
    [
        ({"code_mode": "random", "quantity": ""}, {"code_mode": "random", "quantity": None}),
        ({"code_mode": "random", "quantity": "7"}, {"code_mode": "random", "quantity": 7}),
        ({"code_mode": "generated", "quantity": "7"}, {"code_mode": "generated", "quantity": 7}),
        ({"code_mode": "pack", "pack_kind": "line_points"}, {"pack_kind": "line_points"}),
        ({"code_mode": "pack", "code_columns": "3"}, {"code_columns": 3}),
        ({"fixed_code": " TEA 1 ", "quantity": "1,000"}, {"fixed_code": "TEA 1", "quantity": 1000}),
    ],
)
async def test_codes_come_from_where_was_chosen(site, mia, typed, facts):
    """S1-20, S1-21, S1-22, S1-23, S2-12, S2-13: fixed with a quantity, pack, made beforehand, at random."""
    await saved(mia, **typed)
    row = dict(await site.db.screens.fetchrow("SELECT * FROM coupon"))
    assert {name: row[name] for name in facts} == facts


async def test_codes_of_an_own_form_are_designed_and_kept(site, mia):
    """S2-13: alphabet, length, beginning and check character."""
    own = {"shape_kind": "own", "shape_alphabet": "ABCD", "shape_length": "12"}
    own |= {"shape_prefix": "A", "shape_check": "luhn", "code_mode": "generated"}
    where = await published(mia, **own)
    codes = await site.db.screens.fetch("SELECT text FROM code")
    assert len(codes) == 100
    assert {len(row["text"]) for row in codes} == {12}
    assert {row["text"][0] for row in codes} == {"A"}
    page = await mia.text(f"{where}/edit")
    assert 'value="ABCD"' in page


@pytest.mark.parametrize(
    ("typed", "facts"),
    [
        ({"period": "claim", "claim_lasts": "3", "claim_unit": "days"}, ("claim", 0, 3, None)),
        ({"period": "claim", "claim_lasts": "90", "claim_unit": "minutes"}, ("claim", 0, None, 90)),
        ({"period": "after_days", "after_days": "2", "for_days": "7"}, ("claim", 2, 7, None)),
        ({"period": "hours", "hours": "23"}, ("claim", 0, None, 1380)),
        ({"period": "open", "open_lasts": "30", "open_unit": "minutes"}, ("open", 0, None, 30)),
        ({"period": "fixed", "valid_until_day": "2026-05-31"}, ("fixed", 0, None, None)),
    ],
)
async def test_the_use_period_is_kept_in_every_way_of_saying_it(site, mia, typed, facts):
    """S1-15, S1-16, S1-17, S2-07, S2-08, S2-09: and comes back as it was said."""
    where = await saved(mia, **typed)
    row = await site.db.screens.fetchrow(
        "SELECT validity_mode, starts_after_days, lasts_days, lasts_minutes FROM coupon"
    )
    assert tuple(row) == facts
    page = await mia.text(f"{where}/edit")
    assert f'name="period" value="{typed["period"]}" checked' in page
    for name, value in typed.items():
        assert f'value="{value}"' in page, name


@pytest.mark.parametrize("hours", ["0", "24", "", "x"])
async def test_hours_are_one_to_twenty_three(mia, hours):
    """S2-09: expires in 1 to 23 hours."""
    typed = TYPED | {"period": "hours", "hours": hours}
    assert (await mia.post("/console/coupons/new", **typed)).status == 422


async def test_a_coupon_is_made_looked_at_stocked_extended_promoted_and_deleted(mia):
    """S0-02, S2-01, S2-02: every verb of management, for workspaces that have coupons."""
    where = await published(mia, period="fixed", valid_until_day="2026-06-30")
    for path in ("", "/edit", "/claims", "/promote", "/history"):
        assert (await mia.get(where + path)).status == 200, path
    assert (await mia.act(f"{where}/quantity", quantity="200")).status == 200
    assert (await mia.act(f"{where}/validity", valid_until_day="2026-07-31")).status == 200
    assert (await mia.post(f"{where}/archive", confirm="yes")).status == 303
