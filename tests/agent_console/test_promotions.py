"""A coupon's promotion links at the console: adding, ending, QR codes, and what is remembered."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from aiohttp import FormData
from PIL import Image
from pyzbar import pyzbar

from coupons.demo import demo_picture
from tests.agent_console.site import FROM_US, PAGE


@pytest.fixture
async def here(site):
    return f"/console/coupons/{await site.coupon()}/promote"


async def add(mia, here, name="Poster"):
    answer = await mia.post(here, name=name)
    assert answer.status == 303
    return answer.headers["Location"].partition("#link-")[2]


async def download(mia, here, link, *sizes, logo=""):
    fields = FormData([("link", link), ("logo", logo), *(("size", str(size)) for size in sizes)])
    return await mia.client.post(f"{here}/qr", data=fields, headers=FROM_US | PAGE)


async def upload(mia, here, content):
    fields = FormData()
    fields.add_field("logo", content, filename="logo.png", content_type="image/png")
    return await mia.client.post(
        f"{here}/logo", data=fields, headers=FROM_US | PAGE, allow_redirects=False
    )


async def test_each_place_gets_a_link_of_its_own_with_a_copy_button(site, mia, here):
    """S2-30: one address a promotion channel, with the copy icon."""
    for name in ("Poster", "Facebook ad"):
        await add(mia, here, name)
    html = await mia.text(here)
    assert len(set(re.findall(r"http://localhost:8080/p/([a-z2-9]{8})\"", html))) == 2
    assert html.count('data-role="copy"') == 2
    assert "Copy the link: Facebook ad" in html


async def test_a_name_that_is_none_is_refused_and_kept(mia, here):
    answer = await mia.post(here, name="x" * 61)
    html = await answer.text()
    assert answer.status == 422
    assert "Name the promotion channel in 1 to 60 characters" in html
    assert "x" * 61 in html


async def test_a_link_is_ended_and_used_again(site, mia, here):
    link = await add(mia, here)
    for active, shown in (("no", True), ("yes", False)):
        assert (await mia.post(f"{here}/{link}", active=active)).status == 303
        assert ("· ended" in await mia.text(here)) is shown
    actions = await site.db.screens.fetch("SELECT action FROM audit_entry ORDER BY id")
    assert [row["action"] for row in actions][-3:] == [
        "promotion.add",
        "promotion.end",
        "promotion.resume",
    ]


async def test_sizes_come_at_once_and_the_code_leads_to_the_link(mia, here):
    """S2-31, S2-32: several sizes in one download."""
    link = await add(mia, here)
    answer = await download(mia, here, link, 256, 1024)
    assert answer.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
        pictures = [Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    assert [picture.width for picture in pictures] == [256, 1024]
    [seen] = pyzbar.decode(pictures[0])
    assert re.fullmatch(r"http://localhost:8080/p/[a-z2-9]{8}", seen.data.decode())
    single = await download(mia, here, link, 512)
    assert single.content_type == "image/png"


async def test_the_logo_and_the_channel_are_there_next_time(site, mia, here):
    """S2-35, S2-36: last logo and last promotion channel, for another coupon and a colleague too."""
    await add(mia, here, "Flyer")
    link = await add(mia, here, "Poster")
    assert (await download(mia, here, link, 256, logo="stock:heart")).status == 200
    html = await mia.text(here)
    assert re.search(r'value="stock:heart" checked', html)
    assert re.search(r"selected>Poster<", html)
    other = f"/console/coupons/{await site.coupon('Other')}/promote"
    assert re.search(r'name="name"[^>]* value="Poster"', await mia.text(other))
    await site.member("Ann", "admin")
    ann = await site.browser("ann@tea.example")
    assert re.search(r'value="stock:heart" checked', await ann.text(here))


async def test_an_own_logo_is_kept_chosen_and_drawn(site, mia, here):
    """S2-34: the workspace's own picture in the middle."""
    link = await add(mia, here)
    assert (await upload(mia, here, demo_picture("brand"))).status == 303
    html = await mia.text(here)
    logo = re.search(r'value="(own:logo-[0-9a-f]+\.jpg)" checked', html)[1]
    answer = await download(mia, here, link, 512, logo=logo)
    [seen] = pyzbar.decode(Image.open(io.BytesIO(await answer.read())).convert("L"))
    assert seen.data.decode().startswith("http://localhost:8080/p/")
    async with mia.client.get(f"{here}/{link}/qr.png", params={"logo": logo}) as shown:
        assert shown.content_type == "image/png"


async def test_a_see_through_logo_stands_on_white(site, mia, here):
    await add(mia, here)
    output = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(output, "PNG")
    assert (await upload(mia, here, output.getvalue())).status == 303
    [key] = [row["key"] for row in await site.db.screens.fetch("SELECT key FROM promotion_logo")]
    with Image.open(site.folder / "media" / "coupons" / key) as kept:
        assert min(kept.convert("L").getextrema()) > 250


@pytest.mark.parametrize("content", [b"", b"no picture", b"<svg xmlns='x'/>"])
async def test_what_is_no_picture_is_refused_in_words(mia, here, content):
    await add(mia, here)
    answer = await upload(mia, here, content)
    assert answer.status == 422
    assert "This is not a picture we can read" in await answer.text()


async def test_a_download_without_a_size_or_of_a_foreign_logo_says_what_to_do(mia, here):
    link = await add(mia, here)
    for sizes, logo, words in (
        ((), "", "Choose at least one size."),
        ((256,), "own:somebody-elses.jpg", "choose another"),
    ):
        answer = await download(mia, here, link, *sizes, logo=logo)
        assert answer.status == 422
        assert words in await answer.text()


async def test_another_workspaces_coupon_has_no_page_here(site, mia):
    foreign = await site.coupon("Theirs", workspace=site.rival)
    path = f"/console/coupons/{foreign}/promote"
    assert (await mia.get(path)).status == 404
    assert (await mia.post(path, name="Poster")).status == 404
    assert await site.db.screens.fetchval("SELECT count(*) FROM promotion") == 0


async def test_a_stock_logo_is_a_picture_and_another_name_is_none(mia):
    async with mia.client.get("/console/promotion-logos/gift.png") as answer:
        assert Image.open(io.BytesIO(await answer.read())).size == (256, 256)
    assert (await mia.get("/console/promotion-logos/none.png")).status == 404
