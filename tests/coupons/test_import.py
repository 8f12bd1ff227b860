"""A file of codes: checked first, then stored, all of it or nothing; what was refused says why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coupons.actions.import_open import NewBatch, move_batch, open_batch
from coupons.actions.import_run import LOCK, Importer
from coupons.actions.unit_jobs import run_step, waiting_jobs
from coupons.batches import batch, coupon_codes, rejects
from coupons.importing.files import path_of
from coupons.rules.codes import ean13_check
from runtime.errors import Invalid, NotFound, Refused
from runtime.ids import uuid7
from tests.coupons.shop import ean13


class Desk:
    """Somebody who brings files for one coupon."""

    def __init__(self, shop, folder, coupon):
        self.shop, self.folder, self.coupon = shop, folder, coupon
        self.importer = Importer(shop.db, folder, shop.clock)

    async def bring(self, content, name="codes.csv", **facts):
        """Upload a file and return its batch's id, not yet checked."""
        key = uuid7()
        path = path_of(self.folder, key)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        new = NewBatch(id=key, coupon_id=self.coupon, file_name=name, **facts)
        async with self.shop.db.transaction() as tx:
            await open_batch(tx, new, self.shop.clock.now())
        return key

    async def rehearse(self, content, **facts):
        key = await self.bring(content, **facts)
        await self.importer.run(key)
        return await self.look(key)

    async def load(self, content, **facts):
        """Check and import a file."""
        rehearsed = await self.rehearse(content, **facts)
        assert rehearsed.state == "ready", rehearsed.problem
        return await self.move(rehearsed.id, "committing")

    async def move(self, key, state, **facts):
        async with self.shop.db.transaction() as tx:
            await move_batch(tx, self.shop.workspace, key, state, self.shop.clock.now(), **facts)
        await self.importer.run(key)
        return await self.look(key)

    async def make_units(self):
        """Do what the worker for units does."""
        for coupon in await waiting_jobs(self.shop.db):
            while await run_step(self.shop.db, coupon, self.shop.clock.now()):
                pass

    async def look(self, key):
        return await batch(self.shop.db.screens, self.shop.workspace, key)

    async def refused(self, key):
        return [row async for row in rejects(self.shop.db.screens, key)]

    async def codes(self):
        rows = await self.shop.db.screens.fetch(
            "SELECT text FROM code WHERE coupon_id = $1 ORDER BY id", self.coupon
        )
        return [row["text"] for row in rows]

    async def stock(self):
        return (await coupon_codes(self.shop.db.screens, self.shop.workspace, self.coupon)).free


@pytest.fixture
def desk(shop, tmp_path):
    async def of(**facts):
        coupon = await shop.coupon(
            **({"code_mode": "pack", "fixed_code": "", "published": False} | facts)
        )
        return Desk(shop, tmp_path, coupon)

    return of


async def test_s1_25_an_uploaded_file_is_rehearsed_before_anything_is_stored(desk):
    """S1-25."""
    here = await desk(code_format="ean_13")
    good = ean13(3)
    found = await here.rehearse(
        "\ufeffcode\r\n" + "\r\n".join([*good, good[0], "123", ""]) + "\r\n"
    )
    assert (found.state, found.rows, found.good, found.encoding) == ("ready", 6, 3, "UTF-8")
    assert found.counts == {"repeated": 1, "symbology": 1, "blank": 1}
    assert found.sample == [[2, good[0]], [3, good[1]], [4, good[2]]]
    assert await here.codes() == []
    done = await here.move(found.id, "committing")
    assert (done.state, done.good, done.rejected) == ("loaded", 3, 3)
    assert await here.codes() == good
    assert await here.stock() == 3


async def test_leading_zeros_and_text_are_kept_exactly(desk):
    here = await desk()
    await here.load('"00012"\n"0,5 ""x"""\n 0x1 \n1E5\n')
    assert await here.codes() == ["00012", '0,5 "x"', "0x1", "1E5"]


async def test_s2_14_files_are_imported_again_and_again(desk):
    """S2-14."""
    here = await desk()
    await here.load("A1\nA2\n")
    again = await here.load("A2\nA3\n")
    assert (again.good, again.counts) == (1, {"stored": 1})
    assert await here.stock() == 3


async def test_the_same_file_is_noticed_by_its_hash(desk, shop):
    here = await desk()
    first = await here.load("A1\nA2\n", file_hash=b"h" * 32)
    second = await here.rehearse("A1\nA2\n", file_hash=b"h" * 32)
    assert first.twin_at is None
    assert second.twin_at == first.created_at
    assert (second.good, second.counts) == (0, {"stored": 2})


async def test_s2_16_wrong_repeated_and_stored_rows_are_skipped_and_the_rest_imported(desk):
    """S2-16."""
    here = await desk(code_format="ean_13")
    stored, *good = ean13(4)
    await here.load(stored)
    rows = [*good, good[0], stored, "4000000000007", "x" * 101, "40000\x000", "400000000000"]
    done = await here.load("\n".join(rows))
    assert done.good == 3
    assert await here.refused(done.id) == [
        (4, good[0], "repeated"),
        (5, stored, "stored"),
        (6, "4000000000007", "checksum"),
        (7, "x" * 101, "long"),
        (8, "40000\ufffd0", "control"),
        (9, "400000000000", "check_digit"),
    ]


async def test_twelve_digits_get_their_check_digit_when_asked_for(desk):
    here = await desk(code_format="ean_13")
    found = await here.rehearse("400000000000\n400000000001\n")
    assert (found.good, found.counts) == (0, {"check_digit": 2})
    again = await here.move(found.id, "rehearsing", add_check=True)
    assert (again.state, again.good, again.counts) == ("ready", 2, {})
    await here.move(found.id, "committing")
    assert await here.codes() == [f"40000000000{n}{ean13_check(f'40000000000{n}')}" for n in (0, 1)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "empty"),
        ("code\n", "empty"),
        ("A\n" * 100_001, "too_many_rows"),
        (b"\x80\xff\xfe\x81", "encoding"),
        (b"%PDF-1.7", "not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_sheet"),
        (b"PK\x03\x04 and nothing", "broken_sheet"),
        ('"' + "x" * 200_000, "broken_text"),
    ],
)
async def test_s2_15_a_file_that_cannot_be_used_is_refused_with_the_reason(desk, content, problem):
    """S2-15: 100,000 rows are the most."""
    here = await desk()
    found = await here.rehearse(content)
    assert (found.state, found.problem) == ("refused", problem)
    assert await here.refused(found.id) == []
    assert not path_of(here.folder, found.id).exists()


@pytest.mark.parametrize(
    ("head", "codec", "name"),
    [
        ("序號,備註", "cp950", "Big5"),
        ("シリアル番号の一覧", "cp932", "Shift-JIS"),
        ("序號", "utf-8", "UTF-8"),
        ("序號", "utf-8-sig", "UTF-8"),
        ("序號", "utf-16", "UTF-16"),
    ],
)
async def test_the_encoding_is_recognised(desk, head, codec, name):
    here = await desk()
    found = await here.load(f"{head}\r\nA1\r\n優惠A2\r\n".encode(codec, errors="replace"))
    assert found.encoding == name
    assert "A1" in await here.codes()


async def test_s1_22_a_row_may_hold_several_codes(desk, shop):
    """S1-22."""
    here = await desk(code_columns=2)
    done = await here.load("code 1,code 2\nA1,B1\nA2\nA3,B3,C3\n,B4\nA5,B5\n")
    assert (done.good, done.counts) == (2, {"columns": 2, "blank": 1})
    rows = await shop.db.screens.fetch("SELECT text, more FROM code ORDER BY id")
    assert [(row["text"], row["more"]) for row in rows] == [("A1", ["B1"]), ("A5", ["B5"])]


async def test_s1_23_line_points_serials_come_alone_or_in_their_address(desk):
    """S1-23."""
    here = await desk(pack_kind="line_points")
    done = await here.load(
        "A1B2C3D4E5F6G7H8\nhttps://points.line.me/pointcode?pincode=B2C3D4E5F6G7H8J9\nno serial\n"
    )
    assert await here.codes() == ["A1B2C3D4E5F6G7H8", "B2C3D4E5F6G7H8J9"]
    assert done.counts == {"line_points": 1}


async def test_an_unused_batch_is_taken_back_whole_and_may_come_again(desk):
    here = await desk()
    first = await here.load("A1\nA2\n")
    other = await here.load("B1\n")
    back = await here.move(first.id, "taking_back")
    assert (back.state, back.kept, await here.stock()) == ("taken_back", 0, 1)
    assert (await here.load("A1\nA2\n")).good == 2
    assert await here.stock() == 3
    assert other.state == "loaded"


async def test_a_used_batch_is_taken_back_but_for_what_customers_have(desk, shop):
    here = await desk(published=True)
    loaded = await here.load("A1\nA2\nA3\n")
    claimed = await shop.claim(here.coupon, await shop.customer())
    assert claimed.refusal is None
    back = await here.move(loaded.id, "taking_back")
    assert (back.kept, back.progress, await here.codes()) == (1, 2, ["A1"])
    assert (await shop.claim(here.coupon, await shop.customer("Tom"))).refusal == "sold_out"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"code_mode": "random"}, "makes its own codes"),
        ({"code_mode": "fixed", "fixed_code": "TEA"}, "one fixed code"),
    ],
)
async def test_only_a_pack_takes_files(desk, facts, why):
    here = await desk(**facts)
    with pytest.raises(Invalid, match=why):
        await here.bring("A1\n")


async def test_an_archived_coupon_takes_no_files(desk, shop):
    here = await desk()
    await shop.db.screens.execute("UPDATE coupon SET state = 'archived'")
    with pytest.raises(Invalid, match="archived"):
        await here.bring("A1\n")


async def test_files_nobody_waits_for_are_deleted_after_a_day(desk, shop):
    here = await desk()
    kept = await here.rehearse("A1\n")
    left = path_of(here.folder, uuid7())
    left.write_text("an upload whose sender went away")
    await here.importer.tidy()
    assert left.exists()
    shop.clock.set(datetime(2100, 1, 1, tzinfo=UTC))
    await here.importer.tidy()
    assert not left.exists()
    assert path_of(here.folder, kept.id).exists()


async def test_two_imports_of_a_workspace_take_turns(desk, shop):
    here = await desk()
    batch = await here.bring("A1\n")
    async with shop.db.screens.acquire() as rival:
        held = f"SELECT pg_advisory_lock({LOCK}, hashtext('{shop.workspace}'))"
        await rival.execute(held)
        await here.importer.run(batch)
        assert (await here.look(batch)).state == "rehearsing"
        await rival.execute("SELECT pg_advisory_unlock_all()")
    await here.importer.finish(batch)
    assert (await here.look(batch)).state == "ready"


async def test_a_file_lost_after_its_check_stores_nothing(desk):
    here = await desk()
    found = await here.rehearse("A1\n")
    path_of(here.folder, found.id).unlink()
    lost = await here.move(found.id, "committing")
    assert (lost.state, lost.problem, await here.codes()) == ("refused", "file_gone", [])


async def test_a_discarded_file_leaves_nothing(desk):
    here = await desk()
    found = await here.rehearse("A1\nA1\n")
    gone = await here.move(found.id, "discarding")
    assert (gone.state, await here.codes(), await here.refused(found.id)) == ("discarded", [], [])
    assert not path_of(here.folder, found.id).exists()
    with pytest.raises(Refused):
        await here.move(found.id, "committing")
    with pytest.raises(NotFound):
        await here.move(uuid7(), "committing")
