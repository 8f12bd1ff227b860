"""The claim's page: looking changes nothing, opening and redeeming are posted by the page itself."""

from __future__ import annotations

import math
import re
from datetime import datetime

from aiohttp import web

from coupons import words
from coupons.actions.open_claim import open_claim
from coupons.actions.redeem import RedeemResult, redeem_myself
from coupons.actions.redeem_by_pin import redeem_by_pin
from coupons.errors import Refusal
from coupons.page_reads import ClaimPage, claim_page
from coupons.page_words import fill
from coupons.pages.fetchers import only_looks
from coupons.pages.found import find, from_our_page, message, now_of, path
from coupons.pages.render import page
from coupons.pages.view import language, shows_code, view
from runtime.appkeys import DATABASE, KEYRING, LIVE, SETTINGS
from runtime.clock import to_ms
from runtime.forms import posted
from runtime.ids import token as new_token

TAP = re.compile(r"[A-Za-z0-9_-]{1,64}")
PART = "X-Tessera-Part"
# Read by the page's service worker: until when it may keep a copy (0: no end), and our instant.
KEEP, NOW = "X-Tessera-Keep-Until", "X-Tessera-Now"
# Tells a phone that tries PINs apart from others of the same shop; set only once one was wrong.
DEVICE, DEVICE_S = "tessera_device", 180 * 86_400
# Whatever the page as it is now would not explain by itself.
SHOWN_AS_ERROR = {
    Refusal.WRONG_PIN: 422,
    Refusal.WRONG_STORE: 422,
    Refusal.NOT_PERMITTED: 422,
    Refusal.HELD: 409,
    Refusal.FROZEN: 409,
    Refusal.MINIMUM_SPEND: 422,
    Refusal.WRONG_PRODUCT: 422,
    Refusal.REDEMPTION_LIMIT: 422,
    Refusal.CONTACT_REDEMPTION_LIMIT: 422,
    Refusal.THROTTLED: 429,
}


async def show(request: web.Request) -> web.Response:
    """Answer GET and HEAD: the page as it is now, for whoever asks; writes nothing."""
    claim = await find(request)
    if isinstance(claim, web.Response):
        return claim
    return _page(request, claim, now_of(request), sealed=only_looks(request.headers))


async def open_page(request: web.Request) -> web.StreamResponse:
    """Answer the page's own POST once a person sees it, or the button of a browser without script."""
    if not from_our_page(request):
        return message(request, "blocked", 403)
    claim = await find(request)
    if isinstance(claim, web.Response):
        return claim
    if only_looks(request.headers):
        return _page(request, claim, now_of(request), sealed=True)
    app, now = request.config_dict, now_of(request)
    if claim.first_opened_at is None:
        async with app[DATABASE].transaction() as tx:
            await open_claim(tx, claim.id, now)
        app[LIVE].committed()
    if request.headers.get(PART) != "main":
        raise web.HTTPSeeOther(path(request))
    fresh = await claim_page(app[DATABASE].screens, request.match_info["token"])
    return _page(request, fresh or claim, now, sealed=False, template="_claim.html")


async def redeem_page(request: web.Request) -> web.StreamResponse:
    """Answer the PIN pad or the customer's own button: a page with what was wrong, or the page as it is now."""
    if not from_our_page(request):
        return message(request, "blocked", 403)
    claim = await find(request)
    if isinstance(claim, web.Response):
        return claim
    now, device = now_of(request), request.cookies.get(DEVICE, "")
    known = device if TAP.fullmatch(device) else new_token()
    result = await _redeem(request, claim, known, now)
    status = SHOWN_AS_ERROR.get(result.refusal) if result.refusal is not None else None
    if status is None:
        raise web.HTTPSeeOther(path(request))
    error = _sentence(result, language(claim), now)
    answer = _page(request, claim, now, sealed=False, error=error, status=status)
    secure = request.config_dict[SETTINGS].base_url.startswith("https:")
    answer.set_cookie(
        DEVICE, known, max_age=DEVICE_S, path="/c/", secure=secure, httponly=True, samesite="Strict"
    )
    return answer


async def _redeem(
    request: web.Request, claim: ClaimPage, device: str, now: datetime
) -> RedeemResult:
    form = await posted(request)
    pin, tap = str(form.get("pin", ""))[:16], str(form.get("key", ""))
    app = request.config_dict
    key = tap if TAP.fullmatch(tap) else new_token()
    async with app[DATABASE].transaction() as tx:
        if claim.design.redeem_mode == "self":
            result = await redeem_myself(tx, claim.id, key, now)
        else:
            result = await redeem_by_pin(
                tx, app[KEYRING], claim.id, pin.strip(), key, now, device=device
            )
    app[LIVE].committed()
    return result


async def back(request: web.Request) -> web.StreamResponse:
    """Send whoever reloads a posted address back to the page."""
    raise web.HTTPSeeOther(path(request))


def _page(  # noqa: PLR0913 (what is shown, to whom, how)
    request: web.Request,
    claim: ClaimPage,
    now: datetime,
    *,
    sealed: bool,
    template: str = "claim.html",
    error: str = "",
    status: int = 200,
) -> web.Response:
    base_url = request.config_dict[SETTINGS].base_url
    values = view(claim, now, base_url=base_url, sealed=sealed)
    answer = page(
        template, status=status, path=path(request), tap=new_token(), error=error, **values
    )
    if not sealed and status == 200 and shows_code(claim, now):
        end = claim.span.end if claim.span is not None else None
        answer.headers[KEEP] = str(to_ms(end)) if end is not None else "0"
        answer.headers[NOW] = str(to_ms(now))
    return answer


def _sentence(result: RedeemResult, lang: str, now: datetime) -> str:
    if result.refusal is Refusal.THROTTLED and result.wait_until is not None:
        minutes = math.ceil((result.wait_until - now).total_seconds() / 60)
        return fill(lang, "wait", n=minutes)
    return words.sentence(result.refusal or Refusal.ERROR, lang)
