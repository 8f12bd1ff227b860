"""QR codes of promotion links: every size and logo is read back by two readers."""

from __future__ import annotations

import io
import zipfile

import pytest
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from coupons.demo import demo_picture
from coupons.pages.pictures import store_picture
from coupons.promotions.logos import SHAPES
from coupons.promotions.qr import SIZES, draw, load_logo, packed
from runtime.errors import Invalid

ADDRESS = "https://coupons.a-rather-long-shop-name.example.com/p/k7mpq2xw"


def read_by_both(png):
    picture = Image.open(io.BytesIO(png))
    [seen] = pyzbar.decode(picture.convert("L"), symbols=[pyzbar.ZBarSymbol.QRCODE])
    [other] = zxingcpp.read_barcodes(picture.convert("RGB"))
    assert seen.data.decode() == other.text
    return other.text


@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_exact_and_readable(size):
    """S2-31, S2-32: five sizes."""
    png = draw(ADDRESS, size)
    assert Image.open(io.BytesIO(png)).size == (size, size)
    assert read_by_both(png) == ADDRESS


@pytest.mark.parametrize("logo", SHAPES)
@pytest.mark.parametrize("size", [256, 1024])
def test_a_code_with_a_logo_of_ours_is_readable(tmp_path, logo, size):
    """S2-33: the offered logos."""
    picture = load_logo(tmp_path, f"stock:{logo}", [])
    assert read_by_both(draw(ADDRESS, size, picture)) == ADDRESS


def test_a_code_with_the_shops_own_logo_is_readable(tmp_path):
    """S2-34: a logo of the workspace's own pictures."""
    key = store_picture(tmp_path, "logo", demo_picture("latte"))
    picture = load_logo(tmp_path, f"own:{key}", [key])
    assert read_by_both(draw(ADDRESS, 512, picture)) == ADDRESS


def test_a_logo_comes_with_the_strongest_correction(tmp_path):
    levels = []
    for logo in (None, load_logo(tmp_path, f"stock:{next(iter(SHAPES))}", [])):
        picture = Image.open(io.BytesIO(draw(ADDRESS, 512, logo))).convert("RGB")
        levels += [seen.ec_level for seen in zxingcpp.read_barcodes(picture)]
    assert levels == ["M", "H"]


def test_several_sizes_are_one_zip_and_one_size_is_a_picture():
    """S2-32: several sizes at once."""
    name, kind, content = packed(ADDRESS, (256, 512), None, "拿鐵 50-poster")
    assert (name, kind) == ("拿鐵-50-poster.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["拿鐵-50-poster-256.png", "拿鐵-50-poster-512.png"]
        assert read_by_both(archive.read(archive.namelist()[0])) == ADDRESS
    name, kind, _ = packed(ADDRESS, (256,), None, "../x")
    assert (name, kind) == ("x-256.png", "image/png")


@pytest.mark.parametrize("choice", ["own:none.jpg", "own:../secret.key", "stock:none", "what"])
def test_a_logo_that_is_not_the_workspaces_is_refused(tmp_path, choice):
    with pytest.raises(Invalid):
        load_logo(tmp_path, choice, ["other.jpg"])
