"""What we draw is read back by a second, independent reader."""

from __future__ import annotations

import re

import pytest
from PIL import Image, ImageDraw
from pyzbar import pyzbar

from coupons.barcode import Undrawable, svg

MOVE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)")


def painted(element, scale=8):
    """Paint the SVG's rectangles as a browser would."""
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', element).groups())
    picture = Image.new("L", (width * scale, height * scale), 255)
    draw = ImageDraw.Draw(picture)
    dark = element.split('fill="#000" d="')[1]
    for x, y, w, h in (map(int, found) for found in MOVE.findall(dark)):
        draw.rectangle((x * scale, y * scale, (x + w) * scale - 1, (y + h) * scale - 1), fill=0)
    return picture


@pytest.mark.parametrize(
    ("text", "code_format", "kind"),
    [
        ("7KQ2WXM9HPRT", "qr", "QRCODE"),
        ("4710000000004", "ean_13", "EAN13"),
        ("TEA-50 OFF", "code_128", "CODE128"),
        ("TEA-50 OFF", "code_39", "CODE39"),
    ],
)
def test_a_second_reader_reads_what_was_drawn(text, code_format, kind):
    [seen] = pyzbar.decode(painted(svg(text, code_format)))
    assert (seen.data.decode(), seen.type) == (text, kind)


@pytest.mark.parametrize(("text", "code_format"), [("12", "ean_13"), ("x", "unheard"), ("", "qr")])
def test_what_cannot_be_drawn_is_said(text, code_format):
    with pytest.raises(Undrawable):
        svg(text, code_format)


def test_the_label_is_escaped():
    assert '"><script>' not in svg("A", "qr", '"><script>')
