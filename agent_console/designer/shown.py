"""A stored plan as the designer's fields show it: the way back of `entered.read`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from agent_console.designer.entered import AMOUNTS, BOXES, ENDS, NUMBERS, STARTS, TEXTS
from coupons.rules.code_shape import READABLE
from coupons.rules.local_times import end_fields, start_fields
from coupons.rules.plan import NewCoupon


def values_of(plan: NewCoupon, zone: str) -> dict[str, str]:
    """Return every field of the form with its text; a box that is not ticked is absent."""
    values = {name: getattr(plan, name) for name in TEXTS}
    values |= {name: _number(getattr(plan, name)) for name in NUMBERS}
    values |= {name: money(getattr(plan, name)) for name in AMOUNTS}
    values |= {name: "on" for name in BOXES if getattr(plan, name)}
    values["code_columns"] = str(plan.code_columns)
    for name in (*STARTS, *ENDS):
        values |= moment(name, getattr(plan, name), zone)
    return values | _period(plan) | _shape(plan)


def _shape(plan: NewCoupon) -> dict[str, str]:
    stored = plan.code_shape
    values = {"shape_kind": str(stored.get("kind", "readable"))}
    for name, usual in (
        ("alphabet", READABLE),
        ("length", "12"),
        ("prefix", ""),
        ("check", "none"),
    ):
        values[f"shape_{name}"] = str(stored.get(name, usual))
    return values


def moment(name: str, instant: datetime | None, zone: str) -> dict[str, str]:
    """Return the day and time fields of an instant; empty ones for none."""
    if instant is None:
        return {f"{name}_day": "", f"{name}_time": ""}
    day, clock = (end_fields if name in ENDS else start_fields)(instant, zone)
    shown = clock.strftime("%H:%M:%S" if clock.second else "%H:%M") if clock is not None else ""
    return {f"{name}_day": day.isoformat(), f"{name}_time": shown}


def money(value: Decimal | None) -> str:
    """Return an amount without needless zeros: 50, 49.90."""
    if value is None:
        return ""
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _period(plan: NewCoupon) -> dict[str, str]:
    values = {
        "hours": "3",
        "after_days": "1",
        "for_days": "7",
        "claim_lasts": "7",
        "claim_unit": "days",
        "open_lasts": "30",
        "open_unit": "minutes",
    }
    lasts, unit = _lasts(plan)
    hours = (plan.lasts_minutes or 0) // 60
    if plan.validity_mode == "fixed":
        return values | {"period": "fixed"}
    if plan.validity_mode == "open":
        return values | {"period": "open", "open_lasts": lasts, "open_unit": unit}
    if plan.starts_after_days:
        days = {"after_days": str(plan.starts_after_days), "for_days": _number(plan.lasts_days)}
        return values | days | {"period": "after_days"}
    if unit == "hours" and 1 <= hours <= 23:
        return values | {"period": "hours", "hours": str(hours)}
    return values | {"period": "claim", "claim_lasts": lasts, "claim_unit": unit}


def _lasts(plan: NewCoupon) -> tuple[str, str]:
    if plan.lasts_days is not None:
        return str(plan.lasts_days), "days"
    minutes = plan.lasts_minutes
    if minutes is not None and minutes % 60 == 0:
        return str(minutes // 60), "hours"
    return _number(minutes), "minutes"
