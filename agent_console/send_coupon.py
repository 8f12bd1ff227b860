"""The coupon drawer: what this member may send to this customer now, and sending one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console import quota_words, words
from agent_console.access import VIEWER, is_partial
from agent_console.card_preview import preview_on
from agent_console.composer import composer
from agent_console.forms import as_id, fields, path_id, whole
from agent_console.heads import head_of
from agent_console.inbox import thread_context
from agent_console.render import page
from conversations.actions.reply import NOT_ASSIGNEE, clean
from conversations.actions.take_over import take_over
from conversations.appkeys import CHANNELS
from conversations.views import ConversationHead
from coupons.actions.ask_for_quota import QuotaAsk, ask_for_quota
from coupons.appkeys import CLAIMS
from coupons.errors import CouponRefused, Refusal
from coupons.offer_order import ranked
from coupons.queries import coupons_of, offers
from coupons.quota_requests import requests_of
from coupons.requests import CardPost, ClaimRequest
from runtime.appkeys import CLOCK, DATABASE, LIVE, SETTINGS
from runtime.errors import Invalid, NotFound, Refused
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.request_ids import request_id

CHOOSE = mark("Choose a coupon first.")
NO_GROUP = mark("In a group no coupon can be sent: write to the customer alone.")
SENT = mark("Sent.")
NOTE_LENGTH = 500
NOTE_TOO_LONG = mark("Write at most 500 characters with a coupon.")
FAR_TOO_MANY = 1_000_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a drawn list keeps: its form's id, the coupon chosen, a notice, of which coupon more is asked for."""

    form_id: str = ""
    chosen: str = ""
    notice: str = ""
    asking: UUID | None = None


async def show(request: web.Request) -> web.StreamResponse:
    """List the coupons; a row that cannot be sent says why. Keeps what was chosen, the form's id, and
    what was told of the last one sent; `more` names the coupon of which more is asked for.
    """
    query = request.query
    told = Told(
        form_id=query.get("form_id", ""),
        chosen=query.get("coupon", ""),
        notice=SENT if query.get("told") == "sent" else "",
        asking=as_id(query.get("more", "")),
    )
    listed = await _drawer(request, await head_of(request), told)
    return page(
        request, "coupons/_drawer.html", **listed, **({"oob": True} if told.form_id else {})
    )


async def send(request: web.Request) -> web.StreamResponse:
    """Send the chosen coupon; the same form sent twice sends it once."""
    head, entered = await head_of(request), await fields(request)
    coupon, form_id = as_id(entered.get("coupon", "")), entered.get("form_id", "")
    if coupon is None or not 8 <= len(form_id) <= 64:
        raise Invalid("coupon", CHOOSE)
    if head.contact_id is None:
        raise Invalid("coupon", NO_GROUP)
    if head.reserved:
        raise Refused("not_assignee", NOT_ASSIGNEE)
    await _claim(request, head, head.contact_id, coupon, entered)
    await _own(request, head)
    if not is_partial(request):
        raise web.HTTPSeeOther(f"/console/inbox/{head.id}")
    listed = await _drawer(request, await head_of(request), Told(notice=SENT))
    opened = await thread_context(request, head.id)
    return page(request, "coupons/_sent.html", **listed, open=opened)


async def ask_for_more(request: web.Request) -> web.StreamResponse:
    """Ask for more quota of a coupon of the list."""
    head, entered = await head_of(request), await fields(request)
    viewer, coupon = request[VIEWER], path_id(request, "coupon")
    now, database = request.config_dict[CLOCK].now(), request.config_dict[DATABASE]
    found = (
        await offers(database.screens, viewer.id, head.contact_id, now) if head.contact_id else []
    )
    if all(one.coupon_id != coupon for one in found):
        raise NotFound("There is no such coupon")
    ask = QuotaAsk(
        workspace_id=viewer.workspace_id,
        coupon_id=coupon,
        member_id=viewer.id,
        amount=whole(entered.get("amount", ""), 0, FAR_TOO_MANY),
        words=clean(entered.get("words", "")),
    )
    async with database.transaction() as tx:
        await ask_for_quota(tx, ask, now)
    request.config_dict[LIVE].committed()
    if not is_partial(request):
        raise web.HTTPSeeOther(f"/console/inbox/{head.id}")
    listed = await _drawer(request, head, Told(notice=quota_words.ASKED))
    return page(request, "coupons/_drawer.html", **listed, oob=True)


async def _claim(
    request: web.Request,
    head: ConversationHead,
    contact: UUID,
    coupon: UUID,
    entered: Mapping[str, str],
) -> None:
    """Take the coupon through the doorway; raises Invalid for a note that is too long, CouponRefused, and 403
    when the role may never send it.
    """
    viewer, note = request[VIEWER], clean(entered.get("note", ""))
    if len(note) > NOTE_LENGTH:
        raise Invalid("note", NOTE_TOO_LONG)
    result = await request.config_dict[CLAIMS].claim(
        ClaimRequest(
            workspace_id=viewer.workspace_id,
            coupon_id=coupon,
            contact_id=contact,
            source="console",
            key=f"{viewer.id}:{entered['form_id']}",
            arrived_at=request.config_dict[CLOCK].now(),
            conversation_id=head.id,
            member_id=viewer.id,
            trigger="console",
            request_id=request_id(),
            post=CardPost(
                queue="agent", author="member", sender_name=viewer.name, human=True, note=note
            ),
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


async def _drawer(request: web.Request, head: ConversationHead, told: Told) -> dict[str, Any]:
    now, database = request.config_dict[CLOCK].now(), request.config_dict[DATABASE]
    channel, viewer = request.config_dict[CHANNELS][head.channel], request[VIEWER]
    found, asked = [], {}
    if head.contact_id:
        found = ranked(await offers(database.screens, viewer.id, head.contact_id, now))
        asked = await requests_of(database.screens, viewer.id, now)
    base_url = request.config_dict[SETTINGS].base_url
    return {
        "head": head,
        "offers": found,
        "shown": {one.coupon_id: preview_on(channel, one, base_url) for one in found},
        "blocked": composer(head, channel.abilities, now).reason,
        "form_id": told.form_id if 8 <= len(told.form_id) <= 64 else str(uuid7()),
        "chosen": told.chosen,
        "notice": told.notice,
        "asked": asked,
        "asking": next((one for one in found if one.coupon_id == told.asking), None),
        "note_length": NOTE_LENGTH,
    }
