"""Spreadsheets of codes: everything as text, what the spreadsheet changed is refused, and no bomb goes off."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from coupons.importing import sheet
from coupons.importing.checking import Rules, check
from coupons.importing.problems import Unusable
from coupons.importing.reading import data_rows, open_file
from coupons.importing.samples import sample
from coupons.rules.codes import ean13_valid

ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'


def workbook(*rows, formats=()):
    """Return the bytes of a spreadsheet with these rows."""
    book = Workbook()
    page = book.active
    for row in rows:
        page.append(row)
    for place, shown in formats:
        page[place].number_format = shown
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


@pytest.fixture
def read(tmp_path):
    """Check a file's rows; returns (line, codes, reason) of each."""

    def rows(content, **rules):
        path = tmp_path / "codes.upload"
        path.write_bytes(content)
        checked = check(data_rows(open_file(path)), Rules(**rules))
        return [(row.line, row.texts, row.reason) for row in checked]

    return rows


def test_cells_of_text_are_kept_and_whole_numbers_read_as_they_are_shown(read):
    content = workbook(
        *(["序號"], ["00012"], [471000000000], [77], [5.0], ["=A1"]),
        formats=[("A4", "00000")],
    )
    assert [(texts, reason) for _, texts, reason in read(content)][:4] == [
        (["00012"], ""),
        (["471000000000"], ""),
        (["00077"], ""),
        (["5"], ""),
    ]


@pytest.mark.parametrize("value", [1.5, 12345678901234567890, date(2026, 5, 4), True, -5], ids=str)
def test_what_the_spreadsheet_changed_is_refused(read, value):
    [(line, _, reason)] = read(workbook([value]))
    assert (line, reason) == (1, "changed")


def test_an_error_in_a_cell_is_refused(read):
    book = Workbook()
    book.active["A1"] = "#N/A"
    book.active["A1"].data_type = "e"
    output = io.BytesIO()
    book.save(output)
    assert [reason for _, _, reason in read(output.getvalue())] == ["changed"]


def test_empty_rows_count_inside_and_not_at_the_end(read):
    content = workbook(["A1"], [None], ["A2"], [None], formats=[("A9", "@")])
    assert [(line, reason) for line, _, reason in read(content)] == [(1, ""), (2, "blank"), (3, "")]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("columns", [1, 4])
def test_s1_24_a_template_reads_back_with_its_examples(read, kind, columns):
    """S1-24."""
    found = read(sample(kind, columns, "ean_13", "general"), columns=columns, code_format="ean_13")
    assert [reason for _, _, reason in found] == ["", ""]
    assert all(ean13_valid(code) for _, codes, _ in found for code in codes)


def test_s1_23_the_template_of_line_points_holds_serials(read):
    """S1-23."""
    found = read(sample("csv", 1, "", "line_points"), pack_kind="line_points")
    assert [reason for _, _, reason in found] == ["", ""]


def zipped(**parts):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return output.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        zipped(xl__sheet_xml="<a>" + "0" * 40_000_000 + "</a>"),
        zipped(**{f"part{n}": "x" for n in range(600)}),
        zipped(xl__workbook_xml=ENTITIES),
        zipped(xl__workbook_xml="<!--" + "x" * 2_000_000 + "--><x/>"),
    ],
    ids=["blown up", "many parts", "entities", "no root in sight"],
)
def test_a_bomb_is_refused_before_it_is_unpacked(read, content):
    with pytest.raises(Unusable) as refused:
        read(content)
    assert refused.value.code == "bomb"


def test_too_many_strings_are_refused(read, monkeypatch):
    monkeypatch.setattr(sheet, "LARGEST_STRINGS", 10)
    with pytest.raises(Unusable) as refused:
        read(zipped(xl__sharedStrings_xml="<sst>" + "abc" * 10 + "</sst>"))
    assert refused.value.code == "bomb"


@pytest.mark.parametrize(
    "content",
    [zipped(xl__workbook_xml="no xml at all"), zipped(xl__workbook_xml="<workbook/>")],
    ids=["no xml", "no workbook"],
)
def test_what_only_looks_like_a_spreadsheet_is_refused(read, content):
    with pytest.raises(Unusable) as refused:
        read(content)
    assert refused.value.code == "broken_sheet"


def test_a_sheet_with_more_rows_than_a_file_may_have_is_refused(read, monkeypatch):
    for module in ("reading", "sheet"):
        monkeypatch.setattr(f"coupons.importing.{module}.MOST_ROWS", 3)
    with pytest.raises(Unusable) as refused:
        read(workbook(*([f"A{n}"] for n in range(4))))
    assert refused.value.code == "too_many_rows"


def test_a_file_that_is_gone_or_too_large_says_so(tmp_path, monkeypatch):
    with pytest.raises(Unusable) as gone:
        open_file(tmp_path / "nothing")
    assert gone.value.code == "file_gone"
    monkeypatch.setattr("coupons.importing.reading.LARGEST", 3)
    (tmp_path / "large").write_text("AAAA")
    with pytest.raises(Unusable) as large:
        open_file(tmp_path / "large")
    assert large.value.code == "too_large"


@pytest.mark.parametrize(
    ("head", "cells"),
    [("A1;B1\n", ["A1", "B1"]), ("A1\tB1\n", ["A1", "B1"]), ("A1,B1\n", ["A1", "B1"])],
)
def test_the_mark_between_cells_is_found(read, head, cells):
    assert read(head.encode(), columns=2) == [(1, cells, "")]


def test_an_address_without_a_serial_is_no_serial(read):
    found = read(b"https://points.line.me/\nhttps://[x\n", pack_kind="line_points")
    assert [reason for _, _, reason in found] == ["line_points", "line_points"]
