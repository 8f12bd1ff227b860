"""Rows of an .xlsx spreadsheet: bounded before it is unpacked, and what the spreadsheet changed is marked."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.parsers import expat

from coupons.importing.problems import MOST_ROWS, Unusable

MOST_PARTS = 500
LARGEST_PART = 64 * 1024 * 1024
LARGEST_STRINGS = 24 * 1024 * 1024
MOST_TIMES = 250
SMALL = 1024 * 1024
MOST_COLUMNS = 8
BLOCK = 64 * 1024
LONGEST_HEAD = 1024 * 1024
# A spreadsheet keeps fifteen digits of a number; the rest it makes up.
ROUNDED = 10**15
ZEROS = re.compile(r"0+")
BROKEN: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError, SyntaxError, NotImplementedError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError),
)


class Changed(str):
    """A cell that no longer holds what was typed: a rounded number, a date, a truth value, an error."""

    __slots__ = ()


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give (row number, cells) of the first sheet, without empty rows at its end; raises Unusable."""
    from openpyxl import load_workbook  # noqa: PLC0415 (18 MiB and half a second, only when asked for)

    try:
        inspect(path)
        with (
            path.open("rb") as file,
            closing(load_workbook(file, read_only=True, data_only=True)) as book,
        ):
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            found = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2)
            yield from _filled(found)
    except BROKEN as error:
        raise Unusable("broken_sheet") from error


def _filled(found: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401 (openpyxl ships no types)
    """Hold empty rows back until a filled one follows."""
    empty: list[int] = []
    for number, row in enumerate(found, 1):
        cells = [text_of(cell) for cell in row]
        if any(cells):
            yield from ((line, []) for line in empty)
            empty.clear()
            yield number, cells
        else:
            empty.append(number)


def text_of(cell: Any) -> str:  # noqa: ANN401 (openpyxl ships no types)
    """Return a cell as text, with the leading zeros its format shows."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return Changed(value) if cell.data_type == "e" else value
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not whole or not 0 <= value < ROUNDED:
        return Changed(str(value))
    digits = str(int(value))
    shown = cell.number_format or ""
    return digits.zfill(len(shown)) if ZEROS.fullmatch(shown) else digits


def inspect(path: Path) -> None:
    """Raise Unusable for a file that unpacks to far more than it should, or brings a document type."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > 2 * LARGEST_PART:
            raise Unusable("bomb")
        for part in parts:
            strings = part.filename.endswith("sharedStrings.xml")
            blown = part.file_size > SMALL and part.file_size > MOST_TIMES * part.compress_size
            if blown or part.file_size > (LARGEST_STRINGS if strings else LARGEST_PART):
                raise Unusable("bomb")
            if part.filename.endswith((".xml", ".rels")):
                _refuse_document_type(archive, part)


class _Root(Exception):
    """The first element has begun: what follows can declare nothing."""


def _refuse_document_type(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """A document type can make a few bytes expand to gigabytes; a spreadsheet has none."""

    def declared(*_: object) -> None:
        raise Unusable("bomb")

    def began(*_: object) -> None:
        raise _Root

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = began
    with archive.open(part) as file:
        try:
            for _ in range(LONGEST_HEAD // BLOCK):
                parser.Parse(file.read(BLOCK), False)  # noqa: FBT003 (expat's own)
        except _Root:
            return
    raise Unusable("bomb")
