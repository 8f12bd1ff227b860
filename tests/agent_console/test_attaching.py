"""Attaching files: what is taken, what is refused and in which words, and whose file it is."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from PIL import Image

from conversations.uploads import photos, prepare, rows
from gateway.old_uploads import UploadSweeper
from runtime.media import MediaStore
from tests.agent_console import files
from tests.agent_console.site import FROM_US

HX = FROM_US | {"HX-Request": "true"}


async def put(browser, chat, content, name="a.jpg", **headers):
    """Send a file as the composer does."""
    told = HX | {"X-File-Name": quote(name, safe=""), "Content-Type": "application/octet-stream"}
    path = f"/console/inbox/{chat.id}/uploads"
    return await browser.client.post(path, data=content, headers=told | headers)


async def attach(browser, chat, content, name="a.jpg"):
    """Attach a file and return its id."""
    answer = await put(browser, chat, content, name)
    text = await answer.text()
    assert answer.status == 200, text
    return re.findall(r'name="upload" value="([^"]+)"', text)[-1]


async def send(browser, chat, uploads, text="", form="form-0001"):
    fields = [("form_id", form), ("text", text), *(("upload", one) for one in uploads)]
    path = f"/console/inbox/{chat.id}/reply"
    return await browser.client.post(path, data=fields, headers=HX)


async def outgoing(site, chat):
    return await site.db.screens.fetch(
        "SELECT id, kind, text, content, state FROM message WHERE conversation_id = $1 AND direction = 'out'"
        " ORDER BY seq",
        chat.id,
    )


async def test_files_and_words_are_messages_of_their_own_with_their_own_state(site, sue):
    chat = await site.chat("Mei Lin")
    first = await attach(sue, chat, files.picture())
    second = await attach(sue, chat, files.film(), "clip.mp4")
    third = await attach(sue, chat, files.PDF, "菜單 menu.pdf")
    answer = await send(sue, chat, [first, second, third], "Have a look")
    assert answer.status == 200
    assert 'name="upload"' not in await answer.text(), "the tray is empty again"
    sent = await outgoing(site, chat)
    assert [row["kind"] for row in sent] == ["image", "video", "file", "text"]
    assert {row["state"] for row in sent} == {"queued"}
    parts = await site.db.screens.fetchval("SELECT count(*) FROM delivery")
    assert parts == 4
    assert sent[1]["content"]["preview_url"].endswith("/small/picture.jpg")
    assert sent[2]["content"]["name"] == "菜單 menu.pdf"


async def test_the_same_form_sent_twice_sends_its_files_once(site, sue):
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, files.picture())
    assert (await send(sue, chat, [one])).status == 200
    assert (await send(sue, chat, [one])).status == 200
    assert len(await outgoing(site, chat)) == 1
    again = await send(sue, chat, [one], form="form-0002")
    assert again.status == 422
    assert "no longer there" in await again.text()


async def test_what_waits_lives_on_the_server_and_for_its_member_only(site, sue):
    chat, other = await site.chat("Mei Lin"), await site.chat("Tom Baker")
    await site.member("Ken", "supervisor")
    one = await attach(sue, chat, files.picture(), "latte.jpg")
    assert "latte.jpg" in await sue.text(f"/console/inbox/{chat.id}")
    assert "latte.jpg" not in await sue.text(f"/console/inbox/{other.id}")
    ken = await site.browser("ken@tea.example")
    assert "latte.jpg" not in await ken.text(f"/console/inbox/{chat.id}")
    assert (await ken.get(f"/console/uploads/{one}")).status == 404
    assert (await ken.act(f"/console/inbox/{chat.id}/uploads/{one}/remove")).status == 404
    assert (await send(ken, chat, [one])).status == 422
    assert (await send(sue, other, [one])).status == 422, "attached in another conversation"


async def test_another_workspace_neither_sees_nor_sends_nor_removes_a_file(site, sue):
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, files.picture())
    rival_line = await site.account(workspace=site.rival, name="rival")
    theirs = await site.chat("Rita", account=rival_line)
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    assert (await put(eve, chat, files.picture())).status == 404
    assert (await eve.get(f"/console/uploads/{one}")).status == 404
    assert (await eve.get(f"/console/uploads/{one}/small")).status == 404
    assert (await eve.act(f"/console/inbox/{theirs.id}/uploads/{one}/remove")).status == 404
    assert (await send(eve, theirs, [one])).status == 422
    assert await outgoing(site, theirs) == []


@pytest.mark.parametrize("role", ["marketer", "seller", "verifier"])
async def test_who_may_not_answer_may_not_attach(site, role):
    chat = await site.chat("Mei Lin")
    await site.member("Max", role)
    browser = await site.browser("max@tea.example")
    allowed = role == "seller"
    assert ((await put(browser, chat, files.picture())).status == 200) is allowed


async def test_another_site_cannot_attach_in_a_members_name(site, sue):
    chat = await site.chat("Mei Lin")
    answer = await put(sue, chat, files.picture(), **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


async def test_a_file_can_be_taken_out_again_and_is_deleted_by_the_timer(site, sue):
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, files.picture())
    kept = await attach(sue, chat, files.picture())
    answer = await sue.act(f"/console/inbox/{chat.id}/uploads/{one}/remove")
    assert one not in await answer.text()
    assert (await send(sue, chat, [one])).status == 422
    assert (await send(sue, chat, [kept])).status == 200
    store = MediaStore(site.folder)
    stored = {path for path in store.folder.rglob("*") if path.is_file()}
    assert len(stored) == 4, "two pictures and their small ones"
    sweeper = UploadSweeper(site.db, store, site.clock, site.supervisor)
    await sweeper.sweep()
    assert {path for path in store.folder.rglob("*") if path.is_file()} == stored
    site.clock.advance(timedelta(hours=72))
    await sweeper.sweep()
    left = await site.db.screens.fetch("SELECT id FROM upload")
    assert [str(row["id"]) for row in left] == [kept]
    assert len([path for path in store.folder.rglob("*") if path.is_file()]) == 2


async def test_a_stop_between_the_row_and_its_bytes_leaves_nothing_behind(site, sue):
    chat = await site.chat("Mei Lin")
    await attach(sue, chat, files.picture())
    await site.db.screens.execute("UPDATE upload SET state = 'storing'")
    store = MediaStore(site.folder)
    assert 'name="upload"' not in await sue.text(f"/console/inbox/{chat.id}")
    site.clock.advance(rows.KEEP_WAITING + timedelta(minutes=1))
    await UploadSweeper(site.db, store, site.clock, site.supervisor).sweep()
    assert await site.db.screens.fetchval("SELECT count(*) FROM upload") == 0
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


async def test_a_member_attaches_only_so_much_an_hour(site, sue, monkeypatch):
    chat = await site.chat("Mei Lin")
    monkeypatch.setattr(rows, "MOST_FILES", 2)
    await attach(sue, chat, files.picture())
    await attach(sue, chat, files.picture())
    answer = await put(sue, chat, files.picture())
    assert answer.status == 409
    assert "great many files" in await answer.text()
    site.clock.advance(timedelta(hours=2))
    await attach(sue, chat, files.picture())


async def test_at_most_ten_go_at_once(site, sue):
    chat = await site.chat("Mei Lin")
    eleven = [await attach(sue, chat, files.PDF, "a.pdf") for _ in range(11)]
    answer = await send(sue, chat, eleven)
    assert answer.status == 422
    assert "At most 10 files" in await answer.text()


async def test_a_photo_loses_its_place_camera_and_hidden_words_and_stands_upright(site, sue):
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, files.photo_with_place() + b"<script>alert(1)</script>")
    content = await (await sue.get(f"/console/uploads/{one}")).read()
    shown = Image.open(io.BytesIO(content))
    assert shown.size == (48, 64), "turned as the camera was held"
    assert dict(shown.getexif()) == {}
    for secret in (b"Secret Camera", b"hidden words", b"<script>", b"Exif"):
        assert secret not in content


async def test_a_film_keeps_its_length_and_loses_its_place(site, sue):
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, files.film(seconds=7), "clip.mp4")
    content = await (await sue.get(f"/console/uploads/{one}")).read()
    assert b"+25.0330" not in content
    assert len(content) == len(files.film())
    length = await site.db.screens.fetchval("SELECT duration_ms FROM upload")
    assert length == 7000


@pytest.mark.parametrize(
    ("content", "name"),
    [(files.recording(), "a.m4a"), (files.mp3(3), "a.mp3")],
)
async def test_a_recording_tells_line_how_long_it_plays(site, sue, content, name):
    chat = await site.chat("Mei Lin")
    await send(sue, chat, [await attach(sue, chat, content, name)])
    [row] = await outgoing(site, chat)
    assert row["kind"] == "audio"
    assert abs(row["content"]["duration_ms"] - 3000) < 30


HOSTILE = {
    "../../../etc/passwd.jpg": "passwd.jpg",
    "C:\\Users\\sue\\cat.jpg": "cat.jpg",
    "invoice\u202egpj.exe.jpg": "invoicegpj.exe.jpg",
    "a\x00b\r\nSet-Cookie: x=1.jpg": "abSet-Cookie_ x=1.jpg",
    '"><img src=x onerror=alert(1)>.jpg': "___img src=x onerror=alert(1)_.jpg",
    "\u200b\ufeff.jpg": "jpg.jpg",
    "": "file.jpg",
    "...": "file.jpg",
    "con.jpg": "_con.jpg",
    "page.html": "page.html.jpg",
    "x" * 300 + ".jpg": "x" * 96 + ".jpg",
    "photo.png": "photo.jpg",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_becomes_a_plain_one(site, sue, name):
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, files.picture(), name)
    assert await site.db.screens.fetchval("SELECT name FROM upload") == HOSTILE[name]
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "<img src=x" not in page
    answer = await sue.get(f"/console/uploads/{one}")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


REFUSED = {
    "program": (b"MZ" + bytes(100), "photo.jpg", "Programs cannot be sent"),
    "script": (b"#!/bin/sh\nrm -rf /", "notes.txt", "Programs cannot be sent"),
    "ending that runs": (b"hello", "notes.txt.bat", "Programs cannot be sent"),
    "macros": (
        files.archive("[Content_Types].xml", "word/vbaProject.bin"),
        "a.docx",
        "Programs cannot be sent",
    ),
    "nothing": (b"", "a.jpg", "is empty"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + bytes(100), "a.jpg", "HEIC"),
    "half a picture": (files.picture()[:200], "a.jpg", "is damaged"),
    "only the first bytes of one": (b"\xff\xd8\xff" + files.HTML, "a.jpg", "is damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_nobody_may_send_is_refused_in_words(site, sue, case):
    content, name, words = REFUSED[case]
    chat = await site.chat("Mei Lin")
    answer = await put(sue, chat, content, name)
    assert answer.status == 422
    assert words in await answer.text()
    assert 'name="upload"' not in await sue.text(f"/console/inbox/{chat.id}")


async def test_a_picture_of_too_many_pixels_is_refused_before_one_is_drawn(site, sue, monkeypatch):
    monkeypatch.setattr(photos, "MOST_PIXELS", 1000)
    chat = await site.chat("Mei Lin")
    answer = await put(sue, chat, files.picture(size=(100, 100)))
    assert answer.status == 422
    assert "50 megapixels" in await answer.text()


async def test_a_moving_picture_of_too_many_frames_is_refused(site, sue, monkeypatch):
    monkeypatch.setattr(photos, "MOST_FRAMES", 2)
    chat = await site.chat("Mei Lin")
    assert (await put(sue, chat, files.moving(3), "a.gif")).status == 422


async def test_a_bomb_that_lies_about_its_size_is_refused(site, sue):
    png = bytearray(files.picture("PNG"))
    png[16:24] = (60_000).to_bytes(4) + (60_000).to_bytes(4)
    chat = await site.chat("Mei Lin")
    assert (await put(sue, chat, bytes(png), "a.png")).status == 422


async def test_more_than_the_server_keeps_is_refused_said_or_unsaid(site, sue, monkeypatch):
    from conversations.uploads import receive  # noqa: PLC0415 (patched below)

    monkeypatch.setattr(receive, "MOST_BYTES", 1000)
    chat = await site.chat("Mei Lin")
    for body in (bytes(2000), slowly(b"%PDF-" + bytes(500), 4)):
        answer = await put(sue, chat, body, "a.pdf")
        assert answer.status == 422
        assert "can be attached" in await answer.text()
    assert [path for path in MediaStore(site.folder).folder.rglob("*") if path.is_file()] == []


async def slowly(chunk, times):
    """A body that does not say how long it is."""
    for _ in range(times):
        yield chunk


async def test_the_words_come_in_the_members_language(site, sue):
    chat = await site.chat("Mei Lin")
    await sue.post("/console/language", language="zh-Hant")
    answer = await put(sue, chat, b"MZ" + bytes(100), "a.exe")
    assert await answer.text() == "無法傳送程式檔；請改傳文件或連結。"


async def test_a_sent_file_is_open_to_who_knows_its_address_and_no_earlier(site, sue):
    chat = await site.chat("Mei Lin")
    stranger = await site.browser()
    one = await attach(sue, chat, files.picture(), "latte.jpg")
    token = await site.db.screens.fetchval("SELECT token FROM upload")
    path = f"/media/sent/{token}/latte.jpg"
    assert (await stranger.get(path)).status == 404
    await send(sue, chat, [one])
    answer = await stranger.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline;")
    small = await stranger.get(f"/media/sent/{token}/small/picture.jpg")
    assert small.headers["Content-Type"] == "image/jpeg"
    assert (await stranger.get(f"/media/sent/{token[:-1]}x/latte.jpg")).status == 404


SAVED = {
    "svg": ("drawing.svg", files.SVG, "application/octet-stream"),
    "html": ("page.html", files.HTML, "application/octet-stream"),
    "html called pdf": ("menu.pdf", files.HTML, "application/octet-stream"),
    "pdf": ("menu.pdf", files.PDF + files.HTML, "application/pdf"),
    "text": ("notes.txt", b"hello", "text/plain; charset=utf-8"),
    "zip": ("a.zip", files.archive("a.html"), "application/zip"),
    "unknown": ("a.bin", bytes(range(256)), "application/octet-stream"),
}


@pytest.mark.parametrize("case", SAVED)
async def test_what_could_act_in_a_browser_is_only_ever_saved(site, sue, case):
    name, content, kind = SAVED[case]
    chat = await site.chat("Mei Lin")
    one = await attach(sue, chat, content, name)
    await send(sue, chat, [one])
    [row] = await outgoing(site, chat)
    path = row["content"]["url"].removeprefix("http://localhost:8080")
    for address in (path, f"/console/uploads/{one}"):
        answer = await sue.get(address)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert (await sue.get(path)).headers["Content-Type"] == kind
    if case == "html called pdf":
        assert row["content"]["name"] == "menu.pdf.html"


async def test_a_large_picture_is_made_to_fit_the_channel(site, sue, monkeypatch):
    monkeypatch.setattr(prepare, "MOST_BYTES", 20_000)
    noise = Image.effect_noise((500, 400), 80).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    chat = await site.chat("Mei Lin")
    await attach(sue, chat, out.getvalue(), "noise.png")
    row = await site.db.screens.fetchrow("SELECT name, size FROM upload")
    assert row["size"] <= 20_000
    assert row["name"] == "noise.jpg"
