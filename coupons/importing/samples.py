"""Templates to fill in: a heading and two rows of text cells, as CSV and as XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

KINDS: Mapping[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXAMPLES: Mapping[str, tuple[str, str]] = {
    "ean_13": ("4710000000004", "0012345678905"),
    "": ("TEA7KQ2WXM9H", "00012345"),
}
SERIALS = ("A1B2C3D4E5F6G7H8", "B2C3D4E5F6G7H8J9")
# Cells of this format stay text, so that leading zeros and long numbers survive typing.
TEXT_FORMAT = "@"
STYLED_ROWS = 200


def sample(kind: str, columns: int, code_format: str, pack_kind: str) -> bytes:
    """Return the template of a coupon whose rows hold `columns` codes; `kind` is csv or xlsx."""
    rows = _rows(columns, code_format, pack_kind)
    return _csv(rows) if kind == "csv" else _xlsx(rows)


def _rows(columns: int, code_format: str, pack_kind: str) -> list[Sequence[str]]:
    codes = EXAMPLES.get(code_format, EXAMPLES[""])
    if pack_kind == "line_points":
        codes = SERIALS
    if columns == 1:
        return [("code",), *((code,) for code in codes)]
    return [[f"code {n}" for n in range(1, columns + 1)], *([code] * columns for code in codes)]


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 (18 MiB and half a second, only when asked for)

    book = Workbook()
    sheet = book.active
    sheet.title = "codes"
    for row in rows:
        sheet.append(list(row))
    for row in sheet.iter_rows(min_row=1, max_row=STYLED_ROWS, max_col=len(rows[0])):
        for cell in row:
            cell.number_format = TEXT_FORMAT
    for name in "ABCD"[: len(rows[0])]:
        sheet.column_dimensions[name].width = 24
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()
