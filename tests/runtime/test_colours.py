"""Pictures of wider colour spaces keep the colours that people see when they are made small."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from conversations.thumbnails import thumbnail
from conversations.uploads.photos import prepare_photo
from coupons.prepare_picture import prepare_picture
from runtime.colours import in_srgb
from runtime.media import MediaStore

# The corners of Display P3 as a profile states them, seen in the light of D50.
P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
WHITE = (0.9642, 1.0, 0.8249)
WIDE = (200, 100, 100)


def profile(corners=P3, space=b"RGB "):
    """Return an ICC profile of a display whose three colours have these XYZ values and whose gamma is 2.2."""

    def xyz(values):
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(one * 65536) for one in values))

    curve = b"curv" + bytes(4) + struct.pack(">IHH", 1, round(2.2 * 256), 0)
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"wide\0" + bytes(78) + b"\0"
    parts = {b"desc": name, b"cprt": b"text" + bytes(4) + b"none\0\0\0\0", b"wtpt": xyz(WHITE)}
    for letter, corner in zip(b"rgb", corners, strict=True):
        parts[bytes([letter]) + b"XYZ"] = xyz(corner)
        parts[bytes([letter]) + b"TRC"] = curve
    at, table, body = 132 + 12 * len(parts), b"", b""
    for tag, data in parts.items():
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">3i", *(round(one * 65536) for one in WHITE)) + bytes(48)
    return head + struct.pack(">I", len(parts)) + table + body


def photo(kind="PNG", colour=WIDE, icc=None, size=(800, 600)):
    mode = "RGB" if len(colour) == 3 else "RGBA"
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, icc_profile=profile() if icc is None else icc)
    return out.getvalue()


def colour_of(content, at=(5, 5)):
    with Image.open(io.BytesIO(content)) as shown:
        assert "icc_profile" not in shown.info
        return shown.convert("RGB").getpixel(at)


def near(one, two):
    return all(abs(a - b) <= 3 for a, b in zip(one, two, strict=True))


def stored(folder, content):
    path = folder / "photo"
    path.write_bytes(content)
    return path


SEEN = (215, 93, 96)


@pytest.mark.parametrize("colour", [WIDE, (*WIDE, 255)])
def test_a_wide_picture_made_small_looks_as_it_was(tmp_path, colour):
    store = MediaStore(tmp_path)
    file = store.begin()
    file.write(photo(colour=colour))
    small = thumbnail(store, store.folder / store.keep(file)).read_bytes()
    assert near(colour_of(small), SEEN)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_of_an_agent_keeps_its_colours_and_so_does_its_small_copy(tmp_path, kind):
    made = prepare_photo(stored(tmp_path, photo(kind)), 5_000_000)
    assert near(colour_of(made.thumbnail), SEEN)
    with Image.open(io.BytesIO(made.content)) as sent:
        told = sent.info.get("icc_profile")
        drawn = in_srgb(sent.convert("RGB"), told)
    assert near(drawn.getpixel((5, 5)), SEEN)
    assert bool(told) is (kind == "JPEG")


def test_a_coupons_picture_keeps_its_colours():
    assert near(colour_of(prepare_picture(photo(size=(1024, 512))).content), SEEN)


@pytest.mark.parametrize("icc", [b"", b"no profile", profile()[:140], profile(space=b"CMYK")])
def test_a_picture_without_a_profile_of_its_own_kind_stays_as_it_is(icc):
    plain = Image.new("RGB", (8, 8), WIDE)
    assert in_srgb(plain, icc).getpixel((1, 1)) == WIDE
