"""`tessera codes import` loads through the same path as the page, and says what it refused."""

from __future__ import annotations

import csv
import json
from argparse import Namespace

import pytest

from config.settings import Settings
from coupons.actions.design import create
from coupons.actions.new_coupon import NewCoupon
from gateway.commands import codes
from gateway.site import Site
from runtime.errors import Invalid
from tests.coupons.shop import ean13
from tests.factories import a_workspace


@pytest.fixture
async def command(db, dsn, clock, keyring, tmp_path, monkeypatch):
    """Run the command on a workspace with one pack, as if it had opened this database itself."""
    house = await a_workspace(db, clock)
    new = NewCoupon(name="Latte", purpose="marketing", code_mode="pack", code_format="ean_13")
    async with db.transaction() as tx:
        await create(tx, house, new, clock.now())
    settings = Settings(data_dir=tmp_path / "var")
    site = Site(settings, dsn, db, keyring, clock)

    class Opened:
        async def __aenter__(self):
            return site

        async def __aexit__(self, *_):
            return None

    monkeypatch.setattr(codes, "open_site", lambda _: Opened())

    async def run(content, **options):
        path = tmp_path / "codes.csv"
        path.write_bytes(content.encode())
        chosen = {"coupon": "Latte", "file": path, "json": False, "rejects": None}
        return await codes.run(
            Namespace(**(chosen | {"add_check_digit": False} | options)), settings
        )

    return run


async def test_what_was_refused_stands_on_standard_error_and_in_a_file(command, tmp_path, capsys):
    target = tmp_path / "rejects.csv"
    rows = [*ean13(3), ean13(1)[0], "=cmd()", "400000000000"]
    assert await command("\n".join(rows), rejects=target) == 0
    told = capsys.readouterr()
    assert told.out == "3 imported, 3 rejected.\n"
    assert told.err.splitlines()[0] == f"line 4: '{ean13(1)[0]}': stands in this file already"
    listed = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
    assert listed[0] == ["line", "value", "reason"]
    assert listed[2] == ["5", "'=cmd()", "symbology"]


async def test_the_result_is_one_json_object_and_all_refused_is_a_failure(command, capsys):
    rows = "\n".join(ean13(2))
    assert await command(rows, json=True) == 0
    assert json.loads(capsys.readouterr().out)["imported"] == 2
    assert await command(rows, json=True) == 1
    again = json.loads(capsys.readouterr().out)
    assert (again["imported"], again["reasons"]) == (0, {"stored": 2})
    assert again["seen_before"] is not None


async def test_twelve_digits_are_completed_on_request(command, capsys):
    assert await command("400000000000\n", add_check_digit=True) == 0
    assert "1 imported" in capsys.readouterr().out


async def test_only_the_first_refused_lines_are_told(command, capsys):
    await command("\n".join([*ean13(1), *["none"] * 30]))
    assert "… and 10 more; --rejects FILE writes them all" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "why"),
    [("\n \n", "holds no code"), ("", "holds no code"), ("x\ny", "None of 2 codes")],
)
async def test_a_file_that_brings_nothing_fails_in_one_line(command, content, why):
    with pytest.raises(Invalid, match=why):
        await command(content)


async def test_a_file_that_cannot_be_used_fails_with_its_reason(command):
    with pytest.raises(Invalid, match="at most 100,000 rows"):
        await command("A\n" * 100_001)
