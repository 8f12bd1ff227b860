"""What a claim's page shows at an instant, as plain values for its template."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_location

from coupons import words
from coupons.barcode import Undrawable, svg
from coupons.errors import Refusal
from coupons.queries import ClaimPage
from coupons.rules.codes import grouped
from runtime.clock import to_ms

LOCALES = {lang: lang.replace("-", "_") for lang in words.LANGUAGES}
DAYS = {"en": "MMM d", "th": "d MMM"}
STAMPED: dict[str, Refusal] = {
    "voided": Refusal.VOIDED,
    "released": Refusal.RELEASED,
    "given_away": Refusal.GIVEN_AWAY,
    "paused": Refusal.DISABLED,
    "after": Refusal.EXPIRED,
}


def phase(claim: ClaimPage, now: datetime) -> str:
    """Return what the page is about: redeemed, voided, released, given_away, paused, unopened (its clock
    waits for the opening), before, during or after.
    """
    if claim.state != "issued":
        return claim.state
    if claim.design.state == "paused":
        return "paused"
    return "unopened" if claim.span is None else claim.span.phase(now)


def language(claim: ClaimPage) -> str:
    """Return the page's language: the contact's, else the workspace's."""
    return words.language(claim.contact_language or claim.design.workspace_language)


def view(claim: ClaimPage, now: datetime, *, base_url: str, sealed: bool) -> dict[str, Any]:
    """Return the template's values. `sealed`: the code, and its picture, are left out entirely."""
    lang = language(claim)
    now_in = phase(claim, now)
    # A claim nobody opened shows no code, so whatever fetches the link for a preview never sees one.
    shown = now_in == "during" and not sealed and claim.first_opened_at is not None
    design = claim.design
    picture = f"/media/coupons/{design.image_key}" if design.image_key else ""
    return {
        "lang": lang,
        "t": words.WORDS[lang],
        "phase": now_in,
        "design": design,
        "test": claim.test,
        "to_open": (sealed or claim.first_opened_at is None)
        and now_in in {"unopened", "before", "during"},
        "shown": shown,
        "code": code_facts(claim, lang) if shown else None,
        "stamp": words.sentence(STAMPED[now_in], lang) if now_in in STAMPED else "",
        "redeemed": _redeemed(claim, lang) if now_in == "redeemed" else "",
        "state_line": state_line(claim, now, lang),
        "ends_ms": _ms(claim.span.end) if claim.span and now_in == "during" else None,
        "starts_ms": _ms(claim.span.start) if claim.span and now_in == "before" else None,
        "now_ms": to_ms(now),
        "left": left(claim, now) if now_in == "during" else "",
        "picture": picture,
        "preview_picture": f"{base_url}{picture}" if picture else "",
        "brand": f"/media/coupons/{design.brand_image_key}" if design.brand_image_key else "",
        "stores": claim.stores,
    }


def code_facts(claim: ClaimPage, lang: str) -> dict[str, str]:
    """Return the number, the merchant's code and their pictures."""
    t = words.WORDS[lang]
    facts = {
        "number": claim.number,
        "grouped": grouped(claim.number),
        "qr": svg(claim.number, "qr", t["qr_label"]),
        "merchant": claim.code,
        "bars": "",
    }
    if claim.code and claim.design.code_format:
        try:
            facts["bars"] = svg(claim.code, claim.design.code_format, t["bars_label"])
        except Undrawable:
            # A code loaded before the format was chosen may not fit it: the text alone still works.
            facts["bars"] = ""
    return facts


def state_line(claim: ClaimPage, now: datetime, lang: str) -> str:
    """Return until or from when it may be used, with the zone named; "" when there is nothing to say."""
    t, zone = words.WORDS[lang], claim.design.zone
    now_in = phase(claim, now)
    if now_in == "unopened":
        return t["starts_on_opening"].replace("{span}", span_words(claim, lang))
    if claim.span is None:
        return ""
    if now_in == "before" and claim.span.start is not None:
        return t["from"].replace("{when}", when(claim.span.start, now, zone, lang))
    if now_in in {"during", "after"} and claim.span.end is not None:
        word = "until" if now_in == "during" else "ended"
        return t[word].replace("{when}", when(claim.span.end, now, zone, lang))
    return t["no_end"] if now_in == "during" else ""


def span_words(claim: ClaimPage, lang: str) -> str:
    """Return for how long it lasts once opened: days, hours or minutes."""
    t, design = words.WORDS[lang], claim.design
    if design.lasts_days is not None:
        return t["days"].replace("{n}", str(design.lasts_days))
    minutes = design.lasts_minutes or 0
    if minutes and minutes % 60 == 0:
        return t["hours"].replace("{n}", str(minutes // 60))
    return t["minutes"].replace("{n}", str(minutes))


def left(claim: ClaimPage, now: datetime) -> str:
    """Return the time left as the countdown writes it, "" without an end."""
    if claim.span is None or claim.span.end is None:
        return ""
    total = max(0, math.ceil((claim.span.end - now).total_seconds()))
    days, rest = divmod(total, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    t = words.WORDS[language(claim)]
    return f"{t['days'].replace('{n}', str(days))} {clock}" if days else clock


def when(instant: datetime, now: datetime, zone: str, lang: str) -> str:
    """Return an instant in the shop's zone: the time alone for today, with the date otherwise."""
    place = ZoneInfo(zone)
    local, today = instant.astimezone(place), now.astimezone(place).date()
    locale = LOCALES[lang]
    clock = format_time(local, "HH:mm", tzinfo=place, locale=locale)
    text = clock if local.date() == today else f"{_day(local.date(), today, locale)} {clock}"
    return (
        words.WORDS[lang]["zoned"].replace("{when}", text).replace("{zone}", _city(place, locale))
    )


def _day(day: date, today: date, locale: str) -> str:
    if day.year != today.year:
        return format_date(day, "medium", locale=locale)
    return format_date(day, DAYS.get(locale, "M月d日"), locale=locale)


def _city(place: ZoneInfo, locale: str) -> str:
    return get_timezone_location(place, locale=locale, return_city=True)


def _redeemed(claim: ClaimPage, lang: str) -> str:
    """Return the stamp's story: when, where and by whom."""
    if claim.redeemed_at is None:
        return ""
    t = words.WORDS[lang]
    local = claim.redeemed_at.astimezone(ZoneInfo(claim.design.zone)).date()
    parts = [
        _day(local, local, LOCALES[lang]),
        when(claim.redeemed_at, claim.redeemed_at, claim.design.zone, lang),
        t["at_store"].replace("{store}", claim.redeemed_store) if claim.redeemed_store else "",
        t["by"].replace("{who}", claim.redeemed_by) if claim.redeemed_by else "",
    ]
    return " ".join(part for part in parts if part)


def _ms(instant: datetime | None) -> int | None:
    return to_ms(instant) if instant is not None else None
