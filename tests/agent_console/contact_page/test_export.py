"""Taking out a customer's data: what the file holds, for whom, and that nothing in it acts."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile

import pytest
from asyncpg import UndefinedTableError

from conversations.export import Section
from coupons import takeout
from coupons.requests import ClaimRequest
from coupons.takeout import Wanted, take_out
from runtime.media import MediaStore
from tests.agent_console.chats import attach, say

ACTIVE = '<script>alert(1)</script>"'


async def taken_out(browser, chat):
    response = await browser.post(f"/console/contacts/{chat.contact}/export")
    assert response.status == 200
    assert response.headers["Content-Disposition"].startswith('attachment; filename="contact-')
    return zipfile.ZipFile(io.BytesIO(await response.read()))


def table(archive, name):
    rows = json.loads(archive.read(f"{name}.json"))
    cells = list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"))))
    assert len(rows) == len(cells)
    return rows


def stored(site, content):
    store = MediaStore(site.folder)
    file = store.begin()
    file.write(content)
    return store.keep(file)


async def test_it_holds_everything_and_nothing_that_was_taken_back(site, ann):
    chat = await site.chat("Mei Lin", said="hello")
    await say(chat, "be careful", direction="own", author="member", kind="note", content={})
    await say(
        chat, "", direction="own", author="system", kind="activity", content={"act": "closed"}
    )
    gone = await say(chat, "regretted")
    await site.db.screens.execute("UPDATE message SET unsent_at = now() WHERE id = $1", gone)
    picture = await say(chat, "", kind="image")
    await attach(
        chat,
        picture,
        "image",
        name="tea.png",
        content_type="image/png",
        storage_key=stored(site, b"pixels"),
    )
    other = await site.chat("Tom", said="not hers")
    coupon = await site.coupon("Latte 50")
    await site.claims.claim(
        ClaimRequest(
            workspace_id=site.house, coupon_id=coupon, contact_id=chat.contact, source="t", key="1",
            arrived_at=site.clock.now(), conversation_id=chat.id,
        )
    )  # fmt: skip
    archive = await taken_out(ann, chat)
    assert [row["name"] for row in table(archive, "profile")] == ["Mei Lin"]
    assert [row["external_id"] for row in table(archive, "addresses")] == [chat.address]
    assert {row["text"] for row in table(archive, "messages")} == {"hello", ""}
    assert [row["text"] for row in table(archive, "notes")] == ["be careful"]
    assert [row["content"] for row in table(archive, "trail")] == [{"act": "closed"}]
    assert [row["coupon"] for row in table(archive, "claims")] == ["Latte 50"]
    assert [row["name"] for row in table(archive, "files")] == ["tea.png"]
    assert archive.read("media/00001-tea.png") == b"pixels"
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"regretted" not in everything
    assert b"not hers" not in everything
    assert str(other.contact).encode() not in everything
    audit = await site.db.screens.fetch(
        "SELECT action, member_id FROM audit_entry WHERE subject = $1", str(chat.contact)
    )
    assert [tuple(row) for row in audit] == [("contact.exported", site.ann)]


async def test_nothing_in_it_acts(site, ann):
    chat = await site.chat(f"=cmd()|{ACTIVE}", said="=1+1")
    message = await say(chat, "@SUM(A1)")
    names = ("../../etc/passwd", "a\\..\\b.html", "=evil.svg", "", "." * 300)
    for name in names:
        key = stored(site, b"<script>")
        await attach(
            chat, message, "file", name=name[:255], content_type="text/html", storage_key=key
        )
    await attach(chat, message, "file", name="far", storage_key="../../secret")
    archive = await taken_out(ann, chat)
    page = archive.read("index.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    cells = list(csv.reader(io.StringIO(archive.read("messages.csv").decode("utf-8-sig"))))
    assert not [cell for row in cells for cell in row if cell.startswith(("=", "@", "+"))]
    media = [name for name in archive.namelist() if name.startswith("media/")]
    assert len(media) == len(names)
    for name in media:
        assert name.endswith(".download")
        assert ".." not in name
        assert name.count("/") == 1
        assert len(name) < 120


async def test_only_admins_take_out_their_own_customers(site, ann):
    chat = await site.chat("Mei")
    theirs = await site.chat("Stranger", account=await site.account("line", "r", site.rival))
    await site.member("Ken", "supervisor")
    ken = await site.browser("ken@tea.example")
    path = f"/console/contacts/{chat.contact}"
    for deed in ("export", "erase"):
        assert (await ken.get(f"{path}/{deed}")).status == 403
        assert (await ken.post(f"{path}/{deed}", name="Mei")).status == 403
        assert (await ann.get(f"/console/contacts/{theirs.contact}/{deed}")).status == 404
        answer = await ann.post(f"/console/contacts/{theirs.contact}/{deed}", name="Stranger")
        assert answer.status == 404
        assert f"/{deed}" not in await ken.text(path)
    assert "Backups" in await ann.words(f"{path}/export")
    assert await site.db.screens.fetchval("SELECT count(*) FROM contact WHERE name <> ''") == 2


async def test_erasing_needs_the_name_typed_and_then_the_page_shows_nobody(site, ann):
    chat = await site.chat("Mei  Lin", said="hello")
    path = f"/console/contacts/{chat.contact}"
    assert "backups made until now" in await ann.words(f"{path}/erase")
    wrong = await ann.post(f"{path}/erase", name="mei lin")
    assert wrong.status == 422
    assert "nothing was erased" in await wrong.text()
    assert (await ann.post(f"{path}/erase", name=" Mei Lin ")).status == 303
    page = await ann.words(path)
    assert "Erased customer" in page
    assert "hello" not in page
    assert "Mei" not in await ann.words("/console/inbox")
    assert "Mei" not in await ann.words("/console/contacts")
    assert "This customer's data was erased" in (
        await ann.text(f"/console/inbox/{chat.id}")
    ).replace("&#39;", "'")
    assert await site.db.screens.fetchval("SELECT count(*) FROM erase_job") == 1
    assert (await ann.post(f"{path}/erase", name="x")).status == 303
    assert (await ann.post(f"{path}/block")).status == 404


async def test_an_export_that_fails_midway_tells_why_and_leaves_no_file(site, ann, tmp_path):
    chat = await site.chat("Mei Lin")
    who, path = Wanted(workspace_id=site.house, contact_id=chat.contact), tmp_path / "out.zip"
    run = site.db.screens.execute
    await run("ALTER TABLE redemption RENAME TO redemption_away")
    try:
        with pytest.raises(UndefinedTableError):
            await take_out(site.db, who, tmp_path, path, site.clock.now())
    finally:
        await run("ALTER TABLE redemption_away RENAME TO redemption")
    assert not path.exists()
    await take_out(site.db, who, tmp_path, path, site.clock.now())
    assert path.exists()


async def test_exports_ordered_at_once_are_written_one_after_the_other(
    site, ann, tmp_path, monkeypatch
):
    alone = Section("alone", "SELECT pg_try_advisory_xact_lock(77), $1::uuid AS of, $2::uuid AS at")
    monkeypatch.setattr(takeout, "SECTIONS", (alone, *takeout.SECTIONS))
    chat = await site.chat("Mei Lin")
    who = Wanted(workspace_id=site.house, contact_id=chat.contact)
    paths = [tmp_path / f"{n}.zip" for n in range(4)]
    await asyncio.gather(
        *(take_out(site.db, who, tmp_path, path, site.clock.now()) for path in paths)
    )
    for path in paths:
        [row] = json.loads(zipfile.ZipFile(path).read("alone.json"))
        assert row["pg_try_advisory_xact_lock"], "no other export had a transaction open"
