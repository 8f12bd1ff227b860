"""Which days, channel and order of members the overview's address asks for."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from aiohttp import web

from agent_console import paged
from agent_console.claims import as_date
from agent_console.words import CHANNELS
from conversations.overview import Span
from runtime.i18n import mark

PATH = "/console/overview"
# Shortcuts: so many days up to today.
PRESETS = {
    1: mark("today"),
    7: mark("7 days"),
    30: mark("30 days"),
    90: mark("90 days"),
    365: mark("a year"),
}
USUAL = 7
LONGEST = 3660
ORDERS = {
    "handled": mark("conversations"),
    "answers": mark("messages"),
    "first": mark("first answer"),
    "coupons": mark("coupons sent"),
    "name": mark("name"),
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the address asks for; what makes no sense there counts as not asked for. `days` None: own dates."""

    span: Span
    days: int | None
    channel: str = ""
    order: str = "handled"

    @property
    def kept(self) -> dict[str, str]:
        """The query of an address that asks for the same."""
        own = {"from": str(self.span.first), "to": str(self.span.last)}
        preset = {"days": "" if self.days == USUAL else str(self.days)}
        order = "" if self.order == "handled" else self.order
        chosen = own if self.days is None else preset
        return {**chosen, "channel": self.channel, "order": order}

    def link(self, rest: str = "", **changed: str) -> str:
        """Return the address with some of the query changed; "" leaves a name out."""
        return paged.address(PATH + rest, self.kept, **changed)

    def preset(self, days: int) -> str:
        """Return the address for so many days up to today."""
        plain = {"channel": self.channel, "order": self.kept["order"]}
        return paged.address(PATH, plain, days="" if days == USUAL else str(days))


def asked(request: web.Request, today: date) -> Asked:
    """Return what the address asks for: the last seven days unless it says which."""
    query = request.query
    channel, order = query.get("channel", ""), query.get("order", "")
    days, span = _days(query.get("days", ""), query.get("from", ""), query.get("to", ""), today)
    return Asked(
        span=span,
        days=days,
        channel=channel if channel in CHANNELS else "",
        order=order if order in ORDERS else "handled",
    )


def _days(preset: str, first: str, last: str, today: date) -> tuple[int | None, Span]:
    begin, end = as_date(first), as_date(last) or today
    if not preset and begin is not None and begin <= end:
        return None, Span(max(begin, end - timedelta(days=LONGEST - 1)), end)
    count = int(preset) if preset.isascii() and preset.isdigit() and len(preset) < 5 else USUAL
    chosen = count if count in PRESETS else USUAL
    return chosen, Span(today - timedelta(days=chosen - 1), today)
