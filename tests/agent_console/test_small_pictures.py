"""Large pictures are shown small in a thread, and whole when they are opened."""

from __future__ import annotations

import asyncio
import io
import re
import struct
import zlib

import pytest
from PIL import Image

from agent_console.said.sent import shown
from conversations import content
from conversations.thumbnails import thumbnail
from runtime.media import MediaStore, small_of
from tests.agent_console.chats import attach, say
from tests.agent_console.files import moving, picture


async def received(site, content, content_type="image/jpeg", size=400_000):
    """Keep a picture as a customer's; returns the chat, its attachment and its path."""
    store = MediaStore(site.folder)
    file = store.begin()
    file.write(content)
    key = store.keep(file)
    chat = await site.chat()
    message = await say(chat, "", kind="image")
    facts = {"content_type": content_type, "storage_key": key, "size": size}
    return chat, await attach(chat, message, "image", **facts), store.folder / key


async def small(browser, key):
    answer = await browser.get(f"/console/media/{key}/small")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    return Image.open(io.BytesIO(await answer.read()))


def bomb():
    """A PNG of 40,000 x 40,000 pixels in some bytes."""

    def chunk(kind, body):
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    head = (40_000).to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00"
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_large_picture_is_shown_small_and_opened_whole(site, sue):
    original = picture(size=(2400, 1200))
    chat, key, path = await received(site, original)
    page = await sue.text(f"/console/inbox/{chat.id}")
    link = re.search(
        r'<a class="picture-link"[^>]*href="([^"]*)"[^>]*><img[^>]*src="([^"]*)"', page
    )
    assert link.groups() == (f"/console/media/{key}", f"/console/media/{key}/small")
    assert (await small(sue, key)).size == (640, 320)
    assert await (await sue.get(f"/console/media/{key}")).read() == original
    made = small_of(path).stat().st_mtime_ns
    await small(sue, key)
    assert small_of(path).stat().st_mtime_ns == made


async def test_what_is_turned_or_clear_stays_so(site, sue):
    turned = Image.Exif()
    turned[0x0112] = 6
    _, key, _ = await received(site, picture(size=(1600, 800), exif=turned))
    assert (await small(sue, key)).size == (320, 640)
    clear = io.BytesIO()
    Image.new("RGBA", (900, 900), (0, 0, 0, 0)).save(clear, "PNG")
    _, key, _ = await received(site, clear.getvalue(), "image/png")
    found = await small(sue, key)
    assert (found.mode, found.getpixel((5, 5))[3]) == ("RGBA", 0)


@pytest.mark.parametrize(
    "broken", [b"\xff\xd8\xff no picture", picture(size=(900, 900))[:900], bomb()]
)
async def test_a_broken_picture_and_a_bomb_get_a_drawn_one(site, sue, broken):
    _, key, path = await received(site, broken)
    assert (await small(sue, key)).size == (320, 240)
    assert path.read_bytes() == broken
    # What could not be read this time is tried again.
    assert not small_of(path).exists()
    path.write_bytes(picture(size=(900, 900)))
    assert (await small(sue, key)).size == (640, 640)


def noted(*notes):
    """A photo of 1600 x 800 with these notes of its camera: (tag, type, count, four bytes)."""
    lines = b"".join(struct.pack(">HHI", *note[:3]) + note[3] for note in notes)
    told = struct.pack(">H", len(notes)) + lines + bytes(4)
    return picture(size=(1600, 800), exif=b"Exif\0\0MM\0*" + struct.pack(">I", 8) + told)


@pytest.mark.parametrize(
    "odd",
    [
        (0x0100, 2, 4, b"400\0"),  # the width in letters
        (0x0111, 2, 4, b"abc\0"),
        (0x011A, 2, 3, b"72\0\0"),  # the resolution, too
        (0x014A, 7, 4, b"abcd"),
    ],
)
async def test_a_photo_with_nonsense_among_its_notes_is_shown_upright(site, sue, odd):
    notes = sorted([(0x0112, 3, 1, b"\0\6\0\0"), odd])
    _, key, _ = await received(site, noted(*notes))
    assert (await small(sue, key)).size == (320, 640)


async def test_deep_greys_are_not_all_white(site, sue):
    ramp, deep = (
        Image.linear_gradient("L").convert("I").point(lambda value: value * 257),
        io.BytesIO(),
    )
    ramp.convert("I;16").save(deep, "PNG")
    _, key, _ = await received(site, deep.getvalue(), "image/png")
    darkest, brightest = (await small(sue, key)).convert("L").getextrema()
    assert darkest < 10
    assert brightest > 245
    assert (await small(sue, key)).convert("L").resize((1, 1)).getpixel((0, 0)) in range(110, 146)


async def test_only_pictures_of_the_own_workspace_have_a_small_one(site, sue):
    _, film, path = await received(site, b"film", "video/mp4")
    _, key, _ = await received(site, picture())
    await site.member("Spy", "admin", site.rival)
    spy = await site.browser("spy@rival.example")
    assert (await sue.get(f"/console/media/{film}/small")).status == 404
    assert (await spy.get(f"/console/media/{key}/small")).status == 404
    assert not small_of(path).exists()


async def test_many_who_ask_at_once_get_the_same(site, sue):
    _, key, path = await received(site, picture(size=(1200, 1200)))
    found = await asyncio.gather(*(small(sue, key) for _ in range(6)))
    assert {one.size for one in found} == {(640, 640)}
    assert not list(path.parent.parent.glob(".new-*"))


def test_nothing_is_left_of_a_file_thrown_away_while_its_picture_was_made(tmp_path):
    store = MediaStore(tmp_path)
    file = store.begin()
    file.write(picture())
    key = store.keep(file)
    path = store.folder / key
    thumbnail(store, path)
    store.delete(key)
    assert not list(path.parent.iterdir())
    store.add_small(path, b"too late")
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize(
    ("content_type", "size", "ending"),
    [
        ("image/jpeg", 90_000, ""),
        ("image/jpeg", 110_000, "/small"),
        ("image/gif", 1_500_000, ""),
        ("image/gif", 2_500_000, "/small"),
    ],
)
async def test_small_ones_and_what_moves_a_little_are_shown_as_they_are(
    site, sue, content_type, size, ending
):
    chat, key, _ = await received(site, moving(), content_type, size)
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert f'src="/console/media/{key}{ending}"' in page


@pytest.mark.parametrize(
    ("url", "preview", "small"),
    [
        (
            "https://tea.example/media/sent/t/a.jpg",
            "https://tea.example/media/sent/t/small/a.jpg",
            "/media/sent/t/small/a.jpg",
        ),
        (
            "https://tea.example/media/sent/t/a.gif",
            "https://tea.example/media/sent/t/small/a.gif",
            "/media/sent/t/a.gif",
        ),
        (
            "https://cdn.example/a.jpg",
            "https://elsewhere.example/a.jpg",
            "https://cdn.example/a.jpg",
        ),
        ("https://cdn.example/a.jpg", None, "https://cdn.example/a.jpg"),
    ],
)
def test_of_pictures_we_sent_the_preview_is_shown_where_it_is_ours_and_does_not_move(
    url, preview, small
):
    (part,) = shown(content.Image(url=url, preview_url=preview), "k", "https://tea.example").parts
    assert part.small == small
