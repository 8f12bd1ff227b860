"""How events reach a stream's reader: at once where nothing is in their way, in order whatever is."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack

from agent_console.live import AT_ONCE
from runtime.ids import uuid7
from runtime.live import Change, Event, publish
from runtime.subscription import Batch
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


async def test_a_reader_who_takes_nothing_costs_no_more_memory_than_what_may_lie_before_it(
    site, sue
):
    await follow(sue)
    [follower] = site.live._followers
    transport = follower.taker.__self__._request.transport
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    letters, place = "x" * (AT_ONCE // 2), follower.cursor
    for number in range(1, 401):
        change = Change(site.house, "message", uuid7(), {"text": letters})
        follower.push(Batch([Event((place[0], place[1] + number), change)]))
    assert transport.get_write_buffer_size() < AT_ONCE
    assert follower._batches


async def test_nothing_is_told_while_it_is_asked_whether_the_session_still_stands(site, sue):
    stream = await follow(sue)
    [follower] = site.live._followers
    place, first, second = follower.cursor, uuid7(), uuid7()

    def push(number, *changes):
        follower.push(Batch([Event((place[0], place[1] + number), change) for change in changes]))

    async with AsyncExitStack() as stack:
        for _ in range(site.db.screens.get_max_size()):
            await stack.enter_async_context(site.db.screens.acquire())
        mine = Change(site.house, "member", site.sue)
        push(1, mine, Change(site.house, "message", first))
        assert (await stream.event())[1]["subject"] == str(first)
        push(2, Change(site.house, "message", second))
        assert len(follower._batches) == 1
    assert (await stream.event())[1]["subject"] == str(second)


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
