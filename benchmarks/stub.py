"""A platform that takes everything: LINE's endpoints, answered at once from the generator's core."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import cast

from typing_extensions import override

from benchmarks.load import body_length

PROFILE = b'{"displayName":"Mei","userId":"U0","language":"zh-TW"}'

# Called with the body of a send and the instant it came (time.perf_counter).
OnSend = Callable[[bytes, float], None]


class Stub(asyncio.Protocol):
    """One connection of the product to the platform."""

    _numbers = itertools.count(1)

    def __init__(self, on_send: OnSend) -> None:
        self._on_send = on_send
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            whole = end + 4 + body_length(head)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        told = PROFILE
        if head.startswith(b"POST /v2/bot/message/"):
            self._on_send(body, time.perf_counter())
            count = max(1, len(json.loads(body).get("messages", [])))
            sent = [{"id": str(next(self._numbers))} for _ in range(count)]
            told = json.dumps({"sentMessages": sent}).encode()
        if self._transport is not None:
            start = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            )
            self._transport.write(start % len(told) + told)


def ignore(_: bytes, __: float) -> None:
    """Care about no send."""


async def start(on_send: OnSend = ignore) -> tuple[asyncio.Server, int]:
    """Listen on a free port; return the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Stub(on_send), "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])
