"""What an archive says it holds, read with care: its list may be as long as the whole file."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from conversations.channel import ContentRefused
from runtime.words import mark

MOST_ENTRIES = 5_000
MOST_LISTED = 2_000_000
TOO_MANY = mark("This archive holds more than 5,000 files; pack them as several archives.")
END = struct.Struct("<4s4H2LH")
SIGNATURE, LARGE = b"PK\x05\x06", b"PK\x06\x07"
LONGEST_COMMENT = 0xFFFF
# What stands before the end where the numbers did not fit into it.
LOCATOR = 20


def names_inside(path: Path) -> Sequence[str] | None:
    """Return the names in an archive, None when it is damaged; raises ContentRefused when they are too many.

    Only the list at the end is read, and only when it is short.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - END.size - LONGEST_COMMENT - LOCATOR))
        tail = file.read()
        at = _end(tail)
        if at is None:
            return None
        end = END.unpack_from(tail, at)
        entries, listed = end[4], end[5]
        large = tail[max(0, at - LOCATOR) : at].startswith(LARGE)
        if large or entries > MOST_ENTRIES or listed > MOST_LISTED:
            raise ContentRefused(TOO_MANY)
        begin = size - len(tail) + at - listed
        if begin < 0:
            return None
        file.seek(begin)
        found = _names(file.read(listed))
    # The list may be longer than the number beside it.
    if found is not None and len(found) > MOST_ENTRIES:
        raise ContentRefused(TOO_MANY)
    return found


def _end(tail: bytes) -> int | None:
    """Return where the record begins that ends an archive: the last thing in it, save a comment."""
    plain = len(tail) - END.size
    if plain >= 0 and tail.startswith(SIGNATURE, plain) and tail.endswith(b"\x00\x00"):
        return plain
    found = tail.rfind(SIGNATURE, 0, plain + len(SIGNATURE)) if plain >= 0 else -1
    return found if found >= 0 else None


def _names(listed: bytes) -> Sequence[str] | None:
    """Read the list alone, as that of an archive from which everything else was taken."""
    end = END.pack(SIGNATURE, 0, 0, 0, 0, len(listed), 0, 0)
    try:
        with ZipFile(io.BytesIO(listed + end)) as archive:
            return archive.namelist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return None
