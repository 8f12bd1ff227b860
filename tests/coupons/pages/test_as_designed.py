"""The page as the coupon was designed: which code form, whose redemption, what it is worth, its calendar entry."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

OURS = {"Sec-Fetch-Site": "same-origin"}
SCRIPT = OURS | {"X-Tessera-Part": "main"}


async def opened(client, path):
    async with client.post(f"{path}/open", headers=SCRIPT) as answer:
        return await answer.text()


@pytest.mark.parametrize(
    ("form", "pictures", "written"),
    [("both", 2, True), ("barcode", 2, False), ("text", 0, True), ("none", 0, False)],
)
async def test_the_code_is_shown_in_the_form_that_was_chosen(
    client, issue, form, pictures, written
):
    """S0-15, S0-16: one page a coupon; barcode, text, both or neither."""
    path, claim = await issue(codes=1, code_format="ean_13", code_display=form)
    html = await opened(client, path)
    assert html.count("<svg") == pictures
    assert (f"<code>{claim.number[:4]}" in html) is written
    assert ("<code>4000000000006" in html) is written
    assert ("Show this page at the till." in html) is (form == "none")


async def test_a_barcode_that_cannot_be_drawn_is_written_even_without_text(client, issue):
    path, _ = await issue(fixed_code="TEA", code_format="ean_13", code_display="barcode")
    assert "<code>TEA</code>" in await opened(client, path)


async def test_every_code_of_a_pack_has_its_barcode(shop, client, issue):
    path, _ = await issue(codes=1, code_format="code_128")
    await shop.db.screens.execute("""UPDATE claim SET more_codes = '["SECOND2","THIRD3"]'""")
    html = await opened(client, path)
    for number, code in enumerate(("4000000000006", "SECOND2", "THIRD3"), 1):
        assert f"Shop code {number}" in html
        assert f"Barcode of the shop code {code}" in html
        assert f'data-copy="{code}"' in html


@pytest.mark.parametrize("shown", [True, False])
async def test_the_copy_button_is_there_only_where_wanted(client, issue, shown):
    """S0-19: the copy-code button is on or off."""
    path, _ = await issue(copy_button=shown)
    assert ('data-copy="TEA50"' in await opened(client, path)) is shown


async def test_the_customers_own_button_redeems_once(shop, client, issue):
    """S0-17, S0-18: the redeem button's behaviour and its words."""
    path, _ = await issue(redeem_mode="self", button_text="Use it")
    html = await opened(client, path)
    assert '<summary class="primary">Use it</summary>' in html
    assert "Redeem only at the till: it can be done once." in html
    assert 'name="pin"' not in html
    for _ in range(2):
        answer = await client.post(
            f"{path}/redeem", data={"key": "tap"}, headers=OURS, allow_redirects=False
        )
        assert (answer.status, answer.headers["Location"]) == (303, path)
    async with client.get(path) as page:
        assert "✓ Redeemed" in await page.text()
    assert await shop.count("redemption") == 1


async def test_without_a_redeem_button_nothing_can_be_pressed(shop, client, issue):
    """S0-17: the button may be absent."""
    path, _ = await issue(redeem_mode="none")
    assert "/redeem" not in await opened(client, path)


async def test_a_shops_own_button_has_its_words_and_its_link(client, issue):
    path, _ = await issue(button_text="To the web shop", button_url="https://tea.example/x")
    html = await opened(client, path)
    assert 'href="https://tea.example/x">To the web shop</a>' in html


@pytest.mark.parametrize(
    ("facts", "language", "words"),
    [
        ({"benefit": "discount", "benefit_value": Decimal(20)}, "en", "20% off"),
        ({"benefit": "discount", "benefit_value": Decimal(20)}, "zh-TW", "8 折"),
        ({"benefit": "discount", "benefit_value": Decimal(15)}, "zh-CN", "85 折"),
        ({"benefit": "discount", "benefit_value": Decimal(95)}, "zh-TW", "0.5 折"),
        ({"benefit": "discount", "benefit_value": Decimal("12.5")}, "ja", "12.5%オフ"),
        ({"benefit": "cash_value", "benefit_value": Decimal(1000)}, "en", "1,000 off"),
        ({"benefit": "points", "benefit_value": Decimal(30)}, "th", "30 คะแนน"),
        ({"benefit": "gift"}, "en", "Gift"),
    ],
)
async def test_what_it_is_worth_is_said_in_words(client, issue, facts, language, words):
    path, _ = await issue(language=language, **facts)
    assert f'<p class="benefit"><b>{words}</b>' in await opened(client, path)


async def test_a_minimum_and_a_product_are_said_beside_it(client, issue):
    path, _ = await issue(
        benefit="cash_value",
        benefit_value=Decimal(50),
        minimum_spend=Decimal(500),
        product="Oolong",
    )
    html = await opened(client, path)
    assert "on purchases of 500 or more" in html
    assert "for Oolong" in html


async def calendar(client, path):
    async with client.get(f"{path}/calendar.ics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/calendar"
        return await answer.text()


async def test_the_last_hour_goes_into_the_calendar_in_any_zone(client, issue):
    path, claim = await issue(
        validity_mode="claim", lasts_minutes=180, rules="One; cup,\nper \\ visit"
    )
    text = await calendar(client, path)
    assert "DTSTART:20260504T070000Z\r\n" in text
    assert "DTEND:20260504T080000Z\r\n" in text
    assert "SUMMARY:Last chance: Latte 50\r\n" in text
    unfolded = text.replace("\r\n ", "")
    assert "One\\; cup\\,\\nper \\\\ visit" in unfolded
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert path.removeprefix("/c/") not in text
    assert claim.number not in text


async def test_before_its_time_the_first_hour_goes_into_the_calendar(shop, client, issue, clock):
    path, _ = await issue(valid_from=clock.now() + timedelta(days=2), language="zh-TW")
    text = await calendar(client, path)
    assert "DTSTART:20260506T050000Z\r\n" in text
    assert "優惠開始使用" in text


async def test_what_has_no_date_or_is_over_has_no_calendar(shop, client, issue):
    endless, _ = await issue()
    async with client.get(f"{endless}/calendar.ics") as answer:
        assert answer.status == 404
    await shop.db.screens.execute("UPDATE claim SET state = 'voided'")
    async with client.get(f"{endless}/calendar.ics") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("part", ["state", "live", "calendar.ics"])
async def test_an_unknown_claims_parts_are_told_like_the_page_and_slowed_down(client, part):
    statuses = []
    for n in range(22):
        async with client.get(f"/c/{'x' * 20}{n}/{part}") as answer:
            statuses.append(answer.status)
    assert (statuses[0], statuses[-1]) == (404, 429)
