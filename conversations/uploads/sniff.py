"""What a file is, by its bytes alone: names and declared types prove nothing."""

from __future__ import annotations

import re
from pathlib import Path

from conversations import file_types as types
from conversations.channel import ContentRefused
from conversations.uploads.archives import names_inside
from runtime.media import UNKNOWN_TYPE, sniff
from runtime.words import mark

HEAD = 64 * 1024
PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
# Endings that a double click runs, whatever the bytes are.
RUNS = frozenset(
    [
        ".exe",
        ".com",
        ".bat",
        ".cmd",
        ".ps1",
        ".vbs",
        ".js",
        ".jse",
        ".wsf",
        ".hta",
        ".scr",
        ".msi",
        ".msix",
        ".pif",
        ".lnk",
        ".reg",
        ".jar",
        ".apk",
        ".app",
        ".dmg",
        ".sh",
        ".command",
        ".iso",
        ".img",
        ".xlsm",
        ".docm",
        ".pptm",
        ".url",
        ".desktop",
    ]
)
BRANDS = {
    b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif",
    b"avis": "avif",
}  # fmt: skip
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_ENDINGS = {".doc": types.DOC, ".xls": types.XLS, ".ppt": types.PPT}
FOLDERS = {"word/": types.DOCX, "xl/": types.XLSX, "ppt/": types.PPTX}
ACTIVE = ((re.compile(rb"<\s*svg[\s>]", re.IGNORECASE), types.SVG), (re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|script|iframe|meta)[\s>/]", re.IGNORECASE), types.HTML))  # fmt: skip
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
PROGRAM = mark("Programs cannot be sent; send a document or a link instead.")
EMPTY = mark("This file is empty; choose another.")
FOREIGN_PICTURE = mark(
    "HEIC, AVIF and TIFF pictures cannot be sent: save it as JPEG or PNG and attach it again."
)


def content_type(path: Path, name: str) -> str:
    """Return the type that the bytes of a file prove, UNKNOWN_TYPE when they prove none.

    The name decides only among the old Office formats, which share their container. Raises ContentRefused
    for programs, empty files and pictures that cannot be read here.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    ending = Path(name).suffix.lower()
    if not head:
        raise ContentRefused(EMPTY)
    # Recordings of AMR begin as scripts do.
    runs = head.startswith(PROGRAMS) and not head.startswith(b"#!AMR")
    if runs or ending in RUNS:
        raise ContentRefused(PROGRAM)
    if _is_foreign(head):
        raise ContentRefused(FOREIGN_PICTURE)
    if head.startswith(OLE):
        return OLE_ENDINGS.get(ending, UNKNOWN_TYPE)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    known = _film(head) or sniff(head)
    return _sound(head) or (_text(head) if known == UNKNOWN_TYPE else known)


def _is_foreign(head: bytes) -> bool:
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    return brand in BRANDS or head.startswith((b"II*\x00", b"MM\x00*"))


def _film(head: bytes) -> str:
    return types.THREE_GP if head[4:8] == b"ftyp" and head[8:11] in {b"3gp", b"3g2"} else ""


def _sound(head: bytes) -> str:
    """Return MP3 for a bare frame of whichever bit rate; the general table knows the commonest ones."""
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return types.MP3 if is_frame and head[2] >> 4 not in {0, 15} else ""


def _zipped(path: Path) -> str:
    """Tell Office documents from other archives; one with macros is refused."""
    inside = names_inside(path)
    if inside is None:
        return UNKNOWN_TYPE
    if any(name.lower().endswith("vbaproject.bin") for name in inside):
        raise ContentRefused(PROGRAM)
    if "[Content_Types].xml" not in inside:
        return types.ZIP
    found = (kind for folder, kind in FOLDERS.items() if any(n.startswith(folder) for n in inside))
    return next(found, types.ZIP)


def _text(head: bytes) -> str:
    for pattern, kind in ACTIVE:
        if pattern.search(head):
            return kind
    try:
        # The last character may be cut off in the middle.
        head.decode("utf-8") if len(head) < HEAD else head[: HEAD - 4].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return UNKNOWN_TYPE
    return UNKNOWN_TYPE if CONTROLS.search(head) else types.PLAIN
