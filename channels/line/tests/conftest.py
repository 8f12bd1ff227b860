"""The small LINE, and a client connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest

from channels.line.client import LineClient
from channels.line.tests import samples
from channels.line.tests.server import Line, serving


@pytest.fixture
async def line():
    return Line()


@pytest.fixture
async def client(line) -> AsyncIterator[LineClient]:
    async with serving(line.handle) as base, aiohttp.ClientSession() as http:
        yield LineClient(msgspec.structs.replace(samples.ACCOUNT, api_base=f"{base}/line/"), http)
