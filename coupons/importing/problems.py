"""Why a file or a line of it cannot be used: closed lists of codes, each with an English sentence."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.errors import Invalid

MOST_ROWS = 100_000
LARGEST = 16 * 1024 * 1024

FILES: Mapping[str, str] = {
    "too_large": f"The file is over {LARGEST // 1024 // 1024} MiB; split it",
    "too_many_rows": f"A file may hold at most {MOST_ROWS:,} rows; split it and import the parts",
    "empty": "The file holds no rows",
    "encoding": "The text is neither UTF-8 nor Big5 nor Shift-JIS; save it as CSV UTF-8",
    "broken_text": "The rows cannot be told apart: a quotation mark is probably never closed",
    "broken_sheet": "The spreadsheet cannot be read; save it again as .xlsx or as CSV UTF-8",
    "old_sheet": "This is an old Excel file; save it as .xlsx or as CSV UTF-8",
    "not_text": "This is neither a CSV file nor an .xlsx spreadsheet",
    "bomb": "The spreadsheet unpacks to far more than codes need; save the codes alone as CSV UTF-8",
    "file_gone": "The uploaded file is no longer there; upload it again",
}

LINES: Mapping[str, str] = {
    "blank": "nothing stands here",
    "long": "longer than 100 characters",
    "control": "holds a control character",
    "checksum": "the check digit is wrong",
    "check_digit": "12 digits without their EAN-13 check digit",
    "symbology": "the barcode of this coupon cannot carry it",
    "line_points": "not a LINE POINTS serial",
    "columns": "not as many codes as this coupon has columns",
    "changed": "the spreadsheet has changed it (a rounded number, a date, a formula's error)",
    "repeated": "stands in this file already",
    "stored": "is stored already",
}


class Unusable(Invalid):
    """The whole file cannot be used; `code` is one of FILES."""

    def __init__(self, code: str) -> None:
        super().__init__("file", FILES[code])
        self.code = code
