"""The workspace's own settings: facts and picture, stores, tags, customers' fields, saved replies."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from coupons.queries import published_designs
from runtime.ids import uuid7
from tests.agent_console.site import FROM_US, PAGE, plain

PATH = "/console/settings"
FACTS = {"name": "Tea & Co", "zone": "Asia/Tokyo", "language": "ja"}
XSS = "<script>alert(1)</script>"


async def value(site, query, *values):
    return await site.db.screens.fetchval(query, *values)


async def told(site):
    rows = await site.db.screens.fetch("SELECT action FROM audit_entry ORDER BY id")
    return [row["action"] for row in rows if not row["action"].startswith(("member.", "account."))]


def picture(kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (700, 600), "#b5482a").save(out, kind)
    return out.getvalue()


async def upload(browser, content, name="picture.png", kind="image/png"):
    """Post a file under any name, even one that no client would send."""
    head = f'--edge\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
    body = f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n--edge--\r\n"
    headers = FROM_US | PAGE | {"Content-Type": "multipart/form-data; boundary=edge"}
    return await browser.client.post(
        f"{PATH}/workspace/picture", data=body, headers=headers, allow_redirects=False
    )


async def test_name_zone_and_language_are_changed_and_told_to_the_audit_log(site, ann):
    assert (await ann.post(f"{PATH}/workspace", **FACTS)).status == 303
    row = await site.db.screens.fetchrow(
        "SELECT name, zone, language FROM workspace WHERE id = $1", site.house
    )
    assert dict(row) == FACTS
    page = await ann.text(f"{PATH}/workspace?saved")
    assert 'value="Tea &amp; Co"' in page
    assert "Another zone changes what a day is" in page
    assert "bin/tessera feature payment on" in page
    assert await told(site) == ["workspace.changed"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": " "}, "Write a name first"),
        ({"name": "x" * 121}, "too long"),
        ({"zone": "Mars/Olympus"}, "time zone from the list"),
        ({"zone": "../../etc/passwd"}, "time zone from the list"),
        ({"language": "xx"}, "language from the list"),
    ],
)
async def test_facts_that_cannot_be_used_are_refused_and_stay_in_the_form(
    site, ann, changed, words
):
    answer = await ann.post(f"{PATH}/workspace", **FACTS | changed)
    page = await answer.text()
    assert (answer.status, words in page) == (422, True)
    assert await value(site, "SELECT name FROM workspace WHERE id = $1", site.house) == "Tea house"


async def test_the_picture_stands_on_coupons_that_have_none_of_their_own(site, ann):
    await site.coupon("Bare")
    await site.coupon("Own", brand_image_key="brand-0123456789abcdef.jpg", fixed_code="OTHER")
    assert (await upload(ann, picture())).status == 303
    key = await value(site, "SELECT picture_key FROM workspace WHERE id = $1", site.house)
    assert re.fullmatch(r"workspace-[0-9a-f]{16}\.jpg", key)
    shown = [design.brand_image_key for design in await published_designs(site.db.screens)]
    assert shown == [key, "brand-0123456789abcdef.jpg"]
    assert f"/media/coupons/{key}" in await ann.text(f"{PATH}/workspace")
    assert f"/media/coupons/{key}" in await ann.text("/console/coupons/new")
    assert (await ann.post(f"{PATH}/workspace/picture/remove")).status == 303
    assert await value(site, "SELECT picture_key FROM workspace WHERE id = $1", site.house) == ""


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (SVG, "a.svg", "image/svg+xml"),
        (SVG, "a.png", "image/png"),
        (HTML, "a.png", "image/png"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "a.png", "image/png"),
        (b"", "a.png", "image/png"),
        (HTML, 'a.png"\r\nSet-Cookie: a=b\r\nX-Name: "', "text/html"),
        (HTML, "../../../up.png", "image/png"),
    ],
)
async def test_active_content_is_no_picture_whatever_it_calls_itself(
    site, ann, content, name, kind
):
    answer = await upload(ann, content, name, kind)
    assert answer.status == 422
    assert "Set-Cookie" not in answer.headers
    assert await value(site, "SELECT picture_key FROM workspace WHERE id = $1", site.house) == ""
    assert not [path for path in site.folder.rglob("*") if path.suffix in {".png", ".svg", ".jpg"}]


async def test_what_hides_behind_a_pictures_pixels_is_gone(site, ann):
    answer = await upload(ann, picture() + HTML)
    assert answer.status == 303
    [kept] = site.folder.rglob("workspace-*.jpg")
    assert b"script" not in kept.read_bytes()


STORE = {"name": "Xinyi", "address": "Road 1", "phone": "02 5550 0100"}
PLACE = {"latitude": "25.033", "longitude": "121.5654"}


async def a_store(site, ann, **changed):
    assert (await ann.post(f"{PATH}/stores", **STORE | PLACE | changed)).status == 303
    return await value(site, "SELECT id FROM store WHERE name = $1", changed.get("name", "Xinyi"))


async def test_a_store_is_added_changed_and_removed(site, ann):
    store = await a_store(site, ann)
    changed = {"name": "Xinyi 2", "address": "", "phone": "", "latitude": "", "longitude": ""}
    assert (await ann.post(f"{PATH}/stores/{store}", **changed)).status == 303
    row = await site.db.screens.fetchrow("SELECT name, address, latitude FROM store")
    assert tuple(row) == ("Xinyi 2", "", None)
    log = await ann.words("/console/settings/audit")
    assert "Address Road 1 → nothing" in log
    assert "Latitude 25.033 → nothing" in log
    assert (await ann.post(f"{PATH}/stores/{store}/remove")).status == 303
    assert await value(site, "SELECT count(*) FROM store") == 0
    assert await told(site) == ["store.added", "store.changed", "store.removed"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "Write a name first"),
        ({"name": "Daan"}, "already a store of this name"),
        ({"address": "x" * 301}, "too long"),
        ({"latitude": "91"}, "Write both coordinates"),
        ({"latitude": "nan"}, "Write both coordinates"),
        ({"longitude": ""}, "Write both coordinates"),
    ],
)
async def test_a_store_that_cannot_be_is_told_why(site, ann, changed, words):
    await a_store(site, ann, name="Daan")
    answer = await ann.post(f"{PATH}/stores", **STORE | PLACE | changed)
    assert (answer.status, words in await answer.text()) == (422, True)
    assert await value(site, "SELECT count(*) FROM store") == 1


async def test_a_store_in_use_stays_and_the_page_says_what_needs_it(site, ann):
    store = await a_store(site, ann)
    ray = (await site.member("Ray", "verifier")).id
    await ann.post(f"/console/tills/verifiers/{ray}/stores", store=str(store))
    await ann.post("/console/tills/pins", name="Till", pin="482159", store=str(store))
    answer = await ann.post(f"{PATH}/stores/{store}/remove")
    page = await answer.text()
    assert answer.status == 422
    assert "1 · verifiers and sellers who work there" in page
    assert "1 · staff PINs" in page
    assert await value(site, "SELECT count(*) FROM member_store") == 1


async def a_tag(site, name, *contacts):
    key = uuid7()
    await site.db.screens.execute(
        "INSERT INTO tag (id, workspace_id, name) VALUES ($1, $2, $3)", key, site.house, name
    )
    for contact in contacts:
        await site.db.screens.execute(
            "INSERT INTO contact_tag (contact_id, tag_id, source, at) VALUES ($1, $2, 'member', $3)",
            *(contact, key, site.clock.now()),
        )
    return key


async def contact_of(site, chat):
    return await value(site, "SELECT contact_id FROM conversation WHERE id = $1", chat.id)


async def test_tags_show_how_many_wear_them_and_are_renamed_with_the_coupons_that_put_them_on(
    site, ann
):
    mei = await contact_of(site, await site.chat())
    tag = await a_tag(site, "vip", mei)
    await a_tag(site, "other")
    coupon = await site.coupon(tag_on_claim="vip")
    page = await ann.text(f"{PATH}/tags")
    assert "vip 1 customer" in plain(page)
    assert f'href="/console/contacts?tag={tag}"' in page
    assert (await ann.post(f"{PATH}/tags/{tag}", name="gold")).status == 303
    assert await value(site, "SELECT name FROM tag WHERE id = $1", tag) == "gold"
    assert await value(site, "SELECT tag_on_claim FROM coupon WHERE id = $1", coupon) == "gold"
    answer = await ann.post(f"{PATH}/tags/{tag}", name="other")
    assert (answer.status, "merge the two instead" in await answer.text()) == (422, True)


async def test_two_tags_become_one_and_a_contact_with_both_keeps_it_once(site, ann):
    mei = await contact_of(site, await site.chat())
    tom = await contact_of(site, await site.chat("Tom"))
    old, new = await a_tag(site, "VIP", mei, tom), await a_tag(site, "vip", mei)
    assert (await ann.post(f"{PATH}/tags/{old}/merge", into=str(old))).status == 422
    assert (await ann.post(f"{PATH}/tags/{old}/merge", into=str(uuid7()))).status == 404
    assert (await ann.post(f"{PATH}/tags/{old}/merge", into=str(new))).status == 303
    rows = await site.db.screens.fetch("SELECT contact_id FROM contact_tag WHERE tag_id = $1", new)
    assert {row["contact_id"] for row in rows} == {mei, tom}
    assert len(rows) == 2
    assert (await ann.post(f"{PATH}/tags/{new}/remove")).status == 303
    assert await value(site, "SELECT count(*) FROM tag") == 0
    assert await told(site) == ["tag.merged", "tag.removed"]


async def test_fields_are_added_moved_renamed_and_removed(site, ann):
    for label, kind in (("Birthday", "date"), ("Size", "text")):
        assert (await ann.post(f"{PATH}/fields", label=label, type=kind)).status == 303
    size = await value(site, "SELECT id FROM attribute WHERE key = 'size'")
    assert (await ann.post(f"{PATH}/fields/{size}", do="up")).status == 303
    assert (await ann.post(f"{PATH}/fields/{size}", label="Cup size")).status == 303
    words = await ann.words(f"{PATH}/fields")
    assert words.index("Cup size") < words.index("Birthday")
    assert (await ann.post(f"{PATH}/fields", label="Size", type="colour")).status == 422
    assert (await ann.post(f"{PATH}/fields/{size}", do="remove")).status == 303
    assert await value(site, "SELECT count(*) FROM attribute") == 1


async def test_replies_are_everybodys_or_ones_own(site, ann):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    shared = {"shortcut": "hours", "text": "Hi {name}, 10 to 21", "shared": "yes"}
    assert (await ann.post(f"{PATH}/replies", **shared)).status == 303
    assert (await sue.post(f"{PATH}/replies", shortcut="thanks", text="Thank you")).status == 303
    assert "/thanks" not in await ann.words(f"{PATH}/replies")
    words = await sue.words(f"{PATH}/replies")
    assert "/hours" in words
    assert "/thanks" in words
    key = await value(site, "SELECT id FROM saved_reply WHERE shortcut = 'hours'")
    own = await value(site, "SELECT id FROM saved_reply WHERE shortcut = 'thanks'")
    answer = await sue.post(f"{PATH}/replies/{key}", shortcut="hours", text="Closed")
    assert (answer.status, "belongs to everybody" in await answer.text()) == (422, True)
    assert (await sue.post(f"{PATH}/replies", **shared | {"shortcut": "x"})).status == 422
    assert (await ann.post(f"{PATH}/replies/{own}/remove")).status == 404
    assert (await sue.post(f"{PATH}/replies/{own}/remove")).status == 303
    assert await value(site, "SELECT text FROM saved_reply") == "Hi {name}, 10 to 21"


async def test_hostile_names_are_only_words(site, ann):
    await ann.post(f"{PATH}/workspace", **FACTS | {"name": XSS})
    await ann.post(f"{PATH}/stores", **STORE | {"name": XSS, "address": XSS})
    await ann.post(f"{PATH}/fields", label=XSS, type="text")
    await ann.post(f"{PATH}/replies", shortcut="x", title=XSS, text=XSS, shared="yes")
    await a_tag(site, XSS)
    for section in ("workspace", "stores", "fields", "tags", "replies"):
        page = await ann.text(f"{PATH}/{section}")
        assert "alert(1)" in page, section
        assert XSS not in page, section


async def test_what_belongs_to_another_workspace_is_not_there(site, ann):
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    store, tag = await a_store(site, ann), await a_tag(site, "vip")
    await ann.post(f"{PATH}/fields", label="Size", type="text")
    await ann.post(f"{PATH}/replies", shortcut="hours", text="Hi", shared="yes")
    field = await value(site, "SELECT id FROM attribute")
    reply = await value(site, "SELECT id FROM saved_reply")
    for path, fields in (
        (f"stores/{store}", STORE),
        (f"stores/{store}/remove", {}),
        (f"tags/{tag}", {"name": "theirs"}),
        (f"tags/{tag}/remove", {}),
        (f"fields/{field}", {"do": "remove"}),
        (f"replies/{reply}", {"shortcut": "hours", "text": "Mine"}),
        (f"replies/{reply}/remove", {}),
    ):
        assert (await eve.post(f"{PATH}/{path}", **fields)).status == 404, path
    for section in ("stores", "tags", "fields", "replies"):
        page = await eve.words(f"{PATH}/{section}")
        assert not any(word in page for word in ("Xinyi", "vip", "Size", "/hours")), section
