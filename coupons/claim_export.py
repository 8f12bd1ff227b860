"""Claim records as a file: CSV and XLSX with the same columns, safe to open in a spreadsheet.

The columns' names stay as they are, so that a file can be read back in; `contact_id` names the customer.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from coupons.records import Record
from runtime.cells import neutral
from runtime.workbook import UNSEEN, TextBook, sheet_title

BOM = b"\xef\xbb\xbf"
AT_ONCE = 200

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
    texts = [_text(read(record)) for read in TEXTS.values()]
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
    """Write an XLSX file with every cell a text. Rows go to disk as they come: memory stays flat."""
    with TextBook(path, sheet_title(title, "claims"), header(zone)) as book:
        async for some in records:
            for start in range(0, len(some), AT_ONCE):
                part = some[start : start + AT_ONCE]
                # A thread, and small steps: other people's requests go on meanwhile.
                await asyncio.to_thread(_append, book, part, zone)


def _append(book: TextBook, part: Sequence[Record], zone: ZoneInfo) -> None:
    book.append([cells(record, zone) for record in part])


def _text(value: str) -> str:
    return neutral(value if value.isprintable() else UNSEEN.sub("", value))


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if instant else ""
