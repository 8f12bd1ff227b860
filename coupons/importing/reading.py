"""A file of codes as rows, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from coupons.importing import sheet, text
from coupons.importing.problems import LARGEST, MOST_ROWS, Unusable

ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
NO_TEXT = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"\x7fELF",
)
HEADS = frozenset(
    (
        *(
            "code",
            "codes",
            "couponcode",
            "serial",
            "serials",
            "serialnumber",
            "serialcode",
            "barcode",
        ),
        *(
            "number",
            "linepoints",
            "pincode",
            "序號",
            "序號碼",
            "優惠序號",
            "券號",
            "代碼",
            "條碼",
            "序号",
        ),
        *("コード", "シリアルコード", "シリアル番号", "クーポンコード"),
    )
)


class Opened(msgspec.Struct, frozen=True):
    """A file that can be read: `kind` is a codec's name or xlsx, `shown` what to call it."""

    path: Path
    kind: str
    shown: str
    estimate: int


def open_file(path: Path) -> Opened:
    """Recognise a file by its first bytes; raises Unusable."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError as error:
        raise Unusable("file_gone") from error
    if size > LARGEST:
        raise Unusable("too_large")
    if head.startswith(ZIP):
        return Opened(path, "xlsx", "XLSX", 0)
    if head.startswith(OLD_EXCEL):
        raise Unusable("old_sheet")
    if head.startswith(NO_TEXT):
        raise Unusable("not_text")
    kind = text.recognise(path)
    return Opened(path, kind, text.NAMES[kind], text.estimate(path))


def data_rows(opened: Opened) -> Iterator[tuple[int, list[str]]]:
    """Give (line, cells) of every row but a heading; raises Unusable, also after 100,000 rows."""
    found = (
        sheet.rows(opened.path) if opened.kind == "xlsx" else text.rows(opened.path, opened.kind)
    )
    count = 0
    for line, cells in found:
        if line == 1 and _heading(cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Unusable("too_many_rows")
        yield line, cells


def _heading(cells: list[str]) -> bool:
    names = ["".join(char for char in cell.lower() if char.isalpha()) for cell in cells]
    return any(names) and all(name in HEADS for name in names if name)
