"""A body is read whole however it arrives, and never beyond its limit."""

from __future__ import annotations

import pytest
from aiohttp import web

from runtime.bodies import whole
from tests.pieces import posted


async def test_a_body_in_pieces_is_one_body():
    assert await whole(posted(b"on", b"e ", b"body"), 8) == b"one body"


async def test_a_body_over_the_limit_is_refused_in_whichever_piece_that_shows():
    with pytest.raises(web.HTTPRequestEntityTooLarge):
        await whole(posted(b"on", b"e ", b"body"), 7)


async def test_a_body_that_is_cut_off_is_the_senders_fault():
    with pytest.raises(web.HTTPBadRequest):
        await whole(posted(b"on", cut=True), 100)
