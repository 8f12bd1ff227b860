"""One coupon: its figures, its settings in words."""

from __future__ import annotations

from aiohttp import web

from agent_console.claims import find_coupon
from agent_console.render import page
from runtime.appkeys import LIVE
from runtime.live import to_text


async def show(request: web.Request) -> web.StreamResponse:
    """Show the coupon's figures."""
    cursor = to_text(await request.config_dict[LIVE].head())
    coupon = await find_coupon(request)
    return page(request, "coupons/detail.html", coupon=coupon, tab="figures", cursor=cursor)
