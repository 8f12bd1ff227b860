"""Pictures are kept when they are chosen, and belong to the coupon once it is saved."""

from __future__ import annotations

import io
import re

from aiohttp import FormData
from PIL import Image

from tests.agent_console.coupon_forms import saved
from tests.agent_console.site import FROM_US


def picture(width=800, height=400):
    output = io.BytesIO()
    Image.new("RGB", (width, height), "#b5482a").save(output, "PNG")
    return output.getvalue()


async def upload(browser, kind, content, name="photo.png"):
    form = FormData()
    form.add_field("file", content, filename=name, content_type="image/png")
    headers = FROM_US | {"HX-Request": "true"}
    return await browser.client.post(
        f"/console/coupons/pictures/{kind}", data=form, headers=headers
    )


def key_in(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


async def test_both_pictures_are_uploaded_and_saved_with_the_coupon(site, mia):
    """S0-21, S0-22, S1-41, S1-42: the brand's and the coupon's picture, to replace or delete."""
    brand = key_in(await (await upload(mia, "brand", picture())).text(), "brand_image_key")
    answer = await (await upload(mia, "coupon", picture())).text()
    image = key_in(answer, "image_key")
    assert 'data-role="picture-delete"' in answer
    assert "Replace" in answer
    where = await saved(mia, brand_image_key=brand, image_key=image)
    page = await mia.text(f"{where}/edit")
    assert f'src="/media/coupons/{brand}"' in page
    assert (site.folder / "media" / "coupons" / image).is_file()
    row = await site.db.screens.fetchrow("SELECT image_key, brand_image_key FROM coupon")
    assert tuple(row) == (image, brand)


async def test_the_same_picture_is_kept_once_under_its_contents_name(mia):
    first, second = [await (await upload(mia, "coupon", picture())).text() for _ in range(2)]
    assert key_in(first, "image_key") == key_in(second, "image_key")


async def test_a_narrow_picture_is_taken_with_advice(mia):
    """S1-42: less than 660 pixels wide."""
    assert "less than 660 pixels wide" in await (await upload(mia, "coupon", picture(400))).text()


async def test_what_is_no_picture_is_refused_in_words(mia):
    answer = await upload(mia, "coupon", b"<svg/>", "logo.svg")
    assert answer.status == 422
    assert await answer.text() == "This is not a picture we can read; use JPEG, PNG or WebP"
    assert (await upload(mia, "poster", picture())).status == 404
    assert (await mia.act("/console/coupons/pictures/brand", file="words")).status == 422


async def test_a_key_that_names_no_picture_of_ours_is_not_saved(mia):
    response = await mia.post("/console/coupons/new", name="x", image_key="../../secret.key")
    assert response.status == 422
