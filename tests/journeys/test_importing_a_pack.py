"""G6: a pack of 100,000 rows with bad ones among them, through the browser."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from coupons.actions.design import create, publish_coupon
from coupons.actions.load_codes import load_codes
from coupons.actions.new_coupon import NewCoupon
from coupons.rules.codes import ean13_check
from tests.axe import TRANSLATED
from tests.inspector import Inspector

PATIENCE = 90_000
PACK = {"purpose": "marketing", "code_mode": "pack", "code_format": "ean_13"}


def ean(number):
    """Return an EAN-13 that begins with zeros."""
    first = f"{number:012}"
    return first + ean13_check(first)


def hundred_thousand(stored):
    """Return 99,000 good rows, 400 repeated, 300 stored, 200 with a bad check digit, 100 blank or long."""
    good = [ean(number) for number in range(99_000)]
    wrong = [code[:12] + str((int(code[12]) + 1) % 10) for code in good[:200]]
    return [*good, *good[:400], *stored, *wrong, *[""] * 50, *["9" * 101] * 50]


@pytest.fixture
async def pack(demo):
    """The demo with an empty pack, and another whose 300 codes stand in the file too."""
    site, now = demo.site, demo.clock.now()
    house = await demo.value("SELECT id FROM workspace LIMIT 1")
    keys = []
    for name in ("Oolong 30", "Other"):
        async with site.database.transaction() as tx:
            keys.append(await create(tx, house, NewCoupon(name=name, **PACK), now))
    stored = [ean(number) for number in range(500_000, 500_300)]
    await load_codes(site.database, keys[1], stored, now)
    await publish_coupon(site.database, keys[0], now)
    return keys[0], stored


async def upload(page, path):
    """Choose a file and have it checked; return the newest batch."""
    await page.set_input_files("#file", str(path))
    await page.get_by_role("button", name="Check the file").click()
    await expect(page).to_have_url(re.compile("#batch-"))
    key = page.url.partition("#")[2]
    return page.locator(f"#{key}")


@pytest.mark.timeout(400)
async def test_g6_a_hundred_thousand_rows_are_checked_imported_and_told_apart(
    demo, console, pack, tmp_path
):
    """S1-25, S2-14, S2-15, S2-16, S2-17: one upload, G6."""
    coupon, stored = pack
    rows = hundred_thousand(stored)
    path = tmp_path / "pack.csv"
    path.write_bytes("\ufeff".encode() + "".join(f"{row}\r\n" for row in rows).encode())
    page = (await console("Ann")).page
    await page.goto(f"{demo.url}/console/coupons/{coupon}/codes")
    batch = await upload(page, path)
    # The console answers while the file is being checked, and says how far it has come.
    seen = set()
    while "batches-poll" in (listed := await listing(page, demo, coupon)):
        seen |= {int(found.replace(",", "")) for found in re.findall(r"([\d,]+) rows done", listed)}
    assert any(0 < count < 100_000 for count in seen)
    await expect(batch).to_have_attribute("data-state", "ready", timeout=PATIENCE)
    await expect(batch.locator("[data-role=sum]")).to_have_text("99,000 good, 1,000 to be refused")
    for reason, count in (("repeated", 400), ("stored", 300), ("checksum", 200), ("long", 50)):
        await expect(batch.locator(f"[data-reason={reason}] strong")).to_have_text(str(count))
    assert await demo.value("SELECT count(*) FROM code WHERE coupon_id = $1", coupon) == 0
    await batch.locator("[data-role=commit]").click()
    await expect(batch).to_have_attribute("data-state", "loaded", timeout=PATIENCE)
    await expect(batch.locator("[data-role=sum]")).to_have_text("99,000 imported, 1,000 rejected")
    await expect(page.locator("[data-role=stock]")).to_contain_text(
        "99,000 free of 99,000", timeout=PATIENCE
    )
    await the_refused_lines_are_told(page, batch, rows)
    kept = await demo.value("SELECT text FROM code WHERE coupon_id = $1 ORDER BY id", coupon)
    assert kept == "0000000000000"
    await the_same_file_brings_nothing(page, path)
    await one_row_too_many_is_refused(page, tmp_path)


async def listing(page, demo, coupon):
    answer = await page.request.get(
        f"{demo.url}/console/coupons/{coupon}/codes/list", headers={"HX-Request": "true"}
    )
    assert answer.ok
    return await answer.text()


async def the_refused_lines_are_told(page, batch, rows):
    async with page.expect_download() as waiting:
        await batch.get_by_role("link", name="Refused lines as CSV").click()
    saved = await (await waiting.value).path()
    content = await asyncio.to_thread(Path(saved).read_text, encoding="utf-8-sig")
    head, *told = list(csv.reader(io.StringIO(content)))
    assert head == ["line", "value", "reason"]
    assert [int(line) for line, _, _ in told] == list(range(99_001, 100_001))
    assert [value for _, value, _ in told] == rows[99_000:]


async def the_same_file_brings_nothing(page, path):
    batch = await upload(page, path)
    await expect(batch).to_have_attribute("data-state", "ready", timeout=PATIENCE)
    await expect(batch.locator("[data-role=twin]")).to_be_visible()
    await expect(batch.locator("[data-reason=stored] strong")).to_have_text("99,300")
    await expect(batch.locator("[data-role=commit]")).to_have_count(0)


async def one_row_too_many_is_refused(page, folder):
    path = folder / "too-many.csv"
    path.write_text("".join(f"{ean(number)}\n" for number in range(100_001)))
    batch = await upload(page, path)
    await expect(batch).to_have_attribute("data-state", "refused", timeout=PATIENCE)
    await expect(batch).to_contain_text("at most 100,000 rows")


async def test_the_page_of_codes_hinders_nobody_in_either_language(demo, console, pack, tmp_path):
    coupon, stored = pack
    path = tmp_path / "序號.csv"
    good = [ean(number) for number in range(12)]
    path.write_text("\n".join([*good, good[0], stored[0], good[1][:12], "none", ""]) + "\n\n")
    page = (await console("Ann", reduced_motion="reduce")).page
    inspector = Inspector()
    await page.goto(f"{demo.url}/console/coupons/{coupon}/codes")
    await inspector.look(page, "codes-empty")
    batch = await upload(page, path)
    await expect(batch).to_have_attribute("data-state", "ready", timeout=PATIENCE)
    await inspector.look(page, "codes-ready")
    await batch.locator("[data-role=commit]").click()
    await expect(batch).to_have_attribute("data-state", "loaded", timeout=PATIENCE)
    await page.fill("#code", good[3])
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("[data-role=code-state]")).to_have_text("free")
    await upload(page, path)
    await expect(page.locator("[data-role=twin]")).to_be_visible(timeout=PATIENCE)
    await inspector.look(page, "codes-found")
    await page.request.post(
        f"{demo.url}/console/language",
        form={"language": "zh-Hant", "next": "/console"},
        headers={"Origin": demo.url},
    )
    await page.reload()
    await expect(page.locator("#upload-head")).to_have_text("匯入檔案")
    await inspector.look(page, "codes-zh", TRANSLATED)
    assert inspector.found == []
