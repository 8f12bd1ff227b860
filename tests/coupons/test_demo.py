"""The demo's coupons: made once, whole after being cut off, with pictures that are served."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from coupons.demo import CODES, PIN, Place, demo_picture, seed
from coupons.pages.pictures import resized, store_picture
from coupons.prepare_picture import LARGEST
from runtime.errors import Invalid


@pytest.fixture
async def planted(shop, tmp_path):
    place = Place(workspace_id=shop.workspace, stores=shop.stores, data_dir=tmp_path)

    async def plant():
        return await seed(shop.db, shop.keyring, place, shop.clock.now())

    return plant


async def test_the_demo_has_a_pack_a_service_coupon_and_a_pin_once(shop, planted):
    first = await planted()
    assert await planted() == first
    assert await shop.count("coupon WHERE state = 'published'") == 2
    assert await shop.count("unit WHERE coupon_id = $1", first.latte) == CODES
    assert await shop.count("unit WHERE coupon_id = $1", first.service) == 50
    assert await shop.count("staff_pin") == 1
    assert PIN == "4821"


async def test_a_seeding_cut_off_before_publishing_is_finished(shop, planted):
    await planted()
    await shop.db.screens.execute("UPDATE coupon SET state = 'preparing'")
    await shop.db.screens.execute("DELETE FROM unit WHERE seq > 40")
    await shop.db.screens.execute("UPDATE code_batch SET upto = (SELECT max(code_id) FROM unit)")
    await planted()
    assert await shop.count("coupon WHERE state = 'published'") == 2
    assert await shop.count("unit") == CODES + 50


@pytest.mark.parametrize("name", ["latte", "service", "brand"])
def test_a_picture_is_served_small(name):
    small = resized(demo_picture(name))
    assert len(small) <= LARGEST
    assert Image.open(io.BytesIO(small)).width <= 1024


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    with pytest.raises(Invalid):
        store_picture(tmp_path, "x", content)


def test_a_noisy_picture_is_still_at_most_100_kb_and_a_huge_one_is_refused():
    noise = Image.effect_noise((1500, 1000), 90).convert("RGB")
    output = io.BytesIO()
    noise.save(output, "PNG")
    small = resized(output.getvalue())
    assert len(small) <= LARGEST
    assert Image.open(io.BytesIO(small)).width <= 1024
    huge = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(huge, "PNG")
    with pytest.raises(Invalid, match="50 megapixels"):
        resized(huge.getvalue())
