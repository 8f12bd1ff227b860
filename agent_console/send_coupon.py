"""The coupon drawer: what this member may send to this customer now, and sending one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import web

from agent_console import words
from agent_console.access import VIEWER, is_partial
from agent_console.card_preview import preview_on
from agent_console.composer import composer
from agent_console.forms import as_id, fields, path_id
from agent_console.inbox import thread_context
from agent_console.render import page
from conversations import queries
from conversations.actions.take_over import take_over
from conversations.appkeys import CHANNELS
from conversations.views import ConversationHead
from coupons.appkeys import CLAIMS
from coupons.errors import CouponRefused, Refusal
from coupons.queries import coupons_of, offers
from coupons.requests import CardPost, ClaimRequest
from runtime.appkeys import CLOCK, DATABASE, LIVE, SETTINGS
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.request_ids import request_id

CHOOSE = mark("Choose a coupon first.")
NO_GROUP = mark("In a group no coupon can be sent: write to the customer alone.")
SENT = mark("Sent.")


async def show(request: web.Request) -> web.StreamResponse:
    """List the coupons; a row that cannot be sent says why. Keeps what was chosen, the form's id, and
    what was told of the last one sent.
    """
    head = await _head(request)
    chosen, form_id = request.query.get("coupon", ""), request.query.get("form_id", "")
    notice = SENT if request.query.get("told") == "sent" else ""
    listed = await _drawer(request, head, form_id=form_id, chosen=chosen, notice=notice)
    return page(request, "coupons/_drawer.html", **listed, **({"oob": True} if form_id else {}))


async def send(request: web.Request) -> web.StreamResponse:
    """Send the chosen coupon; the same form sent twice sends it once."""
    head, entered = await _head(request), await fields(request)
    coupon, form_id = as_id(entered.get("coupon", "")), entered.get("form_id", "")
    if coupon is None or not 8 <= len(form_id) <= 64:
        raise Invalid("coupon", CHOOSE)
    if head.contact_id is None:
        raise Invalid("coupon", NO_GROUP)
    await _claim(request, head, head.contact_id, coupon, form_id)
    await _own(request, head)
    if not is_partial(request):
        raise web.HTTPSeeOther(f"/console/inbox/{head.id}")
    listed = await _drawer(request, await _head(request), notice=SENT)
    opened = await thread_context(request, head.id)
    return page(request, "coupons/_sent.html", **listed, open=opened)


async def _claim(
    request: web.Request, head: ConversationHead, contact: UUID, coupon: UUID, form_id: str
) -> None:
    """Take the coupon through the doorway; raises CouponRefused, 403 when the role may never send it."""
    viewer = request[VIEWER]
    result = await request.config_dict[CLAIMS].claim(
        ClaimRequest(
            workspace_id=viewer.workspace_id,
            coupon_id=coupon,
            contact_id=contact,
            source="console",
            key=f"{viewer.id}:{form_id}",
            arrived_at=request.config_dict[CLOCK].now(),
            conversation_id=head.id,
            member_id=viewer.id,
            trigger="console",
            request_id=request_id(),
            post=CardPost(queue="agent", author="member", sender_name=viewer.name, human=True),
        )
    )
    if result.refusal is Refusal.NOT_PERMITTED:
        raise web.HTTPForbidden
    if result.refusal is Refusal.ERROR and not await _ours(request, coupon):
        raise NotFound("There is no such coupon")
    if result.refusal is not None:
        raise CouponRefused(result.refusal, words.REFUSALS.get(result.refusal, result.text))


async def _ours(request: web.Request, coupon: UUID) -> bool:
    listed = await coupons_of(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    return any(one.id == coupon for one in listed)


async def _own(request: web.Request, head: ConversationHead) -> None:
    """A person who sends a coupon answers: the conversation is somebody's, and the bot is silent."""
    viewer = request[VIEWER]
    if head.status != "in_progress" or head.assignee_id is None:
        async with request.config_dict[DATABASE].transaction() as tx:
            owner = head.assignee_id or viewer.id
            await take_over(
                tx, viewer.workspace_id, head.id, owner, request.config_dict[CLOCK].now()
            )
    request.config_dict[LIVE].committed()


async def _head(request: web.Request) -> ConversationHead:
    viewer, key = request[VIEWER], path_id(request, "conversation")
    return await queries.conversation_head(request.config_dict[DATABASE], viewer.workspace_id, key)


async def _drawer(
    request: web.Request,
    head: ConversationHead,
    *,
    form_id: str = "",
    chosen: str = "",
    notice: str = "",
) -> dict[str, Any]:
    now, database = request.config_dict[CLOCK].now(), request.config_dict[DATABASE]
    channel = request.config_dict[CHANNELS][head.channel]
    found = []
    if head.contact_id:
        found = await offers(database.screens, request[VIEWER].id, head.contact_id, now)
    offered = sorted(found, key=lambda one: not one.available)
    base_url = request.config_dict[SETTINGS].base_url
    return {
        "head": head,
        "offers": offered,
        "shown": {one.coupon_id: preview_on(channel, one, base_url) for one in offered},
        "blocked": composer(head, channel.abilities, now).reason,
        "form_id": form_id if 8 <= len(form_id) <= 64 else str(uuid7()),
        "chosen": chosen,
        "notice": notice,
    }
