"""What was changed in a coupon, by whom and when, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.designer import words as names
from agent_console.designer.found import find
from agent_console.render import page, translate
from coupons.design_queries import Version
from coupons.design_queries import history as changes_of
from runtime.appkeys import DATABASE
from runtime.i18n import exact_time, mark
from team.workspaces import store_rows

INSTANTS = frozenset({"send_from", "send_until", "valid_from", "valid_until"})
YES, NO, NOTHING = mark("yes"), mark("no"), mark("nothing")
WHAT: Mapping[str, str] = {
    "created": mark("created it"),
    "edited": mark("edited it"),
    "published": mark("published it"),
    "paused": mark("paused it"),
    "resumed": mark("resumed it"),
    "ended": mark("ended it"),
    "archived": mark("deleted it"),
    "topped_up": mark("changed how many there are"),
    "window": mark("changed when it is given out"),
    "validity": mark("changed when it is usable"),
    "voided": mark("revoked the remaining claims"),
    "stopped": mark("could not be prepared"),
}


class Line(msgspec.Struct, frozen=True):
    """One field of one change, in words."""

    label: str
    before: str
    after: str


async def show(request: web.Request) -> web.StreamResponse:
    """List the changes, newest first."""
    stored = await find(request)
    database, workspace = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    stores = {str(one.id): one.name for one in await store_rows(database, workspace)}
    found = await changes_of(database, workspace, stored.id)
    told = [(one, list(lines(request, one, stores, stored.zone))) for one in found]
    return page(
        request, "coupons/designer/history.html", stored=stored, told=told, what=WHAT, names=names
    )


def lines(
    request: web.Request, version: Version, stores: Mapping[str, str], zone: str
) -> list[Line]:
    """Return what changed in `version`, field by field, in the reader's language."""
    return [
        Line(
            translate(request, names.LABELS.get(field, field)),
            *(_shown(request, field, value, stores, zone) for value in pair),
        )
        for field, pair in version.changes.items()
        if field != "state" or version.what == "stopped"
    ]


def _shown(
    request: web.Request,
    field: str,
    value: Any,  # noqa: ANN401 (any JSON value)
    stores: Mapping[str, str],
    zone: str,
) -> str:
    if value is None or value in ("", [], {}):
        return translate(request, NOTHING)
    if isinstance(value, bool):
        return translate(request, YES if value else NO)
    if field in names.CHOICES and value in names.CHOICES[field]:
        return translate(request, names.CHOICES[field][value])
    if field in INSTANTS:
        return exact_time(datetime.fromisoformat(value), zone)
    if field == "stores":
        return ", ".join(stores.get(key, key) for key in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
