"""Small real files of every kind, made on the spot."""

from __future__ import annotations

import io
import struct
import zipfile

from PIL import Image


def picture(kind="JPEG", size=(64, 48), color="#B5482A", **options):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind, **options)
    return out.getvalue()


def photo_with_place():
    """A JPEG that tells in its EXIF where it was taken, and with which camera."""
    exif = Image.Exif()
    exif[0x0110] = "Secret Camera 9"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (25.0, 2.0, 3.0)
    return picture(exif=exif, comment=b"hidden words")


def moving(frames=3, size=(40, 30)):
    out = io.BytesIO()
    shown = [Image.new("RGB", size, (n * 70 % 256, 90, 20)) for n in range(frames)]
    shown[0].save(out, "GIF", save_all=True, append_images=shown[1:], duration=100)
    return out.getvalue()


def box(name, content):
    return struct.pack(">I", len(content) + 8) + name + content


def film(brand=b"isom", seconds=7, place=b"+25.0330+121.5654/"):
    header = bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80)
    told = box(b"\xa9xyz", struct.pack(">HH", len(place), 0) + place)
    moov = box(b"moov", box(b"mvhd", header) + box(b"udta", told))
    return box(b"ftyp", brand + bytes(4)) + moov + box(b"mdat", bytes(2000))


def recording():
    return film(b"M4A ", seconds=3)


def mp3(seconds=2):
    """Frames of 128 kbit/s at 44.1 kHz: 417 bytes each."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return frame * (seconds * 1000 * 16 // 417)


def wav(seconds=2):
    sound = bytes(8000 * seconds)
    head = b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt "
    return (
        head
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
        + b"data"
        + struct.pack("<I", len(sound))
        + sound
    )


def ogg(seconds=2):
    head = b"OggS" + bytes(24) + b"OpusHead" + bytes(40)
    return head + b"OggS" + bytes(2) + struct.pack("<q", 48000 * seconds) + bytes(20)


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def document(folder="word/"):
    return archive("[Content_Types].xml", f"{folder}document.xml")


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(document.cookie)</script></html>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
EVERY = {
    "jpeg": ("a.jpg", picture()),
    "png": ("a.png", picture("PNG")),
    "webp": ("a.webp", picture("WEBP")),
    "gif": ("a.gif", picture("GIF")),
    "moving gif": ("a.gif", moving()),
    "mp4": ("a.mp4", film()),
    "mov": ("a.mov", film(b"qt  ")),
    "webm": ("a.webm", b"\x1a\x45\xdf\xa3" + bytes(400)),
    "3gp": ("a.3gp", film(b"3gp4")),
    "m4a": ("a.m4a", recording()),
    "mp3": ("a.mp3", mp3()),
    "aac": ("a.aac", b"\xff\xf1" + bytes(400)),
    "ogg": ("a.ogg", ogg()),
    "wav": ("a.wav", wav()),
    "amr": ("a.amr", b"#!AMR\n" + bytes(400)),
    "pdf": ("a.pdf", PDF),
    "docx": ("a.docx", document()),
    "xls": ("a.xls", OLE),
    "text": ("a.txt", "菜單 menu".encode()),
    "zip": ("a.zip", archive("a.txt")),
    "html": ("a.html", HTML),
    "svg": ("a.svg", SVG),
    "unknown": ("a.bin", bytes(range(256))),
}
