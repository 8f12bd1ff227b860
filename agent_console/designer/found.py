"""The coupon an address or a form names, within the viewer's workspace."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from coupons.design_queries import Stored, stored_coupon
from coupons.rules.plan import NewCoupon
from runtime.appkeys import DATABASE
from runtime.errors import NotFound

EMPTY = NewCoupon(name="", purpose="service", per_contact_limit=1)
"""What a new coupon starts from."""


async def find(request: web.Request) -> Stored:
    """Return the coupon in the address; raises NotFound."""
    return await stored_or_raise(request, path_id(request, "coupon"))


async def stored_or_raise(request: web.Request, coupon_id: UUID) -> Stored:
    """Return a coupon of the viewer's workspace; raises NotFound."""
    database = request.config_dict[DATABASE]
    stored = await stored_coupon(database.screens, request[VIEWER].workspace_id, coupon_id)
    if stored is None:
        raise NotFound("There is no such coupon")
    return stored
