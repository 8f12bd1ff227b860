"""Claim records: what each tells, how they are found, and the files they are taken away in."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest

from conversations.search_index import rebuild as file_all
from coupons.actions.release import release
from coupons.actions.void import void
from tests.agent_console.coupon_rows import Shopfront
from tests.agent_console.site import plain


@pytest.fixture
async def till(site):
    return Shopfront(site)


@pytest.fixture
async def latte(site):
    return await site.coupon(
        "Latte 50", per_contact_limit=None, quantity=None, validity_mode="claim", lasts_minutes=180
    )


def path(coupon, rest=""):
    return f"/console/coupons/{coupon}/claims{rest}"


def customers(page):
    return [
        plain(one).split()[0]
        for one in re.findall(r'data-label="Customer">(?:<a [^>]*>)?(.*?)<', page)
    ]


def cells(page, role):
    return [
        plain(one).strip()
        for one in re.findall(
            rf'<(td|span|th)[^>]*data-role="{role}"[^>]*>(.*?)</\1>', page, re.DOTALL
        )
        for one in one[1:]
    ]


async def test_a_record_tells_whose_it_is_where_it_came_from_and_how_it_stands(
    site, ann, till, latte
):
    """S0-37, S0-38, S0-39, S0-40: record id, customer id, conversation id and channel, status."""
    chat = await site.chat("Mei Lin")
    claim = await till.claim(latte, chat)
    page = await ann.text(path(latte))
    assert cells(page, "record-id") == [str(claim.id)]
    assert cells(page, "contact-id") == [str(chat.contact)]
    assert f'href="/console/contacts/{chat.contact}"' in page
    assert cells(page, "conversation-id") == [str(chat.id)]
    assert cells(page, "claim-state") == ["not opened yet"]
    assert "LINE tea" in plain(page)
    await till.redeem(claim)
    ledger = await site.db.screens.fetchval("SELECT id FROM redemption")
    assert cells(await ann.text(path(latte)), "record-id") == [str(ledger)]


async def test_a_record_tells_its_times_trigger_and_whose_code_redeemed_it(site, ann, till, latte):
    """S1-59..63, S0-41: claimed, opened and redeemed at, trigger, and the code's name as "Ray/Xinyi"."""
    claim = await till.claim(latte, await site.chat("Mei"))
    site.clock.advance(timedelta(minutes=5))
    await till.open(claim)
    site.clock.advance(timedelta(minutes=60))
    await till.redeem(claim)
    page = await ann.text(path(latte))
    assert cells(page, "claimed-at") == ["13:00"]
    assert cells(page, "opened-at") == ["13:05"]
    assert cells(page, "redeemed-at") == ["14:05"]
    assert cells(page, "trigger") == ["keyword: latte"]
    assert cells(page, "verified-by") == ["Ray/Xinyi"]
    assert cells(page, "claim-state") == ["redeemed"]
    assert "2026-05-04 14:05:00 (Asia/Taipei)" in page
    assert "for the books the till's own time counts" in plain(page)


async def three(site, till, latte):
    """Mei claimed and opened, 王小明 claimed, Tom claimed a day later from a member's hand."""
    mei = await till.claim(latte, await site.chat("Mei Lin"))
    await till.open(mei)
    chat = await site.chat("王小明")
    await site.db.screens.execute(
        "UPDATE contact SET phone = '+886912345678' WHERE id = $1", chat.contact
    )
    wang = await till.claim(latte, chat)
    site.clock.advance(timedelta(days=1))
    sue = (await site.member("Sue", "service_agent")).id
    tom = await till.claim(
        latte, await site.chat("Tom Baker"), source="console", trigger="console", member_id=sue
    )
    await till.count()
    await file_all(site.db, site.clock.now())
    return mei, wang, tom, sue


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mei", ["Mei"]),
        ("小明", ["王小明"]),
        ("0912 345", ["王小明"]),
        ("明", ["王小明"]),
        ("ＭＥＩ　ｌｉｎ", ["Mei"]),
        ("0913 345", []),
        ("912345", ["王小明"]),
        ('"Mei Lin"', ["Mei"]),
        ('"Mei"', []),
        ('"+886912345678"', ["王小明"]),
        ("SVC50", ["Tom", "王小明", "Mei"]),
        ("%", []),
    ],
)
async def test_records_are_found_by_name_phone_and_code(site, ann, till, latte, typed, found):
    """S1-57, S2-28: by any part of a customer's name, phone or code; exactly when quoted."""
    await three(site, till, latte)
    page = await (await ann.client.get(path(latte), params={"q": typed})).text()
    assert customers(page) == found


async def test_a_record_is_found_by_its_number_whatever_its_case_and_dashes(site, ann, till, latte):
    """S2-28: the number on the customer's phone, as somebody would type it."""
    mei, *_ = await three(site, till, latte)
    typed = f"{mei.number[:4]}-{mei.number[4:8]}-{mei.number[8:]}".lower()
    for text in (typed, f'"{typed}"', mei.number[:6]):
        page = await (await ann.client.get(path(latte), params={"q": text})).text()
        assert customers(page) == ["Mei"]


async def test_records_are_filtered_by_time_state_trigger_member_and_store(site, ann, till, latte):
    """S2-28: the time range, and whatever else narrows the records down."""
    mei, wang, _, sue = await three(site, till, latte)
    other = await till.store("Daan")

    async def found(**query):
        return customers(await (await ann.client.get(path(latte), params=query)).text())

    assert await found(**{"from": "2026-05-05"}) == ["Tom"]
    assert await found(to="2026-05-04") == ["王小明", "Mei"]
    assert await found(of="opened", **{"from": "2026-05-04", "to": "2026-05-04"}) == ["Mei"]
    assert await found(trigger="keyword") == ["王小明", "Mei"]
    assert await found(member=str(sue)) == ["Tom"]
    assert await found(state="expired") == ["王小明", "Mei"]
    assert await found(state="issued") == ["Tom"]
    assert await found(state="opened") == []
    site.clock.advance(timedelta(days=-1))
    assert await found(state="opened") == ["Mei"]
    assert await found(state="expired") == []
    await till.redeem(wang)
    assert await found(state="redeemed") == ["王小明"]
    assert await found(store=str(till.stores["Xinyi"])) == ["王小明"]
    assert await found(store=str(other)) == []
    async with site.db.transaction() as tx:
        await void(tx, site.house, [mei.id], sue, site.clock.now())
    assert await found(state="voided") == ["Mei"]
    assert await found(q="mei", state="redeemed") == []
    assert await found(**{"from": "yesterday", "state": "odd", "member": "nobody"}) != []


async def test_released_claims_are_told_and_test_claims_kept_apart(site, ann, till):
    coupon = await site.coupon("Draft", quantity=None, per_contact_limit=None)
    claim = await till.claim(coupon, await site.chat("Mei"))
    await site.db.screens.execute("UPDATE coupon SET state = 'draft'")
    await till.claim(coupon, await site.chat("Tester"), test=True)
    async with site.db.transaction() as tx:
        await release(tx, [claim.id], site.clock.now())
    page = await ann.text(path(coupon))
    assert customers(page) == ["Mei"]
    assert cells(page, "claim-state") == ["taken back"]
    assert customers(await ann.text(path(coupon, "?test=1"))) == ["Tester"]


async def test_pages_of_records_hold_5_10_15_50_or_all(site, ann, till, latte):
    """S1-64: 5, 10 and 15 (and 50 and All)."""
    for number in range(17):
        await till.claim(latte, await site.chat(f"Guest{number:02}", said=""))
    newest = [f"Guest{number:02}" for number in reversed(range(17))]
    for size, shown in (("5", 5), ("10", 10), ("15", 15), ("50", 17), ("all", 17), ("", 15)):
        page = await ann.text(path(latte, f"?size={size}"))
        assert customers(page) == newest[:shown], size
    first = await ann.text(path(latte, "?size=5"))
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = await ann.text(older.replace("&amp;", "&"))
    assert customers(second) == newest[5:10]
    [newer] = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert customers(await ann.text(newer.replace("&amp;", "&"))) == newest[:5]


async def test_a_csv_file_can_be_opened_safely_and_read_back_in(site, ann, till, latte):
    """S1-58: the export without the push: every column, the zone in the header, cells that no spreadsheet
    takes for formulas, and the customers' ids for a later broadcast.
    """
    chat = await site.chat("=HYPERLINK(1)")
    await till.claim(latte, chat, trigger="+cmd")
    claim = await till.claim(latte, await site.chat("小明, 王"))
    await till.redeem(claim)
    answer = await ann.get(path(latte, ".csv"))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    body = await answer.read()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row["contact"] for row in rows] == ["小明, 王", "'=HYPERLINK(1)"]
    assert rows[1]["trigger"] == "'+cmd"
    assert rows[1]["contact_id"] == str(chat.contact)
    assert rows[0]["record_id"] == str(claim.id)
    assert rows[0]["issued_at (Asia/Taipei)"] == "2026-05-04 13:00:00"
    assert rows[0]["verification_code"] == "Ray/Xinyi"
    assert rows[0]["state"] == "redeemed"
    only = await (await ann.get(path(latte, ".csv?state=redeemed"))).text("utf-8-sig")
    assert len(only.splitlines()) == 2


async def test_a_workbook_holds_the_same_as_text(site, ann, till, latte, tmp_path):
    """S1-58: the same columns as XLSX; nothing in it is a formula or a number."""
    await till.claim(latte, await site.chat("=1+1"), trigger="@SUM")
    await till.claim(latte, await site.chat("王\x0b小明"))
    answer = await ann.get(path(latte, ".xlsx"))
    assert answer.status == 200
    file = tmp_path / "claims.xlsx"
    file.write_bytes(await answer.read())
    sheet = openpyxl.load_workbook(file).active
    table = list(sheet.iter_rows())
    assert {cell.data_type for row in table for cell in row if cell.value is not None} == {"s"}
    names = [cell.value for cell in table[0]]
    people = [row[names.index("contact")].value for row in table[1:]]
    assert people == ["王小明", "'=1+1"]
    assert "issued_at (Asia/Taipei)" in names


async def test_a_file_without_records_still_has_its_header(site, ann, latte, tmp_path, caplog):
    text = await (await ann.get(path(latte, ".csv"))).text("utf-8-sig")
    assert text.startswith("record_id,number,code")
    file = tmp_path / "claims.xlsx"
    file.write_bytes(await (await ann.get(path(latte, ".xlsx"))).read())
    assert openpyxl.load_workbook(file).active["A1"].value == "record_id"
    await ann.get(path(latte, ".csv"))  # by then the server is done with the request before
    assert "Unhandled exception" not in caplog.text


async def test_many_records_stream_through_every_way_out(site, ann, till, latte):
    """More than one step of the walk: all rows arrive once, in order."""
    chat = await site.chat("Mei")
    await till.claim(latte, chat)
    await site.db.screens.execute(
        "INSERT INTO claim (id, workspace_id, coupon_id, contact_id, number, token, source, key,"
        " request_hash, issued_at) SELECT gen_random_uuid(), k.workspace_id, k.coupon_id, k.contact_id,"
        " 'N' || n, 'token' || n, 'flow', 'key' || n, '', k.issued_at"
        " FROM claim k, generate_series(1, 2345) n"
    )
    text = await (await ann.get(path(latte, ".csv"))).text("utf-8-sig")
    numbers = [row["number"] for row in csv.DictReader(io.StringIO(text))]
    assert len(numbers) == len(set(numbers)) == 2346
    page = await ann.text(path(latte, "?size=all"))
    assert page.count('data-role="claim"') == 2346
    assert page.rstrip().endswith("</html>")
