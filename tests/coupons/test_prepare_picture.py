"""Uploaded pictures: small, upright, without a story of their own; bombs and other formats refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from coupons.prepare_picture import LARGEST, TOO_HEAVY, TOO_LARGE, UNREADABLE, prepare_picture
from runtime.errors import Invalid


def encoded(picture, kind="PNG", **options):
    output = io.BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()


def opened(prepared):
    return Image.open(io.BytesIO(prepared.content))


def bomb(width, height):
    """A PNG that claims to be huge and holds nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_a_wide_picture_becomes_a_small_jpeg():
    """S0-22, S1-42: resized for phones, at most 100 kB, whatever the upload's size."""
    noise = Image.effect_noise((3000, 2000), 90).convert("RGB")
    prepared = prepare_picture(encoded(noise, "JPEG", quality=95))
    assert len(prepared.content) <= LARGEST
    assert opened(prepared).format == "JPEG"
    assert opened(prepared).width <= 1024
    assert not prepared.narrow


def test_a_brand_picture_is_cropped_to_its_middle():
    """S0-21, S1-41: one to one."""
    picture = Image.new("RGB", (900, 300), "#ff0000")
    picture.paste("#00ff00", (300, 0, 600, 300))
    square = opened(prepare_picture(encoded(picture), square=True))
    assert square.size == (300, 300)
    red, green, _ = square.getpixel((5, 150))
    assert green > 200 > red


def test_a_narrow_picture_is_taken_with_advice():
    """S1-42: 660 pixels or more are recommended."""
    assert prepare_picture(encoded(Image.new("RGB", (659, 400)))).narrow
    assert not prepare_picture(encoded(Image.new("RGB", (660, 400)))).narrow


def test_where_and_how_it_was_taken_is_removed_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret camera"
    picture = Image.new("RGB", (800, 400), "#ffffff")
    prepared = prepare_picture(encoded(picture, "JPEG", exif=exif))
    assert b"Secret" not in prepared.content
    assert b"Exif" not in prepared.content
    assert opened(prepared).size == (400, 800)


def test_what_is_transparent_becomes_white():
    prepared = prepare_picture(encoded(Image.new("RGBA", (700, 300), (0, 0, 0, 0))))
    assert opened(prepared).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb(40_000, 40_000), TOO_LARGE),
        (bomb(9_000, 9_000), TOO_LARGE),
        (bomb(50_001, 1), TOO_LARGE),
        (b"x" * 20_000_001, TOO_HEAVY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UNREADABLE),
        (encoded(Image.new("RGB", (700, 300)), "GIF"), UNREADABLE),
        (encoded(Image.new("RGB", (700, 300)), "BMP"), UNREADABLE),
        (encoded(Image.new("RGB", (700, 300)))[:90], UNREADABLE),
        (b"", "Choose a picture first"),
    ],
    ids=["bomb", "large", "long", "heavy", "svg", "gif", "bmp", "cut", "nothing"],
)
def test_bombs_and_other_formats_are_refused_in_words(content, words):
    with pytest.raises(Invalid) as refused:
        prepare_picture(content)
    assert str(refused.value) == words


def test_a_tower_is_cropped_to_three_times_its_width():
    assert opened(prepare_picture(encoded(Image.new("RGB", (300, 3000))))).size == (300, 900)
