"""What was typed into the designer, and the plan it makes; every field that cannot be read says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.forms import LARGEST, as_id
from coupons.rules.local_times import end_instant, start_instant
from coupons.rules.plan import NewCoupon
from coupons.rules.problems import Problem, problems
from runtime.forms import posted
from runtime.i18n import mark

TEXTS = (
    *(
        "name",
        "purpose",
        "benefit",
        "product",
        "card_text",
        "code_mode",
        "pack_kind",
        "code_display",
    ),
    *("fixed_code", "code_format", "quota_period", "rules", "image_key", "brand_image_key"),
    *("colour_page", "colour_border", "colour_button", "colour_button_text", "button_text"),
    *("button_url", "redeem_mode", "notice_limit", "notice_sold_out"),
    *("tag_on_claim", "tag_on_open", "tag_on_redeem"),
)
NUMBERS = (
    *("quantity", "per_contact_limit", "per_contact_daily_limit", "redemption_limit"),
    *("per_contact_redemption_limit", "default_quota"),
)
AMOUNTS = ("benefit_value", "minimum_spend")
BOXES = ("copy_button", "allow_code_in_chat")
STARTS, ENDS = ("send_from", "valid_from"), ("send_until", "valid_until")
UNITS: Mapping[str, int] = {"minutes": 1, "hours": 60}
LONG = ("rules", "card_text", "notice_limit", "notice_sold_out")
NO_WHOLE = mark("Write a whole number, or leave it empty")
NO_MONEY = mark("Write an amount such as 50 or 49.90")
NO_DAY = mark("Write a date between 2000 and 2100, such as 2026-05-31")
NO_TIME = mark("Write a time such as 13:30")
DAY_FIRST = mark("Choose the day as well as the time")
ONE_TO_23 = mark("Write whole hours from 1 to 23")

Values = Mapping[str, str]


class Entered(msgspec.Struct, frozen=True):
    """A posted form: its fields as they were typed, and the stores that were ticked."""

    values: Values
    stores: tuple[UUID, ...] = ()

    @property
    def version(self) -> int | None:
        """Return the version of the coupon that was edited, None when the form names none."""
        text = self.values.get("version", "")
        return int(text) if text.isdecimal() and len(text) < 10 else None


async def entered(request: web.Request) -> Entered:
    """Return the posted form; 413 when there is too much of it."""
    if (request.content_length or 0) > LARGEST:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=LARGEST + 1)
    form = await posted(request)
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    ticked = (as_id(value) for value in form.getall("stores", []) if isinstance(value, str))
    return Entered(values, tuple(sorted({key for key in ticked if key is not None})))


def read(values: Values, zone: str, base: NewCoupon) -> tuple[NewCoupon, list[Problem]]:
    """Return the plan that `values` make of `base`, and what is wrong with it.

    A field that is not in the form keeps the base's value, and so does one that cannot be read.
    """
    wrong: list[Problem] = []
    facts: dict[str, Any] = {name: _text(name, values[name]) for name in TEXTS if name in values}
    _each(NUMBERS, values, facts, wrong, _whole)
    _each(AMOUNTS, values, facts, wrong, _amount)
    for name in BOXES:
        if f"{name}_there" in values:
            facts[name] = name in values
    _instants(values, zone, facts, wrong)
    _period(values, facts, wrong)
    _shape(values, facts)
    if values.get("code_columns", "").isdecimal():
        facts["code_columns"] = int(values["code_columns"][:2])
    plan = msgspec.structs.replace(base, **facts)
    unread = {problem.field for problem in wrong}
    return plan, wrong + [one for one in problems(plan) if one.field not in unread]


def _text(name: str, value: str) -> str:
    return value.replace("\r\n", "\n").strip() if name in LONG else " ".join(value.split())


def _each(
    names: tuple[str, ...],
    values: Values,
    facts: dict[str, Any],
    wrong: list[Problem],
    parse: Callable[[str], object],
) -> None:
    for name in names:
        if name not in values:
            continue
        text = values[name].strip().replace(",", "")
        found = parse(text) if text else None
        if isinstance(found, str):
            wrong.append(Problem(name, found))
        else:
            facts[name] = found


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else NO_WHOLE


def _amount(text: str) -> Decimal | str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return NO_MONEY
    exponent = value.as_tuple().exponent
    plain = value.is_finite() and isinstance(exponent, int) and -2 <= exponent <= 0
    return value if plain and len(text) < 16 else NO_MONEY


def _instants(values: Values, zone: str, facts: dict[str, Any], wrong: list[Problem]) -> None:
    for name in (*STARTS, *ENDS):
        if f"{name}_day" not in values:
            continue
        found = instant(values, name, zone)
        if isinstance(found, str):
            wrong.append(Problem(name, found))
        else:
            facts[name] = found


def instant(values: Values, name: str, zone: str) -> datetime | str | None:
    """Return the instant of `name`'s day and time; None when both are empty, a sentence when wrong."""
    day, clock = values.get(f"{name}_day", "").strip(), values.get(f"{name}_time", "").strip()
    if not day:
        return DAY_FIRST if clock else None
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return NO_DAY
    if not 2000 <= on.year <= 2100:
        return NO_DAY
    try:
        at = time.fromisoformat(clock) if clock else None
    except ValueError:
        return NO_TIME
    if at is not None and at.tzinfo is not None:
        return NO_TIME
    return end_instant(on, at, zone) if name in ENDS else start_instant(on, at, zone)


def _period(values: Values, facts: dict[str, Any], wrong: list[Problem]) -> None:
    """Read the use period; each way of saying it has fields of its own."""
    kind = values.get("period")
    if kind is None:
        return
    blank = {"starts_after_days": 0, "lasts_days": None, "lasts_minutes": None}
    facts |= blank | {"validity_mode": kind if kind in {"fixed", "open"} else "claim"}
    if kind == "hours":
        hours = _count(values, "hours", wrong)
        if hours is None or not 1 <= hours <= 23:
            wrong.append(Problem("period", ONE_TO_23))
        facts["lasts_minutes"] = (hours or 0) * 60 or None
    elif kind == "after_days":
        facts["starts_after_days"] = _count(values, "after_days", wrong) or 0
        facts["lasts_days"] = _count(values, "for_days", wrong)
    elif kind in {"claim", "open"}:
        name, lasts = f"{kind}_unit", _count(values, f"{kind}_lasts", wrong)
        unit = values.get(name, "")
        if unit == "days":
            facts["lasts_days"] = lasts
        else:
            facts["lasts_minutes"] = lasts * UNITS.get(unit, 1) if lasts is not None else None
    elif kind != "fixed":
        facts["validity_mode"] = "?"


def _shape(values: Values, facts: dict[str, Any]) -> None:
    """Read the form of codes we make; what is wrong with it is told before publishing."""
    kind = values.get("shape_kind")
    if kind is None or facts.get("code_mode") not in {"generated", "random"}:
        return
    facts["code_shape"] = {"kind": kind[:10]}
    if kind == "own":
        length = values.get("shape_length", "").strip()
        facts["code_shape"] |= {
            "alphabet": values.get("shape_alphabet", "").strip()[:64],
            "length": int(length) if length.isdecimal() and len(length) < 4 else 0,
            "prefix": values.get("shape_prefix", "").strip()[:20],
            "check": values.get("shape_check", "none")[:10],
        }


def _count(values: Values, name: str, wrong: list[Problem]) -> int | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    found = _whole(text)
    if isinstance(found, str):
        wrong.append(Problem("period", found))
        return None
    return found
