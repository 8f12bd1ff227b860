"""A coupon's own notices, as one customer reads them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from coupons.design_facts import Design
from coupons.rules.notices import fill
from coupons.rules.validity import Span

# What a customer is called before the channel has told their name; in English it is left out.
NAMELESS = {"zh-Hant": "顧客", "zh-Hans": "顾客", "ja": "お客様", "th": "ลูกค้า"}


def notice(template: str, design: Design, name: str, lang: str) -> str:
    """Return the notice with its variables: the customer's name (NAMELESS before the channel told it), the
    coupon's, until when it is given out or may be used (whichever ends first; "" without an end) and the shop's.
    """
    end = design.sending.within(Span(None, design.valid_until)).end
    values = {
        "name": name.strip() or NAMELESS.get(lang, ""),
        "coupon": design.name,
        "until": _moment(end, design.zone, lang) if end is not None else "",
        "store": design.workspace_name,
    }
    return fill(template, values)


def _moment(instant: datetime, zone: str, lang: str) -> str:
    local = instant.astimezone(ZoneInfo(zone))
    return f"{format_date(local, 'medium', locale=lang.replace('-', '_'))} {local:%H:%M}"
