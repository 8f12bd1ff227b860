"""A contact's page: who it is, and the timeline across their conversations and coupons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.contact_page import words
from agent_console.forms import path_id
from agent_console.paged import address
from agent_console.render import page
from conversations.attributes import attributes
from conversations.contacts import Contact, chats_of, contact
from conversations.same_person import standing
from conversations.timeline import CLAIMS, KINDS, MESSAGES, Moment, Place, newest, said_and_done
from coupons.claim_moments import claim_moments
from runtime.appkeys import CLOCK, DATABASE
from runtime.errors import NotFound

LINES = 50
TIE = 100
PATH = "/console/contacts"
Context = dict[str, Any]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the page."""
    who = await find(request)
    fields = await attributes(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    known = [(one, who.attributes[one.key]) for one in fields if one.key in who.attributes]
    lines = await timeline(request, who)
    shared: Context = {"problem": ""}
    return page(request, "contact_page/page.html", who=who, fields=known, **shared, **lines)


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the timeline alone; leads the open page on once its customer was merged."""
    try:
        who = await find(request)
    except web.HTTPSeeOther as elsewhere:
        # A script would follow a plain redirect by itself, and the page would stay.
        return web.Response(headers={"HX-Redirect": str(elsewhere.location)})
    lines = await timeline(request, who)
    return page(request, "contact_page/_timeline.html", who=who, oob=True, **lines)


async def find(request: web.Request) -> Contact:
    """Return the contact in the address; NotFound for another workspace's.

    A merged customer's old address leads to who stands for them, by HTTPSeeOther.
    """
    pool, house = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    try:
        return await contact(pool, house, path_id(request, "contact"))
    except NotFound:
        await _lead_on(request)
        raise


async def _lead_on(request: web.Request) -> None:
    pool, asked = request.config_dict[DATABASE].screens, path_id(request, "contact")
    found = await standing(pool, request[VIEWER].workspace_id, asked)
    if found != asked:
        raise web.HTTPSeeOther(f"{PATH}/{found}")


async def timeline(request: web.Request, who: Contact) -> Context:
    """Return a page of the timeline as the address asks for it, and the conversations it is told from."""
    asked = request.query.get("kind", "")
    kind, after = asked if asked in KINDS else "", place_in(request.query.get("after", ""))
    path = f"{PATH}/{who.id}"
    context: Context = {
        "kind": kind,
        "kinds": [(one, word, address(path, {}, kind=one)) for one, word in words.KINDS.items()],
        "refresh_url": address(f"{path}/timeline", {}, kind=kind, after=place_text(after)),
        "past": address(path, {}, kind=kind) if after else "",
        "chats": await chats_of(request.config_dict[DATABASE].screens, who.id),
        "lines": [],
        "older": "",
    }
    if who.erased_at is None:
        lines, end = await _lines(request, who, kind, after)
        older = address(path, {}, kind=kind, after=place_text(end)) if end else ""
        context |= {"lines": lines, "older": older}
    return context


async def _lines(
    request: web.Request, who: Contact, kind: str, after: Place | None
) -> tuple[list[Moment], Place | None]:
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    subject = (request[VIEWER].workspace_id, who.id)
    said, claims = [], []
    if kind != "claim":
        said = await said_and_done(database, subject, kind, after, LINES + 1)
    if kind in {"", "claim"} and "coupons" in request[VIEWER].features:
        claims = await claim_moments(database.screens, subject, after, now, LINES + 1)
    return newest(LINES, said, claims)


def place_in(text: str) -> Place | None:
    """Return the place written in an address, None when `text` names none."""
    instant, _, rest = text.partition("_")
    rank, _, tie = rest.partition("_")
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return None
    if not at.tzinfo or len(tie) > TIE or not tie.isascii() or not tie.isprintable():
        return None
    if rank == str(MESSAGES) and tie.isdecimal() and len(tie) < 18:
        return Place(at, MESSAGES, tie)
    return Place(at, CLAIMS, tie) if rank == str(CLAIMS) else None


def place_text(place: Place | None) -> str:
    """Return how a place is written in an address."""
    return f"{place.at.isoformat()}_{place.rank}_{place.tie}" if place else ""
