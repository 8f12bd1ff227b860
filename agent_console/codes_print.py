"""Orders codes for printing: made in the background, given out by nobody but the shop itself."""

from __future__ import annotations

from aiohttp import web

from agent_console import codes_words
from agent_console.access import VIEWER
from agent_console.codes import find_coupon, listing, page_path
from agent_console.forms import fields
from agent_console.render import translate
from coupons.actions.edit import NotAccepted
from coupons.actions.print_codes import MOST, order_codes
from runtime.appkeys import CLOCK, DATABASE, LIVE


async def order(request: web.Request) -> web.StreamResponse:
    """Order as many codes as the form says; the form again when that cannot be."""
    coupon, entered = await find_coupon(request), await fields(request)
    text, viewer = entered.get("count", "").strip(), request[VIEWER]
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST or len(text) > 6:
        return await listing(request, codes_words.HOW_MANY, status=422)
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            batch_id = await order_codes(
                tx, coupon.id, int(text), viewer.id, request.config_dict[CLOCK].now()
            )
    except NotAccepted as refused:
        [why] = refused.problems
        told = translate(request, why.text) % dict(why.values)
        # The page takes it for a sentence still to be filled in.
        return await listing(request, told.replace("%", "%%"), status=422)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{page_path(coupon.id)}#batch-{batch_id}")
