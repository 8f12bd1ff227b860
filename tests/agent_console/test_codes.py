"""The page of a coupon's codes: upload, check, import, take back, find and disable."""

from __future__ import annotations

import csv
import io

import pytest
from aiohttp import FormData

from coupons.actions.import_run import Importer
from coupons.importing.files import path_of
from tests.agent_console.site import FROM_US, PAGE
from tests.coupons.shop import ean13

PACK = {"code_mode": "pack", "fixed_code": "", "quantity": None, "purpose": "marketing"}


class Codes:
    """A marketer at the codes page of one coupon."""

    def __init__(self, site, browser, coupon):
        self.site, self.browser, self.coupon = site, browser, coupon
        self.path = f"/console/coupons/{coupon}/codes"
        self.importer = Importer(site.db, site.folder, site.clock)

    async def send(self, content, name="codes.csv", **fields):
        """Post the upload form."""
        form = FormData()
        for field, value in fields.items():
            form.add_field(field, value)
        content = content if isinstance(content, bytes) else content.encode()
        form.add_field("file", io.BytesIO(content), filename=name, content_type="text/csv")
        return await self.browser.client.post(
            self.path, data=form, headers=FROM_US | PAGE, allow_redirects=False
        )

    async def bring(self, content, **facts):
        """Upload a file, let the worker check it, and return its batch's address."""
        sent = await self.send(content, **facts)
        assert sent.status == 303, await sent.text()
        await self.work()
        return f"{self.path}/{sent.headers['Location'].partition('#batch-')[2]}"

    async def press(self, batch, verb):
        assert (await self.browser.post(f"{batch}/{verb}")).status == 303
        await self.work()

    async def work(self):
        """Do what the worker does."""
        for batch in await self.importer.waiting():
            await self.importer.run(batch)

    async def words(self):
        return await self.browser.words(self.path)


@pytest.fixture
async def codes(site):
    await site.member("Max", "marketer")
    browser = await site.browser("max@tea.example")

    async def of(**facts):
        return Codes(site, browser, await site.coupon("Latte 50", **(PACK | facts)))

    return of


async def test_s2_14_a_file_is_checked_shown_and_imported_through_the_page(codes):
    """S2-14: by file, again and again."""
    page = await codes(code_format="ean_13")
    assert "Files you import appear here" in await page.words()
    batch = await page.bring("\n".join([*ean13(3), "4000000000007", ean13(1)[0]]))
    words = await page.words()
    assert "3 good, 2 to be refused" in words
    assert "1 the check digit is wrong" in words
    assert "1 stands earlier in this file" in words
    assert "Import 3 codes" in words
    await page.press(batch, "commit")
    words = await page.words()
    assert "3 imported, 2 rejected" in words
    assert "3 free of 3 in stock" in words


async def test_s2_17_the_refused_lines_are_a_file_no_spreadsheet_executes(codes):
    """S2-17."""
    page = await codes()
    batch = await page.bring("A1\n=1+1,B\nA1\n")
    answer = await page.browser.get(f"{batch}/refused.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO((await answer.text()).lstrip("\ufeff"))))
    assert rows == [
        ["line", "value", "reason"],
        ["2", "'=1+1, B", "not as many codes as this coupon has columns"],
        ["3", "A1", "stands earlier in this file"],
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_s1_24_the_template_comes_back_as_it_was_given(codes, kind):
    """S1-24."""
    page = await codes(code_columns=2)
    answer = await page.browser.get(f"{page.path}/template.{kind}")
    assert f"codes-template.{kind}" in answer.headers["Content-Disposition"]
    await page.bring(await answer.read(), name=f"codes-template.{kind}")
    assert "2 good, 0 to be refused" in await page.words()
    assert (await page.browser.get(f"{page.path}/template.pdf")).status == 404


async def test_a_form_without_a_file_or_with_too_much_is_told_so(codes):
    page = await codes()
    empty = await page.send("", name="")
    assert empty.status == 422
    assert "Choose a file first." in await empty.text()
    large = await page.send(b"A\n" * (9 * 1024 * 1024))
    assert large.status == 413
    assert "over 16 MiB" in await large.text()
    assert not list((page.site.folder / "imports").glob("*"))
    fixed = Codes(page.site, page.browser, await page.site.coupon("Fixed"))
    assert (await fixed.send("A1\n")).status == 422
    broken = await page.browser.client.post(page.path, data=b"nothing", headers=FROM_US | PAGE)
    assert broken.status == 400


async def test_the_same_file_again_is_warned_of_and_brings_nothing(codes):
    page = await codes()
    await page.press(await page.bring("A1\nA2\n"), "commit")
    await page.bring("A1\nA2\n")
    words = await page.words()
    assert "The very same file was imported before" in words
    assert "0 good, 2 to be refused" in words
    assert "2 already stored" in words
    assert "Import 0 codes" not in words


async def test_a_file_is_discarded_or_taken_back(codes):
    page = await codes()
    batch = await page.bring("A1\n")
    await page.press(batch, "discard")
    assert "discarded" in await page.words()
    batch = await page.bring("A1\nA2\n")
    await page.press(batch, "commit")
    await page.press(batch, "take-back")
    words = await page.words()
    assert "All 2 taken back" in words
    assert "0 free of 0 in stock" in words
    assert (await page.browser.post(f"{batch}/take-back")).status == 409


async def test_s3_14_a_disabled_code_is_given_to_nobody(codes):
    """S3-14."""
    page = await codes()
    await page.press(await page.bring("TEA-1\nTEA-2\n"), "commit")
    html = await page.browser.text(f"{page.path}?code=tea1")
    assert "TEA-1" in html
    key = html.partition('name="code_id" value="')[2].partition('"')[0]
    done = await page.browser.post(f"{page.path}/disable", code_id=key)
    assert done.status == 303
    assert "disabled" in await page.browser.words(done.headers["Location"].partition("#")[0])
    assert "1 free of 2 in stock" in await page.words()
    assert "has no code nothing" in await page.browser.words(f"{page.path}?code=nothing")
    assert (await page.browser.post(f"{page.path}/disable", code_id="1; DROP")).status == 404


async def test_progress_is_asked_for_only_while_something_moves(codes):
    page = await codes()
    sent = await page.send("A1\n")
    assert sent.status == 303
    assert "batches-poll" in await (await page.browser.part(f"{page.path}/list")).text()
    await page.work()
    assert "batches-poll" not in await (await page.browser.part(f"{page.path}/list")).text()


async def test_s3_11_codes_for_printing_have_the_coupons_form_and_no_chat_gives_them(codes):
    """S3-11."""
    page = await codes(code_mode="random", code_shape={"kind": "digits"})
    ordered = await page.browser.post(f"{page.path}/print", count="25")
    assert ordered.status == 303
    await page.work()
    words = await page.words()
    assert "25 codes" in words
    batch = ordered.headers["Location"].partition("#batch-")[2]
    listed = (await (await page.browser.get(f"{page.path}/{batch}/codes.csv")).text()).split()
    assert len(set(listed[1:])) == 25
    assert all(len(code) == 12 and code.isdigit() for code in listed[1:])
    assert await page.site.db.screens.fetchval("SELECT count(*) FROM unit") == 0
    for count in ("0", "100001", "many", ""):
        assert (await page.browser.post(f"{page.path}/print", count=count)).status == 422


async def test_another_coupons_batch_is_not_here(codes):
    page = await codes()
    batch = (await page.bring("A1\n")).rpartition("/")[2]
    other = await page.site.coupon("Other", **PACK)
    elsewhere = f"/console/coupons/{other}/codes/{batch}"
    assert (await page.browser.post(f"{elsewhere}/commit")).status == 404
    assert (await page.browser.get(f"{elsewhere}/refused.csv")).status == 404
    assert path_of(page.site.folder, batch).exists()
