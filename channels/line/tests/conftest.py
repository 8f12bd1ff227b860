"""The small LINE, and a client connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest

from channels.line.client import LineClient
from channels.line.tests import samples
from channels.line.tests.server import Line, serving
from runtime.posts import PostConnector


@pytest.fixture
async def line():
    return Line()


@pytest.fixture(params=[PostConnector, aiohttp.TCPConnector])
async def client(line, request) -> AsyncIterator[LineClient]:
    """A client over each kind of session: sends take another way on the first."""
    session = aiohttp.ClientSession(connector=request.param())
    async with serving(line.handle) as base, session as http:
        yield LineClient(msgspec.structs.replace(samples.ACCOUNT, api_base=f"{base}/line/"), http)
