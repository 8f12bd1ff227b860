"""Reading event streams in tests."""

from __future__ import annotations

import asyncio
import json

LIMIT_S = 60


class Reader:
    """Reads one event stream."""

    def __init__(self, response):
        self.response = response
        self.last = ""

    async def event(self, *, beside=("beat", "hello")):
        """Return the next event's name and data."""
        while True:
            async with asyncio.timeout(LIMIT_S):
                lines = (await self.response.content.readuntil(b"\n\n")).decode().splitlines()
            facts = dict(line.split(": ", 1) for line in lines if line)
            self.last = facts.get("id", self.last)
            if facts["event"] not in beside:
                return facts["event"], json.loads(facts["data"])


async def follow(browser, after="", **headers):
    """Open a member's stream and return its reader, once it has begun."""
    response = await browser.client.get(f"/console/live?after={after}", headers=headers)
    assert response.status == 200
    reader = Reader(response)
    assert (await reader.event(beside=()))[0] in {"hello", "reset"}
    return reader
