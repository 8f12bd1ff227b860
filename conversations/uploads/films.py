"""MP4, MOV, M4A and 3GP files: how long they play, and where they were taken forgotten.

These files are boxes in boxes: four bytes of size, four of name, then what the box holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MOST_BOXES = 2_000
DEEPEST = 4
# Boxes that only hold others; `udta` and `meta` tell the place and the camera.
HOLDERS = frozenset({b"moov", b"trak"})
TELLING = frozenset({b"udta", b"meta"})
LONGEST_MS = 24 * 3600 * 1000


def duration_ms(path: Path) -> int:
    """Return how long the film or recording plays, 0 when it does not say."""
    with path.open("rb") as file:
        for name, start, size in _boxes(file, 0, path.stat().st_size, 0):
            if name == b"mvhd":
                file.seek(start)
                return _played(file.read(min(size, 40)))
    return 0


def forget_place(path: Path) -> None:
    """Empty the boxes that tell where and with what it was taken; nothing moves within the file."""
    with path.open("r+b") as file:
        found = [
            (start, size)
            for name, start, size in _boxes(file, 0, path.stat().st_size, 0)
            if name in TELLING
        ]
        for start, size in found:
            file.seek(start - 4)
            file.write(b"free")
            _zero(file, size)


def _zero(file: BinaryIO, size: int) -> None:
    step = bytes(min(size, 1 << 16))
    while size > 0:
        file.write(step[:size])
        size -= len(step)


def _boxes(file: BinaryIO, start: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and size of what each box holds; stops at the first one that makes no sense."""
    seen = 0
    while start + 8 <= end and seen < MOST_BOXES:
        seen += 1
        file.seek(start)
        head = file.read(16)
        size, name, header = int.from_bytes(head[:4]), head[4:8], 8
        if size == 1:
            size, header = int.from_bytes(head[8:16]), 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            return
        yield name, start + header, size - header
        if name in HOLDERS and depth < DEEPEST:
            yield from _boxes(file, start + header, start + size, depth + 1)
        start += size


def _played(told: bytes) -> int:
    wide = told[:1] == b"\x01"
    scale = int.from_bytes(told[20:24] if wide else told[12:16])
    units = int.from_bytes(told[24:32] if wide else told[16:20])
    return min(units * 1000 // scale, LONGEST_MS) if scale else 0
