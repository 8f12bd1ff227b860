"""Whether the rows of a file may become codes of a coupon, and why not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

import msgspec

from coupons.importing.sheet import Changed
from coupons.rules.codes import LONGEST, normalise, unusable
from coupons.rules.symbology import undrawable, with_check_digit

LINE_POINTS = re.compile(r"[0-9A-Za-z]{8,32}")
LONGEST_VALUE = 200


class Rules(msgspec.Struct, frozen=True):
    """What a coupon asks of its codes."""

    columns: int = 1
    code_format: str = ""
    pack_kind: str = "general"
    add_check: bool = False


class Checked(msgspec.Struct):
    """A row: its codes and the key of the first one, or the `reason` it is refused for."""

    line: int
    texts: list[str]
    key: str = ""
    reason: str = ""

    @property
    def value(self) -> str:
        """What stood there, for the list of refused lines."""
        return ", ".join(self.texts).replace("\x00", "\ufffd")[:LONGEST_VALUE]


def check(rows: Iterable[tuple[int, Sequence[str]]], rules: Rules) -> Iterator[Checked]:
    """Check every row; one whose code came before is `repeated`."""
    seen: set[str] = set()
    simple = rules.columns == 1 and rules.pack_kind == "general" and not rules.add_check
    for line, cells in rows:
        row = (_plain(line, cells, rules) if simple else None) or _read(line, cells, rules)
        if not row.reason:
            if row.key in seen:
                row.reason = "repeated"
            else:
                seen.add(row.key)
        yield row


def _plain(line: int, cells: Sequence[str], rules: Rules) -> Checked | None:
    """Check a row of one plain code, as nearly all are, in a fraction of the time; None for any other."""
    if len(cells) != 1 or isinstance(cells[0], Changed):
        return None
    text = cells[0].strip()
    if not (text.isascii() and text.isalnum() and len(text) <= LONGEST):
        return None
    return Checked(line, [text], text.upper(), undrawable(text, rules.code_format) or "")


def _read(line: int, cells: Sequence[str], rules: Rules) -> Checked:
    filled = list(cells)
    while filled and not filled[-1].strip():
        filled.pop()
    if not any(cell.strip() for cell in filled):
        return Checked(line, [], reason="blank")
    if any(isinstance(cell, Changed) for cell in filled):
        return Checked(line, [str(cell) for cell in filled], reason="changed")
    texts = [_code(cell.strip(), rules) for cell in filled]
    if len(texts) != rules.columns:
        return Checked(line, texts, reason="columns")
    reasons = (_refuse(text, rules) for text in texts)
    return Checked(line, texts, normalise(texts[0]), next(filter(None, reasons), ""))


def _code(text: str, rules: Rules) -> str:
    if rules.pack_kind == "line_points":
        return _serial(text)
    if rules.add_check and rules.code_format == "ean_13":
        return with_check_digit(text)
    return text


def _serial(text: str) -> str:
    """LINE hands out serials alone or inside the address that adds the points."""
    if not text.lower().startswith("https://"):
        return text
    try:
        named = parse_qs(urlsplit(text).query).get("pincode", [text])
    except ValueError:
        return text
    return named[0]


def _refuse(text: str, rules: Rules) -> str | None:
    reason = unusable(text) or undrawable(text, rules.code_format)
    if reason is None and rules.pack_kind == "line_points" and not LINE_POINTS.fullmatch(text):
        return "line_points"
    return reason
