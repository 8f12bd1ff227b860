"""A customer's coupons at one shop, opened by the link in their own chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from conversations.appkeys import CHANNELS
from coupons import words
from coupons.actions.send_my_coupons import send_my_coupons
from coupons.my_coupons import link_address, opened_by
from coupons.page_reads import ListedClaim, listed, owner
from coupons.page_words import WORDS
from coupons.pages.benefit import benefit
from coupons.pages.fetchers import only_looks
from coupons.pages.found import find, from_our_page, message, now_of, path, stranger
from coupons.pages.render import page
from coupons.pages.times import state_line
from coupons.pages.view import language
from runtime.appkeys import DATABASE, KEYRING, LIVE, SETTINGS

PART = "X-Tessera-Part"
STATUS = {"sent": 200, "wait": 429, "closed": 409}


async def send(request: web.Request) -> web.StreamResponse:
    """Answer the button on a claim's page: the link goes into the customer's chat, never onto the page."""
    if not from_our_page(request):
        return message(request, "blocked", 403)
    claim = await find(request)
    if isinstance(claim, web.Response):
        return claim
    app, now, lang = request.config_dict, now_of(request), language(claim)
    link = link_address(app[KEYRING], app[SETTINGS].base_url, claim.contact_id, now)
    async with app[DATABASE].transaction() as tx:
        outcome = await send_my_coupons(
            tx, app[CHANNELS], claim.contact_id, claim.conversation_id, (link, lang), now
        )
    app[LIVE].committed()
    said = WORDS[lang][f"mine_{outcome}"]
    if request.headers.get(PART) == "words":
        return web.json_response({"said": said}, status=STATUS[outcome])
    return page(
        "message.html",
        status=STATUS[outcome],
        lang=lang,
        heading=WORDS[lang]["mine"],
        text=said,
        number="",
        back=path(request),
    )


async def show(request: web.Request) -> web.Response:
    """Answer `/c/mine/{token}`: the list while the link lasts; programs that fetch previews see no claims."""
    app, now = request.config_dict, now_of(request)
    contact_id = opened_by(app[KEYRING], request.match_info["token"], now)
    found = await owner(app[DATABASE].screens, contact_id) if contact_id else None
    if found is None:
        return await stranger(request, "mine_over")
    lang = words.language(found.language or found.workspace_language)
    claims = [] if only_looks(request.headers) else await listed(app[DATABASE].screens, found.id)
    return page(
        "mine.html",
        lang=lang,
        t=WORDS[lang],
        shop=found.workspace_name,
        claims=[_row(claim, now, lang) for claim in claims],
    )


def state_of(claim: ListedClaim, now: datetime) -> str:
    """Return what the list says of a claim: its stored state, or before, expired, paused, opened."""
    if claim.state != "issued":
        return claim.state
    if claim.design.state == "paused":
        return "paused"
    phase = claim.span.phase(now) if claim.span is not None else "during"
    if phase == "after":
        return "expired"
    if phase == "before":
        return "before"
    return "opened" if claim.first_opened_at is not None else "issued"


def _row(claim: ListedClaim, now: datetime, lang: str) -> dict[str, Any]:
    state = state_of(claim, now)
    phase = {"expired": "after", "issued": "during", "opened": "during"}.get(state, state)
    if phase == "during" and claim.span is None:
        phase = "unopened"
    key = claim.design.image_key
    return {
        "path": f"/c/{claim.token}",
        "name": claim.design.name,
        "benefit": benefit(claim.design, lang),
        "picture": f"/media/coupons/{key}" if key else "",
        "state": state,
        "word": WORDS[lang][f"state_{state}"],
        "line": state_line(phase, claim.span, claim.design, now, lang),
    }
