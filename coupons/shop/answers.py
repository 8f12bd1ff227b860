"""What the page's script is told, in the verifier's language: plain values, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location

from coupons.actions.redeem import Redeemed, RedeemResult
from coupons.actions.undo import UndoResult
from coupons.errors import Refusal
from coupons.look_up import Found, LookUp
from coupons.rules.codes import grouped
from coupons.rules.redeeming import UNDO_WITHIN
from coupons.rules.validity import Span
from coupons.shop.place import Place
from coupons.shop.words import WORDS, fill, reason
from coupons.till_reads import Done, Today
from runtime.clock import to_ms

Answer = Mapping[str, Any]
LOCALES = {"en": "en_GB", "zh-Hant": "zh_Hant", "zh-Hans": "zh_Hans"}


def looked_up(found: LookUp, place: Place, now: datetime) -> Answer:
    """Return the coupon to confirm, or at once why it cannot be redeemed."""
    t = WORDS[place.lang]
    if found.found is None:
        text = t["ambiguous"] if found.ambiguous else reason(Refusal.UNKNOWN_CODE, place.lang)
        return {"answer": red(text, place)}
    one = found.found
    if one.refusal is not None:
        return {"answer": refused(one.refusal, one.redeemed, place, now) | _what(one)}
    return {"found": _card(one, place, now)}


def redeemed(result: RedeemResult, found: Found, place: Place, now: datetime) -> Mapping[str, Any]:
    """Return the full-screen answer to a redemption."""
    story = result.redeemed
    if result.refusal is not None or story is None or story.undone_at is not None:
        refusal = result.refusal or Refusal.NOT_REDEEMED
        return refused(refusal, story, place, now) | _what(found)
    answer = {
        "colour": "green",
        "title": WORDS[place.lang]["green"],
        "detail": told(story, place, now),
    }
    return answer | _undo(story, place, now) | _what(found)


def refused(
    refusal: Refusal, story: Redeemed | None, place: Place, now: datetime
) -> dict[str, Any]:
    """Return amber with the story for what was redeemed before, else red with the one reason."""
    if refusal is not Refusal.ALREADY_REDEEMED or story is None:
        return red(reason(refusal, place.lang), place)
    amber = {
        "colour": "amber",
        "title": WORDS[place.lang]["amber"],
        "detail": told(story, place, now),
    }
    return amber | _undo(story, place, now)


def red(text: str, place: Place) -> dict[str, Any]:
    """Return a red answer with its one reason."""
    return {"colour": "red", "title": WORDS[place.lang]["red"], "detail": text, "undo": None}


def undone(result: UndoResult, place: Place) -> Answer:
    """Return what became of an undo."""
    if result.refusal is not None:
        return {"done": False, "text": reason(result.refusal, place.lang)}
    return {"done": True, "text": WORDS[place.lang]["undone"]}


def the_day(day: Today, place: Place, now: datetime) -> Answer:
    """Return today's count and the newest redemptions."""
    return {"count": day.count, "newest": [_row(one, place, now) for one in day.newest]}


def told(story: Redeemed, place: Place, now: datetime) -> str:
    """Return when, where and by whom: "15:02, Xinyi, Ray"."""
    return ", ".join(filter(None, [when(story.at, now, place), story.store_name, story.who]))


def when(instant: datetime, now: datetime, place: Place) -> str:
    """Return the time alone for today, with the date otherwise, in the workspace's zone."""
    zone = ZoneInfo(place.viewer.zone)
    local, clock = instant.astimezone(zone), f"{instant.astimezone(zone):%H:%M}"
    if local.date() == now.astimezone(zone).date():
        return clock
    day = format_date(local.date(), format="medium", locale=LOCALES.get(place.lang, place.lang))
    return f"{day} {clock}"


def validity(span: Span | None, now: datetime, place: Place) -> str:
    """Return from or until when, with the zone named."""
    t = WORDS[place.lang]
    if span is None:
        return t["not_opened"]
    if span.start is not None and now < span.start:
        return fill(place.lang, "from", when=_zoned(span.start, now, place))
    if span.end is None:
        return t["no_end"]
    return fill(place.lang, "until", when=_zoned(span.end, now, place))


def _zoned(instant: datetime, now: datetime, place: Place) -> str:
    locale = LOCALES.get(place.lang, place.lang)
    city = get_timezone_location(place.viewer.zone, locale=locale, return_city=True)
    return fill(place.lang, "zoned", when=when(instant, now, place), zone=city)


def _what(found: Found) -> dict[str, Any]:
    return {"coupon": found.coupon_name, "number": found.number, "shown": grouped(found.number)}


def _card(found: Found, place: Place, now: datetime) -> Answer:
    t = WORDS[place.lang]
    return _what(found) | {
        "customer": found.first_name,
        "validity": validity(found.span, now, place),
        "stores": ", ".join(found.stores) or t["all_stores"],
        "test": t["test"] if found.test else "",
        "picture": f"/media/coupons/{found.image_key}" if found.image_key else "",
    }


def _undo(story: Redeemed, place: Place, now: datetime) -> dict[str, Any]:
    """Return how long it may be undone, and whether by a PIN only."""
    left = story.at + UNDO_WITHIN - now
    if left.total_seconds() <= 0:
        return {"undo": None}
    own = place.manager or story.member_id == place.viewer.id
    return {"undo": {"left_ms": int(left.total_seconds() * 1000), "pin": not own}}


def _row(one: Done, place: Place, now: datetime) -> Answer:
    left = (one.undo_until - now).total_seconds() if one.undo_until is not None else 0.0
    own = place.manager or one.member_id == place.viewer.id
    return {
        "at": when(one.at, now, place),
        "at_ms": to_ms(one.at),
        "coupon": one.coupon_name,
        "number": one.number,
        "who": one.who,
        "undone": one.undo_until is None,
        "undo": {"left_ms": int(left * 1000), "pin": not own} if left > 0 else None,
    }
