"""Trying a draft: a test claim in a customer's own chat, or only its page."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from agent_console import words
from agent_console.access import VIEWER
from agent_console.designer.found import find
from agent_console.forms import as_id, fields
from agent_console.render import page
from coupons.appkeys import CLAIMS
from coupons.design_queries import chat_of, chats_named
from coupons.requests import CardPost, ClaimRequest
from runtime.appkeys import CLOCK, DATABASE
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.request_ids import request_id

TEMPLATE = "coupons/designer/_trial_chats.html"
CHOOSE = mark("Choose a customer first.")
NOT_A_DRAFT = mark("Only a draft can be tested.")


async def choose(request: web.Request) -> web.StreamResponse:
    """List the customers whose name holds what was typed."""
    stored, database = await find(request), request.config_dict[DATABASE]
    text = request.query.get("q", "").strip()[:60]
    chats = await chats_named(database.screens, request[VIEWER].workspace_id, text)
    return _page(request, stored=stored, chats=chats, form_id=str(uuid7()))


async def issue(request: web.Request) -> web.StreamResponse:
    """Make a test claim; the same form sent twice makes one."""
    stored, entered, viewer = await find(request), await fields(request), request[VIEWER]
    chat, form_id = as_id(entered.get("conversation", "")), entered.get("form_id", "")
    if chat is None or not 8 <= len(form_id) <= 64:
        raise Invalid("conversation", CHOOSE)
    database = request.config_dict[DATABASE]
    found = await chat_of(database.screens, viewer.workspace_id, chat)
    if found is None:
        raise NotFound("There is no such conversation")
    sent = entered.get("send") == "card"
    result = await request.config_dict[CLAIMS].claim(
        ClaimRequest(
            workspace_id=viewer.workspace_id,
            coupon_id=stored.id,
            contact_id=found.contact_id,
            source="test",
            key=f"{viewer.id}:{form_id}",
            arrived_at=request.config_dict[CLOCK].now(),
            conversation_id=chat,
            trigger="test",
            post=CardPost(queue="agent", human=True) if sent else None,
            test=True,
            request_id=request_id(),
        )
    )
    if result.claim is None:
        reason = "draft" if result.refusal is None else result.refusal.value
        said = NOT_A_DRAFT if stored.state != "draft" else words.REFUSALS.get(reason, words.BROKEN)
        return _page(request, stored=stored, refused=said)
    return _page(request, stored=stored, issued=result.claim.url, sent=sent, name=found.name)


def _page(request: web.Request, **known: Any) -> web.Response:  # noqa: ANN401 (templates)
    shared: dict[str, Any] = {
        "chats": (),
        "form_id": "",
        "issued": "",
        "refused": "",
        "sent": False,
        "name": "",
    }
    return page(request, TEMPLATE, **(shared | known))
