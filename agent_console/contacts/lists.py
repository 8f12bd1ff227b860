"""All coupons of a customer, where the panel shows but the newest; and what pages about a customer share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.contacts.panel import whose
from agent_console.forms import as_id
from agent_console.render import page
from conversations.contacts import contact
from coupons.queries import claims_of_contact
from runtime.appkeys import CLOCK, DATABASE

MOST_CLAIMS = 200


async def coupons(request: web.Request) -> web.StreamResponse:
    """Show the newest 200 coupons."""
    key, shared = await about(request)
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    house = request[VIEWER].workspace_id
    rows: Sequence[Any] = await claims_of_contact(pool, house, key, now, MOST_CLAIMS)
    return page(request, "contact/coupons.html", **shared, rows_shown=rows, most=MOST_CLAIMS)


async def about(request: web.Request) -> tuple[UUID, dict[str, Any]]:
    """Return whose page it is, and what every page about a customer knows; raises NotFound."""
    key, chat = await whose(request), as_id(request.query.get("chat", ""))
    pool, house = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    who = await contact(pool, house, key)
    back = f"/console/inbox/{chat}" if chat else f"/console/contacts/{key}"
    return key, {"who": who, "chat": chat, "back": back}
