"""Coupon pictures under their content's name."""

from __future__ import annotations

import pytest

from coupons.demo import demo_picture
from coupons.pages.pictures import store_picture


async def test_a_picture_is_served_and_cached_for_good(client, tmp_path):
    key = store_picture(tmp_path, "Latte 50", demo_picture("latte"))
    assert key.startswith("latte-50-")
    async with client.get(f"/media/coupons/{key}") as answer:
        assert answer.status == 200
        assert answer.content_type == "image/jpeg"
        assert "immutable" in answer.headers["Cache-Control"]
        assert len(await answer.read()) <= 100_000


@pytest.mark.parametrize(
    "key", ["none.jpg", "..%2f..%2fsecret.key", "x.svg", ".hidden.jpg", "a" * 200 + ".jpg"]
)
async def test_nothing_else_is_served(client, tmp_path, key):
    async with client.get(f"/media/coupons/{key}") as answer:
        assert answer.status == 404
