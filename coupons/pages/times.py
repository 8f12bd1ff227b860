"""Instants and spans as customers read them: in the shop's zone, named, in the customer's language."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location

from coupons.design_facts import Design
from coupons.page_words import LOCALES, fill
from coupons.rules.validity import Span

DAYS = {"en": "MMM d", "th": "d MMM"}
CHINESE = "M月d日"


def when(instant: datetime, now: datetime, zone: str, lang: str) -> str:
    """Return an instant in the shop's zone: the time alone for today, with the date otherwise."""
    place = ZoneInfo(zone)
    local, today = instant.astimezone(place), now.astimezone(place).date()
    clock = f"{local.hour:02}:{local.minute:02}"
    text = clock if local.date() == today else f"{day(local.date(), today, lang)} {clock}"
    return fill(lang, "zoned", when=text, zone=city(zone, lang))


@lru_cache(maxsize=1024)
def day(that: date, today: date, lang: str) -> str:
    """Return a date, with its year where that is not today's."""
    if that.year != today.year:
        return format_date(that, "medium", locale=LOCALES[lang])
    return format_date(that, DAYS.get(lang, CHINESE), locale=LOCALES[lang])


@lru_cache(maxsize=1024)
def city(zone: str, lang: str) -> str:
    """Return the zone's city, as people call it."""
    return get_timezone_location(ZoneInfo(zone), locale=LOCALES[lang], return_city=True)


def lasting(plan: Design, lang: str) -> str:
    """Return for how long it lasts once opened: days, hours or minutes."""
    if plan.lasts_days is not None:
        return fill(lang, "days", n=plan.lasts_days)
    minutes = plan.lasts_minutes or 0
    if minutes and minutes % 60 == 0:
        return fill(lang, "hours", n=minutes // 60)
    return fill(lang, "minutes", n=minutes)


def left(span: Span | None, now: datetime, lang: str) -> str:
    """Return the time left as the countdown writes it, "" without an end."""
    if span is None or span.end is None:
        return ""
    total = max(0, math.ceil((span.end - now).total_seconds()))
    days, rest = divmod(total, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    return f"{fill(lang, 'days', n=days)} {clock}" if days else clock


def state_line(phase: str, span: Span | None, plan: Design, now: datetime, lang: str) -> str:
    """Return until or from when it may be used; "" when there is nothing to say. `phase` as `view.phase`."""
    if phase == "unopened":
        return fill(lang, "starts_on_opening", span=lasting(plan, lang))
    if span is None:
        return ""
    if phase == "before" and span.start is not None:
        return fill(lang, "from", when=when(span.start, now, plan.zone, lang))
    if phase in {"during", "after"} and span.end is not None:
        word = "until" if phase == "during" else "ended"
        return fill(lang, word, when=when(span.end, now, plan.zone, lang))
    return fill(lang, "no_end") if phase == "during" else ""
