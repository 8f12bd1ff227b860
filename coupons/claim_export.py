"""Claim records as a file: CSV and XLSX with the same columns, safe to open in a spreadsheet.

The columns' names stay as they are, so that a file can be read back in; `contact_id` names the customer.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from coupons.records import Record
from runtime.cells import neutral

# XML has no place for these, and no spreadsheet shows them.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BOM = b"\xef\xbb\xbf"
MOST_SHEET_ROWS = 1_048_575

TEXTS: Mapping[str, Callable[[Record], str]] = {
    "record_id": lambda one: str(one.id),
    "number": lambda one: one.number,
    "code": lambda one: one.code,
    "more_codes": lambda one: " ".join(one.more_codes),
    "state": lambda one: one.state,
    "contact_id": lambda one: str(one.contact_id),
    "contact": lambda one: one.contact_name,
    "phone": lambda one: one.phone,
    "channel": lambda one: one.channel,
    "account": lambda one: one.account_name,
    "conversation_id": lambda one: str(one.conversation_id or ""),
    "trigger": lambda one: one.trigger or one.source,
    "member": lambda one: one.member_name,
    "redemption_id": lambda one: str(one.redemption_id or ""),
    "verification_code": lambda one: one.verified_by,
    "store": lambda one: one.store_name,
}
TIMES: Mapping[str, Callable[[Record], datetime | None]] = {
    "issued_at": lambda one: one.issued_at,
    "first_opened_at": lambda one: one.first_opened_at,
    "redeemed_at": lambda one: one.redeemed_at,
    "valid_until": lambda one: one.valid_until,
    "released_at": lambda one: one.released_at,
    "voided_at": lambda one: one.voided_at,
}


def header(zone: ZoneInfo) -> list[str]:
    """Return the columns' names; times name their zone."""
    return [*TEXTS, *(f"{name} ({zone.key})" for name in TIMES)]


def cells(record: Record, zone: ZoneInfo) -> list[str]:
    """Return a record's cells in the order of `header`."""
    texts = [neutral(UNSEEN.sub("", read(record))) for read in TEXTS.values()]
    return texts + [_local(read(record), zone) for read in TIMES.values()]


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines of CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


async def csv_bytes(
    records: AsyncIterable[Sequence[Record]], zone: ZoneInfo
) -> AsyncIterator[bytes]:
    """Yield a CSV file in UTF-8 piece by piece; its mark lets spreadsheets read Chinese right."""
    yield BOM + csv_text([header(zone)]).encode()
    async for some in records:
        yield csv_text([cells(record, zone) for record in some]).encode()


async def write_xlsx(
    path: Path, records: AsyncIterable[Sequence[Record]], zone: ZoneInfo, title: str
) -> None:
    """Write an XLSX file with every cell a text. Rows go to disk as they come: memory stays flat.

    A sheet holds a million rows; what is beyond goes on in the next one.
    """
    book = Workbook(write_only=True)
    sheet, room = None, 0
    async for some in records:
        for start in range(0, len(some), 200):
            if sheet is None or room < 200:
                sheet, room = book.create_sheet(_title(title)), MOST_SHEET_ROWS
                sheet.append(header(zone))
            part = some[start : start + 200]
            # A thread, and small steps: other people's requests go on meanwhile.
            await asyncio.to_thread(_append, sheet, [cells(record, zone) for record in part])
            room -= len(part)
    if sheet is None:
        book.create_sheet(_title(title)).append(header(zone))
    await asyncio.to_thread(book.save, path)


def _append(sheet: object, rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        sheet.append([_text_cell(sheet, text) for text in row])  # type: ignore[attr-defined]  # openpyxl ships no types


def _text_cell(sheet: object, text: str) -> object:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _title(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip(" '")[:25] or "claims"


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if instant else ""
