"""What customers send is shown or saved, and can never act in the console's name."""

from __future__ import annotations

import pytest

from agent_console.media import headers, locate
from conversations.views import MediaFile
from runtime.errors import NotFound
from runtime.ids import uuid7
from tests.agent_console.chats import attach, say


async def stored(site, content_type, name, body=b"bytes"):
    chat = await site.chat()
    message = await say(chat, "", kind="file")
    folder = site.folder / "media"
    folder.mkdir(exist_ok=True)
    (folder / "abc123").write_bytes(body)
    facts = {"content_type": content_type, "name": name, "storage_key": "abc123"}
    return await attach(chat, message, "file", **facts)


async def test_a_picture_is_shown(site, sue):
    key = await stored(site, "image/png", "cat.png", b"\x89PNG")
    answer = await sue.get(f"/console/media/{key}")
    assert await answer.read() == b"\x89PNG"
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf", "text/xml", ""])
async def test_whatever_could_be_active_is_only_saved(site, sue, kind):
    key = await stored(site, kind, "page.html", b"<script>alert(1)</script>")
    answer = await sue.get(f"/console/media/{key}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_another_workspaces_file_does_not_exist(site, sue):
    key = await stored(site, "image/png", "cat.png")
    await site.member("Spy", "admin", site.rival)
    spy = await site.browser("spy@rival.example")
    assert (await spy.get(f"/console/media/{key}")).status == 404
    assert (await sue.get(f"/console/media/{uuid7()}")).status == 404


def test_a_file_name_cannot_end_the_header():
    made = headers(MediaFile("k", "image/png", 'a"\r\nSet-Cookie: b=c; 貓.png', 3))
    for value in made.values():
        assert "\r" not in value
        assert "\n" not in value
    assert made["Content-Disposition"].count('"') == 2
    assert "%E8%B2%93.png" in made["Content-Disposition"]


@pytest.mark.parametrize("key", ["../secret.key", "/etc/passwd", "a/../../b", "", "a\x00b", ".."])
def test_a_storage_key_cannot_leave_the_folder(tmp_path, key):
    (tmp_path / "secret.key").write_text("secret")
    (tmp_path / "media").mkdir()
    with pytest.raises(NotFound):
        locate(tmp_path / "media", key)


async def test_a_film_can_be_wound_forward(site, sue):
    """A player asks for the stretch it plays; without an answer to that Safari plays nothing at all."""
    key = await stored(site, "video/mp4", "film.mp4", b"0123456789")
    part = await sue.get(f"/console/media/{key}", Range="bytes=4-6")
    assert (part.status, await part.read()) == (206, b"456")
    assert part.headers["Content-Range"] == "bytes 4-6/10"
    assert part.headers["Content-Type"] == "video/mp4"
    assert part.headers["Content-Security-Policy"].startswith("sandbox")
    last = await sue.get(f"/console/media/{key}", Range="bytes=-2")
    assert (last.status, await last.read()) == (206, b"89")
    beyond = await sue.get(f"/console/media/{key}", Range="bytes=50-")
    assert beyond.status == 416
    whole = await sue.get(f"/console/media/{key}")
    assert whole.headers["Accept-Ranges"] == "bytes"


async def test_an_active_file_is_saved_also_by_the_piece(site, sue):
    key = await stored(site, "text/html", "page.html", b"<script>alert(1)</script>")
    part = await sue.get(f"/console/media/{key}", Range="bytes=0-7")
    assert part.headers["Content-Disposition"].startswith("attachment")
    assert part.headers["Content-Type"] == "application/octet-stream"


async def test_the_console_plays_media_from_here_alone(sue):
    policy = (await sue.get("/console/inbox")).headers["Content-Security-Policy"]
    assert "media-src 'self';" in policy
