"""What a till reads off a phone: the page's screenshot, by two readers that know nothing of each other."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import expect
from pyzbar import pyzbar

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3}
SMALL = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
CODES = {
    "qr": ("TEA7KQ2WXM9H", "QRCODE"),
    "code_39": ("TEA-50 OFF", "CODE39"),
    "code_128": ("Tea-50/off", "CODE128"),
    "ean_13": ("4710000000004", "EAN13"),
}
LONG = {
    "code_39": ("ABCDEFGHJKLMNPQRSTUVWXYZ"[:24], "CODE39"),
    "code_128": ("Abcdefghjklmnpqrstuvwxyz2345678923456789"[:40], "CODE128"),
}


async def pictures(page):
    """Return a picture of every barcode of the page, as the screen shows it."""
    shown = page.locator("svg.barcode")
    await expect(shown.first).to_be_visible()
    taken = [await shown.nth(place).screenshot() for place in range(await shown.count())]
    return [framed(Image.open(io.BytesIO(one)).convert("L")) for one in taken]


def framed(picture, quiet=40):
    """Lay the picture on the page's white, as the card around it does."""
    whole = Image.new("L", (picture.width + 2 * quiet, picture.height + 2 * quiet), 255)
    whole.paste(picture, (quiet, quiet))
    return whole


def by_zbar(picture):
    return {(one.data.decode(), one.type) for one in pyzbar.decode(picture)}


def by_zxing(picture):
    return {one.text for one in zxingcpp.read_barcodes(picture)}


@pytest.mark.parametrize("screen", [PHONE, SMALL], ids=["390", "360"])
@pytest.mark.parametrize("code_format", sorted(CODES))
async def test_s1_26_each_barcode_is_read_off_a_phones_screen(issue, visit, code_format, screen):
    """S1-26: QR, CODE_39, CODE_128, EAN_13."""
    text, kind = CODES[code_format]
    path, claim = await issue(fixed_code=text, code_format=code_format)
    page = await visit(path, **screen)
    await expect(page.locator("svg.barcode")).to_have_count(2)
    number, bars = await pictures(page)
    assert by_zbar(number) == {(claim.number, "QRCODE")}
    assert by_zxing(number) == {claim.number}
    assert by_zbar(bars) == {(text, kind)}
    assert by_zxing(bars) == {text}


@pytest.mark.parametrize("code_format", sorted(LONG))
async def test_the_longest_code_we_take_is_still_read(issue, visit, code_format):
    text, kind = LONG[code_format]
    path, _ = await issue(fixed_code=text, code_format=code_format)
    page = await visit(path, **PHONE)
    await expect(page.locator("svg.barcode")).to_have_count(2)
    _, bars = await pictures(page)
    assert by_zbar(bars) == {(text, kind)}
    assert by_zxing(bars) == {text}


async def test_s1_22_every_code_of_a_row_is_a_barcode_of_its_own(shop, issue, visit):
    """S1-22: some tills scan several barcodes."""
    path, claim = await issue(fixed_code="A1", code_format="code_128")
    await shop.db.screens.execute(
        'UPDATE claim SET more_codes = \'["B2", "C3", "D4"]\'::text::jsonb WHERE id = $1', claim.id
    )
    page = await visit(path, **PHONE)
    await expect(page.locator("svg.barcode")).to_have_count(5)
    _, *bars = await pictures(page)
    assert [by_zbar(one) for one in bars] == [{(t, "CODE128")} for t in ("A1", "B2", "C3", "D4")]
