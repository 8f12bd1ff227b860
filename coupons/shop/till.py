"""The till itself: the page, and what its script asks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from aiohttp import web

from coupons.actions.lock_claim import lock_claim
from coupons.actions.redeem import RedeemResult, redeem
from coupons.actions.undo import Undo, UndoResult, undo, undo_by_pin
from coupons.errors import Refusal
from coupons.look_up import Found, look_up
from coupons.shop import answers
from coupons.shop.place import PLACE, Place, redeemers
from coupons.shop.render import page
from coupons.shop.words import WORDS, fill
from coupons.till_reads import count_today, today
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE
from runtime.bodies import whole
from runtime.errors import Invalid
from runtime.ids import normalise_number
from team import throttle

LARGEST = 4096
KEY = re.compile(r"[A-Za-z0-9-]{8,60}")


@redeemers(store=True)
async def show(request: web.Request) -> web.StreamResponse:
    """Show the till of the chosen store."""
    place = request[PLACE]
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    if place.store is None:
        raise web.HTTPSeeOther("/shop/stores")
    count = await count_today(database.screens, place.viewer, place.store.id, now)
    return page(request, "till.html", place.lang, place=place, count=count, words=_words(place))


@redeemers(store=True)
async def find(request: web.Request) -> web.StreamResponse:
    """Answer what was scanned or typed: the coupon to confirm, or why not."""
    place, asked = request[PLACE], await _asked(request)
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    subject = throttle.Subject(f"till:{place.viewer.id}", 10, 60.0)
    wait = await throttle.wait_s(database.screens, [subject], now)
    if wait:
        text = fill(place.lang, "too_many", n=wait)
        return _told({"answer": answers.red(text, place)}, 429, {"Retry-After": str(wait)})
    text = asked.get("text", "")
    found = await look_up(database.screens, place.viewer.workspace_id, text, place.till(), now)
    if found.found is None and not found.ambiguous:
        await throttle.failed(database.screens, [subject], now)
    return _told(answers.looked_up(found, place, now))


@redeemers(store=True)
async def take(request: web.Request) -> web.StreamResponse:
    """Redeem by number; the same key again, from a queue or a nervous thumb, is answered alike."""
    place, asked = request[PLACE], await _asked(request)
    now, key = request.config_dict[CLOCK].now(), _key(asked)
    found = await _by_number(request, asked, now)
    if found is None:
        return _told(answers.refused(Refusal.UNKNOWN_CODE, None, place, now))
    async with request.config_dict[DATABASE].transaction() as tx:
        claim = await lock_claim(tx, found.claim_id, now, place.viewer.workspace_id)
        result = RedeemResult(refusal=Refusal.UNKNOWN_CODE)
        if claim is not None:
            result = await redeem(tx, claim, place.till(), key, now)
    request.config_dict[LIVE].committed()
    return _told(answers.redeemed(result, found, place, now))


@redeemers(store=True)
async def take_back(request: web.Request) -> web.StreamResponse:
    """Undo a redemption with a reason, and with the PIN that redeemed where it was another's."""
    place, asked = request[PLACE], await _asked(request)
    now = request.config_dict[CLOCK].now()
    wanted = Undo(
        reason=asked.get("reason", ""), key=_key(asked), till=place.till(), manager=place.manager
    )
    found = await _by_number(request, asked, now)
    if found is None:
        return _told(answers.undone(UndoResult(refusal=Refusal.UNKNOWN_CODE), place))
    try:
        result = await _undo(request, found, asked.get("pin", "").strip()[:16], wanted)
    except Invalid:
        return _told({"done": False, "text": WORDS[place.lang]["undo_reason"]}, 422)
    request.config_dict[LIVE].committed()
    return _told(answers.undone(result, place))


@redeemers(store=True)
async def day(request: web.Request) -> web.StreamResponse:
    """Answer today's count and the newest redemptions of the store."""
    place = request[PLACE]
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    store_id = place.till().store_id
    if store_id is None:
        raise web.HTTPConflict
    found = await today(database.screens, place.viewer, store_id, now)
    return _told(answers.the_day(found, place, now))


async def _undo(request: web.Request, found: Found, pin: str, wanted: Undo) -> UndoResult:
    app, now = request.config_dict, request.config_dict[CLOCK].now()
    async with app[DATABASE].transaction() as tx:
        claim = await lock_claim(tx, found.claim_id, now, request[PLACE].viewer.workspace_id)
        if claim is None:
            return UndoResult(refusal=Refusal.UNKNOWN_CODE)
        if pin:
            return await undo_by_pin(tx, app[KEYRING], claim, pin, wanted, now)
        return await undo(tx, claim, wanted, now)


async def _by_number(request: web.Request, asked: Mapping[str, str], now: datetime) -> Found | None:
    """Find a claim by its own number only: a merchant's code may mean another claim the next time."""
    place, number = request[PLACE], normalise_number(asked.get("number", ""))
    pool = request.config_dict[DATABASE].screens
    found = (await look_up(pool, place.viewer.workspace_id, number, place.till(), now)).found
    return found if found is not None and found.number == number else None


async def _asked(request: web.Request) -> Mapping[str, str]:
    """Return the texts of the posted object, without U+0000, which no column takes; 400 and 413 else."""
    try:
        value = msgspec.json.decode(await whole(request, LARGEST))
    except (msgspec.DecodeError, RecursionError) as error:
        raise web.HTTPBadRequest(text="Send a JSON object\n") from error
    if not isinstance(value, dict):
        raise web.HTTPBadRequest(text="Send a JSON object\n")
    return {name: text.replace("\x00", "") for name, text in value.items() if isinstance(text, str)}


def _key(asked: Mapping[str, str]) -> str:
    key = asked.get("key", "")
    if not KEY.fullmatch(key):
        raise web.HTTPBadRequest(text="Send a key of 8 to 60 letters, digits and dashes\n")
    return f"shop:{key}"


def _words(place: Place) -> str:
    """Return the words as JSON for the script; nothing in it can end the element it stands in."""
    return json.dumps(dict(WORDS[place.lang])).replace("<", "\\u003c")


def _told(
    value: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    caching = {"Cache-Control": "private, no-store"}
    return web.json_response(dict(value), status=status, headers=caching | dict(headers or {}))
