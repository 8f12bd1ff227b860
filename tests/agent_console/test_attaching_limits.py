"""What attaching costs the server: files of erased customers, and bytes that nobody announced."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from agent_console.pieces import Pieces
from channels import registry
from conversations.actions.uploads import Owner
from conversations.uploads import photos, receive, rows
from conversations.uploads.receive import Arrival
from runtime.errors import NotFound, Refused
from runtime.media import MediaStore
from tests.agent_console import files
from tests.agent_console.site import FROM_US

SIZES = "SELECT state, size FROM upload ORDER BY id"


@pytest.fixture
async def arrival(site):
    """Return a function that makes a file of Sue's arrive."""
    sue = await site.member("Sue", "service_agent")
    chat = await site.chat("Mei Lin")
    owner = Owner(site.house, chat.id, sue.id)

    async def arrive(body, size=0):
        told = Arrival(
            owner=owner, name="a", size=size, channel=registry.load()["line"],
            public_url="https://tea.example",
        )  # fmt: skip
        return await receive.receive(site.db, MediaStore(site.folder), told, body, site.clock.now())

    return arrive


async def body(*chunks):
    for chunk in chunks:
        yield chunk


def kept(site):
    return [path for path in MediaStore(site.folder).folder.rglob("*") if path.is_file()]


async def sizes(site):
    return [tuple(row) for row in await site.db.screens.fetch(SIZES)]


@pytest.mark.parametrize("content", [files.picture(), files.film()])
async def test_a_customer_erased_while_a_file_comes_leaves_no_file_behind(site, arrival, content):
    async def erased_meanwhile():
        yield content
        await site.db.screens.execute("DELETE FROM upload")

    with pytest.raises(NotFound):
        await arrival(erased_meanwhile())
    assert kept(site) == []


async def test_a_file_of_unsaid_size_counts_as_the_largest_until_it_is_there(
    site, arrival, monkeypatch
):
    monkeypatch.setattr(rows, "MOST_BYTES", receive.MOST_BYTES + 1000)

    async def told_meanwhile():
        assert await sizes(site) == [("storing", receive.MOST_BYTES)]
        with pytest.raises(Refused):
            await arrival(body(files.PDF))
        yield files.PDF

    await arrival(told_meanwhile())
    assert await sizes(site) == [("ready", len(files.PDF))]
    await arrival(body(files.PDF))


async def test_a_refused_file_counts_with_the_bytes_that_came(site, arrival):
    for _ in range(2):
        with pytest.raises(receive.ContentRefused):
            await arrival(body(b"MZ", bytes(98)))
    assert await sizes(site) == [("removed", 100)] * 2


async def test_packed_bytes_count_as_the_largest(site, monkeypatch):
    """A kilobyte may unpack to fifty megabytes."""
    monkeypatch.setattr(rows, "MOST_BYTES", receive.MOST_BYTES - 1)
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    chat = await site.chat("Mei Lin")
    path, headers = f"/console/inbox/{chat.id}/uploads", FROM_US | {"X-File-Name": "a.pdf"}
    packed = headers | {"Content-Encoding": "identity"}
    answers = [await sue.client.post(path, data=files.PDF, headers=h) for h in (packed, headers)]
    assert [answer.status for answer in answers] == [409, 200]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK"])
def test_a_large_photo_is_made_smaller_and_stands_upright(tmp_path, monkeypatch, mode):
    monkeypatch.setattr(photos, "LONGEST_SIDE", 100)
    exif = Image.Exif()
    exif[0x0112] = 6
    kind = "JPEG" if mode in {"RGB", "L", "CMYK"} else "PNG"
    Image.new(mode, (400, 200)).save(tmp_path / "a", kind, exif=exif)
    made = photos.prepare_photo(tmp_path / "a", 1_000_000)
    assert Image.open(io.BytesIO(made.content)).size == (50, 100)
    assert Image.open(io.BytesIO(made.thumbnail)).size == (50, 100)


@pytest.mark.parametrize(
    ("size", "words"),
    [(50_000_000, "50.0 MB"), (1_000_000, "1.0 MB"), (999_400, "999 kB"), (10, "1 kB"), (0, "")],
)
def test_sizes_are_told_as_the_limits_beside_them_are(size, words):
    assert Pieces.size(size) == words


@pytest.mark.parametrize("noted", range(1, 9))
def test_a_picture_is_turned_as_its_camera_was_held(noted):
    """As Pillow's own way would, which fails on other notes."""
    told = Image.Exif()
    told[0x0112] = noted
    source, out = Image.linear_gradient("L").resize((30, 20)).rotate(20), io.BytesIO()
    source.save(out, "PNG", exif=told)
    with Image.open(out) as again:
        assert photos.upright(again).tobytes() == ImageOps.exif_transpose(again).tobytes()
