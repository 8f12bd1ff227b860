"""Codes as pictures: SVG drawn by zxing-cpp, one unit a module, crisp at any size."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

import zxingcpp

from coupons.rules.codes import ean13_valid

FORMATS = {
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "code_39": zxingcpp.BarcodeFormat.Code39,
    "code_128": zxingcpp.BarcodeFormat.Code128,
    "ean_13": zxingcpp.BarcodeFormat.EAN13,
}
SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')
PATH = re.compile(r'<path d="([^"]*)"')


class Undrawable(ValueError):
    """The text cannot be drawn in this format."""


@lru_cache(maxsize=512)
def svg(text: str, code_format: str = "qr", label: str = "") -> str:
    """Return `text` as an SVG element, black on white with its quiet zone; raises Undrawable.

    `code_format`: qr, code_39, code_128 or ean_13. `label` is what a screen reader says.
    """
    if code_format == "ean_13" and not ean13_valid(text):
        raise Undrawable("EAN-13 carries 13 digits, the last one their check digit")
    try:
        drawn = zxingcpp.create_barcode(text, FORMATS[code_format]).to_svg(add_quiet_zones=True)
    except (KeyError, ValueError, RuntimeError) as error:
        raise Undrawable(f"{code_format} cannot carry this text") from error
    size, path = SIZE.search(drawn), PATH.search(drawn)
    if size is None or path is None:
        raise Undrawable(f"{code_format} drew nothing")
    width, height = size.groups()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(label)}" shape-rendering="crispEdges" class="barcode {code_format}">'
        f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path fill="#000" d="{path[1]}"/></svg>'
    )
