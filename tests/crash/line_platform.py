"""A LINE platform that outlives the server: it remembers what it accepted, and may hold calls back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

from aiohttp import web


class LinePlatform:
    """Accepts replies once a token and pushes once a retry key, as LINE does."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.tokens: set[str] = set()
        self.keys: dict[str, str] = {}
        self.in_flight = 0
        self.holding = asyncio.Event()
        self.moved = asyncio.Event()  # something was accepted here or acknowledged to a customer
        self.release = asyncio.Event()
        self.release.set()
        self._number = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the platform's endpoints."""
        return [
            web.post("/v2/bot/message/reply", self.reply),
            web.post("/v2/bot/message/push", self.push),
            web.get("/v2/bot/profile/{user}", self.profile),
        ]

    async def reply(self, request: web.Request) -> web.Response:
        """Take a reply; a token works once."""
        body = await request.json()
        token = body["replyToken"]
        if token in self.tokens:
            return web.json_response({"message": "Invalid reply token"}, status=400)
        self.tokens.add(token)
        return await self._take(body)

    async def push(self, request: web.Request) -> web.Response:
        """Take a push; a repeated retry key is answered with what it did."""
        key = request.headers["X-Line-Retry-Key"]
        if key in self.keys:
            headers = {"x-line-accepted-request-id": "earlier"}
            sent = {
                "message": "The retry key is already accepted",
                "sentMessages": [{"id": self.keys[key]}],
            }
            return web.json_response(sent, status=409, headers=headers)
        answer = await self._take(await request.json())
        self.keys[key] = json.loads(answer.text or "{}")["sentMessages"][0]["id"]
        return answer

    async def profile(self, _: web.Request) -> web.Response:
        """Know nobody."""
        return web.json_response({"message": "Not found"}, status=404)

    async def _take(self, body: dict[str, object]) -> web.Response:
        """Accept first, then perhaps hold the answer back until told otherwise."""
        messages = body["messages"]
        assert isinstance(messages, list)
        for message in messages:
            self.accepted[json.dumps(message, sort_keys=True)] += 1
        self.in_flight += 1
        self.holding.set()
        self.moved.set()
        try:
            await self.release.wait()
        finally:
            self.in_flight -= 1
        self._number += len(messages)
        sent = [{"id": str(self._number - n)} for n in range(len(messages))]
        return web.json_response({"sentMessages": sent})
