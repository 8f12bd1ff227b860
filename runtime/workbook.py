"""Workbooks (XLSX) of plain texts, written row by row straight into the file: memory stays flat."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.sax.saxutils import escape, quoteattr

# XML has no place for these, and no spreadsheet shows them.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MOST_ROWS = 1_048_576
FAST = 3
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class TextBook:
    """A workbook in the making, used as a context; rows beyond a sheet's room go on in the next one.

    Every cell is a text, so nothing is taken for a number or a formula. `append` may run in a thread.
    """

    def __init__(self, path: Path, title: str, header: Sequence[str]) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST)
        self._title = title
        self._header = header
        self._sheets = 0
        self._room = 0
        self._sheet: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin with the first sheet."""
        self._next_sheet()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the directory; what was cut off by an error is no workbook."""
        self._end_sheet()
        if kind is None:
            self._write_directory()
        self._zip.close()

    def append(self, rows: Iterable[Sequence[str]]) -> None:
        """Add rows of texts."""
        for row in rows:
            if not self._room or self._sheet is None:
                self._next_sheet()
            self._write(row)

    def _write(self, row: Sequence[str]) -> None:
        if self._sheet is not None:
            self._sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
            self._room -= 1

    def _next_sheet(self) -> None:
        self._end_sheet()
        self._sheets += 1
        self._room = MOST_ROWS
        name = f"xl/worksheets/sheet{self._sheets}.xml"
        self._sheet = self._zip.open(name, "w", force_zip64=True)
        self._sheet.write(f'{XML}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
        self._write(self._header)

    def _end_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()
            self._sheet = None

    def _write_directory(self) -> None:
        numbers = range(1, self._sheets + 1)
        names = [self._title if n == 1 else f"{self._title} {n}" for n in numbers]
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
            for n, name in zip(numbers, names, strict=True)
        )
        self._part(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        sheets = [(n, f"{OFFICE}/worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
        self._part("xl/_rels/workbook.xml.rels", _relations(sheets))
        self._part("_rels/.rels", _relations([(1, f"{OFFICE}/officeDocument", "xl/workbook.xml")]))
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPE}.worksheet+xml"/>'
            for n in numbers
        )
        self._part(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{parts}</Types>',
        )

    def _part(self, name: str, xml: str) -> None:
        self._zip.writestr(name, XML + xml)


def sheet_title(name: str, otherwise: str) -> str:
    """Return `name` as a sheet may be called: 25 characters, so that a number fits behind, and no signs."""
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '")[:25] or otherwise


def _cell(text: str) -> str:
    if not text:
        return "<c/>"
    if not text.isprintable():
        text = UNSEEN.sub("", text)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _relations(found: Iterable[tuple[int, str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>' for n, kind, target in found
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'
