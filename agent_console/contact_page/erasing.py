"""Erase a customer, after their name was typed."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.contact_page.show import PATH, find
from agent_console.forms import fields
from agent_console.render import page, translate
from conversations.actions.erase import Erasing, order_erasing
from conversations.appkeys import CHANNELS
from conversations.contacts import Contact
from coupons.actions.lose_cards import lose_cards
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.i18n import mark

NAMELESS = "ERASE"
NOT_TYPED = mark("Type exactly what stands above the field: nothing was erased.")


async def ask(request: web.Request) -> web.StreamResponse:
    """Say what erasing does, and ask for the name."""
    return _page(request, await find(request), "")


async def erase(request: web.Request) -> web.StreamResponse:
    """Erase the customer when the name was typed right."""
    who, viewer, now = await find(request), request[VIEWER], request.config_dict[CLOCK].now()
    typed = " ".join((await fields(request)).get("name", "").split())
    if who.erased_at is None:
        if typed != _wanted(who):
            return _page(request, who, translate(request, NOT_TYPED), status=422)
        erasing = Erasing(workspace_id=viewer.workspace_id, contact_id=who.id, member_id=viewer.id)
        channels = request.config_dict[CHANNELS]
        db = request.config_dict[DATABASE]
        await order_erasing(db, erasing, channels, now, lose_cards(now))
        request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{PATH}/{who.id}")


def _wanted(who: Contact) -> str:
    return " ".join(who.name.split()) or NAMELESS


def _page(
    request: web.Request, who: Contact, problem: str, status: int = 200
) -> web.StreamResponse:
    wanted = _wanted(who)
    return page(
        request, "contact_page/erase.html", who=who, wanted=wanted, problem=problem, status=status
    )
