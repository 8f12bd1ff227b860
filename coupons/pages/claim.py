"""The claim's page: looking changes nothing, opening and redeeming are posted by the page itself."""

from __future__ import annotations

import math
import re
from datetime import datetime

from aiohttp import web

from coupons import words
from coupons.actions.open_claim import open_claim
from coupons.actions.redeem import RedeemResult
from coupons.actions.redeem_by_pin import redeem_by_pin
from coupons.errors import Refusal
from coupons.pages.fetchers import only_looks, same_origin
from coupons.pages.render import page
from coupons.pages.view import language, view
from coupons.queries import ClaimPage, claim_page
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS
from runtime.forms import posted
from runtime.i18n import accepted
from runtime.ids import token as new_token
from runtime.request_ids import request_id
from team.throttle import Subject, failed, wait_s

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")
TAP = re.compile(r"[A-Za-z0-9_-]{1,64}")
PART = "X-Tessera-Part"
SHOWN_AS_ERROR = {Refusal.WRONG_PIN: 422, Refusal.WRONG_STORE: 422, Refusal.THROTTLED: 429}


async def show(request: web.Request) -> web.Response:
    """Answer GET and HEAD: the page as it is now, for whoever asks; writes nothing."""
    claim = await _find(request)
    if isinstance(claim, web.Response):
        return claim
    return _page(request, claim, _now(request), sealed=only_looks(request.headers))


async def open_page(request: web.Request) -> web.StreamResponse:
    """Answer the page's own POST once a person sees it, or the button of a browser without script."""
    if not _from_our_page(request):
        return _message(request, "blocked", 403)
    claim = await _find(request)
    if isinstance(claim, web.Response):
        return claim
    if only_looks(request.headers):
        return _page(request, claim, _now(request), sealed=True)
    app, now = request.config_dict, _now(request)
    if claim.first_opened_at is None:
        async with app[DATABASE].transaction() as tx:
            await open_claim(tx, claim.id, now)
        app[LIVE].committed()
    if request.headers.get(PART) != "main":
        raise web.HTTPSeeOther(_path(request))
    fresh = await claim_page(app[DATABASE].screens, request.match_info["token"])
    return _page(request, fresh or claim, now, sealed=False, template="_claim.html")


async def redeem_page(request: web.Request) -> web.StreamResponse:
    """Answer the PIN pad: a page again with what was wrong, or on to the page as it is now."""
    if not _from_our_page(request):
        return _message(request, "blocked", 403)
    claim = await _find(request)
    if isinstance(claim, web.Response):
        return claim
    form = await posted(request)
    pin, tap = str(form.get("pin", ""))[:16], str(form.get("key", ""))
    app, now = request.config_dict, _now(request)
    key = tap if TAP.fullmatch(tap) else new_token()
    async with app[DATABASE].transaction() as tx:
        result = await redeem_by_pin(tx, app[KEYRING], claim.id, pin.strip(), key, now)
    app[LIVE].committed()
    status = SHOWN_AS_ERROR.get(result.refusal) if result.refusal is not None else None
    if status is None:
        raise web.HTTPSeeOther(_path(request))
    error = _sentence(result, language(claim), now)
    return _page(request, claim, now, sealed=False, error=error, status=status)


async def back(request: web.Request) -> web.StreamResponse:
    """Send whoever reloads a posted address back to the page."""
    raise web.HTTPSeeOther(_path(request))


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
    return page(
        template, status=status, path=_path(request), tap=new_token(), error=error, **values
    )


async def _find(request: web.Request) -> ClaimPage | web.Response:
    """Return the claim; an unknown token is told so, and slower the more of them an address tries."""
    database, now = request.config_dict[DATABASE], _now(request)
    value = request.match_info["token"]
    claim = await claim_page(database.screens, value) if TOKEN.fullmatch(value) else None
    if claim is not None:
        return claim
    subject = Subject(f"claim:{request.remote}"[:160], 20, 8.0)
    wait = await wait_s(database.screens, [subject], now)
    if wait:
        slow = _message(request, "slow", 429)
        slow.headers["Retry-After"] = str(wait)
        return slow
    await failed(database.screens, [subject], now)
    return _message(request, "not_found", 404)


def _message(request: web.Request, name: str, status: int) -> web.Response:
    """Say it in the browser's language: nobody is known here whose own could be chosen."""
    lang = words.language(*accepted(request.headers.get("Accept-Language", "")))
    told = {"heading": words.word(name, lang), "text": words.word(f"{name}_text", lang)}
    return page("message.html", status=status, lang=lang, number=request_id(), **told)


def _sentence(result: RedeemResult, lang: str, now: datetime) -> str:
    if result.refusal is Refusal.THROTTLED and result.wait_until is not None:
        minutes = math.ceil((result.wait_until - now).total_seconds() / 60)
        return words.WORDS[lang]["wait"].replace("{n}", str(minutes))
    return words.sentence(result.refusal or Refusal.ERROR, lang)


def _from_our_page(request: web.Request) -> bool:
    origins = {request.config_dict[SETTINGS].base_url, f"{request.scheme}://{request.host}"}
    return same_origin(request.headers, frozenset(origins))


def _path(request: web.Request) -> str:
    return f"/c/{request.match_info['token']}"


def _now(request: web.Request) -> datetime:
    return request.config_dict[CLOCK].now()
