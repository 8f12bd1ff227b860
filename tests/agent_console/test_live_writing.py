"""How events reach a stream's reader: at once where nothing is in their way, in order whatever is."""

from __future__ import annotations

import asyncio

from runtime.ids import uuid7
from runtime.live import Change, publish
from tests.agent_console.streams import LIMIT_S, follow


async def say(site, *changes):
    async with site.db.transaction() as tx:
        await publish(tx, [Change(site.house, *one) for one in changes], site.clock.now())
    site.live.committed()


async def head_of(reader):
    async with asyncio.timeout(LIMIT_S):
        return (await reader.readuntil(b"\r\n\r\n")).decode().lower()


async def opened(site, browser, version):
    """Follow with nothing but a socket."""
    cookies = browser.client.session.cookie_jar.filter_cookies(site.server.make_url("/console"))
    said = "; ".join(f"{name}={one.value}" for name, one in cookies.items())
    reader, writer = await asyncio.open_connection(site.server.host, site.server.port)
    writer.write(f"GET /console/live HTTP/{version}\r\nHost: x\r\nCookie: {said}\r\n\r\n".encode())
    return reader, writer


async def test_a_reader_who_takes_nothing_for_a_while_gets_everything_in_order_later(site, sue):
    """Some megabytes lie before it; what comes then must wait its turn."""
    stream, subjects, letters = await follow(sue), [uuid7() for _ in range(1020)], "x" * 10_000
    await say(site, *(("message", one, {"text": letters}) for one in subjects[:1000]))
    async with site.live.follow() as nosy:
        for one in subjects[1000:]:
            await say(site, ("message", one))
        seen = 0
        async with asyncio.timeout(LIMIT_S):
            while seen < 20:
                seen += len(await nosy.take())
    got = [(await stream.event())[1]["subject"] for _ in subjects]
    assert got == [str(one) for one in subjects]


async def test_what_concerns_one_member_reaches_that_member_among_what_reaches_everybody(
    site, sue, ken
):
    streams, chat = [await follow(sue), await follow(ken)], uuid7()
    for _ in range(2):  # the second time, the streams have nothing else to do
        changes = [("read", chat, {"member": str(site.ken)}), ("message", chat)]
        await say(site, *changes)
        assert (await streams[0].event())[1]["kind"] == "message"
        assert [(await streams[1].event())[1]["kind"] for _ in range(2)] == ["read", "message"]


async def test_a_reader_that_knows_no_chunks_gets_none(site, sue):
    reader, writer = await opened(site, sue, "1.0")
    assert "chunked" not in await head_of(reader)
    async with asyncio.timeout(LIMIT_S):
        assert b"hello" in await reader.readuntil(b"\n\n")
        for _ in range(2):
            await say(site, ("message", uuid7()))
            assert (await reader.readuntil(b"\n\n")).startswith(b"id: ")
    writer.close()


async def test_a_reader_that_knows_chunks_gets_whole_ones(site, sue):
    reader, writer = await opened(site, sue, "1.1")
    assert "chunked" in await head_of(reader)
    for expected in (b"event: hello", b"event: change", b"event: change"):
        async with asyncio.timeout(LIMIT_S):
            size = int(await reader.readline(), 16)
            assert expected in await reader.readexactly(size)
            assert await reader.readline() == b"\r\n"
        await say(site, ("message", uuid7()))
    writer.close()
