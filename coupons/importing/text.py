"""Rows of a CSV file: its encoding is recognised, every cell stays text."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from coupons.importing.problems import Unusable

BLOCK = 64 * 1024
SAMPLE = 10_000
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp950": "Big5",
    "cp932": "Shift-JIS",
}
# The comma first: it is meant when none of them stands in the first line.
DELIMITERS = (",", ";", "\t")
# A cell longer than this is a quotation mark that nobody closed.
LONGEST_CELL = 8192


def recognise(path: Path) -> str:
    """Return the encoding's codec name; raises Unusable when it is none we know."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in BOMS.items():
        if head.startswith(mark):
            return name
    if _score(path, "utf-8") is not None:
        return "utf-8"
    scores = {name: _score(path, name) for name in ("cp950", "cp932")}
    found = {name: score for name, score in scores.items() if score is not None}
    if not found:
        raise Unusable("encoding")
    return max(found, key=lambda name: found[name])


def _score(path: Path, name: str) -> float | None:
    """Return how much of the foreign text is in common use when read as `name`, None when it cannot be."""
    decoder = codecs.getincrementaldecoder(name)()
    seen = common = 0
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                text = decoder.decode(block)
                if name != "utf-8" and seen < SAMPLE and not text.isascii():
                    foreign = [char for char in text if char > "\x7f"][: SAMPLE - seen]
                    seen += len(foreign)
                    common += sum(_common(char, name) for char in foreign)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return common / seen if seen else 0.0


def _common(char: str, name: str) -> bool:
    lead = char.encode(name)[0]
    if name == "cp950":
        return 0xA1 <= lead <= 0xC6
    return char in "、。ー" or "\u3041" <= char <= "\u30fe" or 0x88 <= lead <= 0x97


def estimate(path: Path) -> int:
    """Return about how many rows there are, for a progress bar."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b"")) or 1


def rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Give (line, cells) of every row, the line counted from 1 as an editor does; raises Unusable."""
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(BLOCK)
        delimiter = max(DELIMITERS, key=first.count)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        line = 1
        try:
            for cells in reader:
                for cell in cells:
                    if len(cell) > LONGEST_CELL:
                        raise Unusable("broken_text")
                yield line, cells
                line = reader.line_num + 1
        except (csv.Error, UnicodeError) as error:
            raise Unusable("broken_text") from error
