"""The panel itself: what it shows, and how it is drawn anew after a change or an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import MERGERS, VIEWER, is_partial
from agent_console.forms import as_id, path_id
from agent_console.render import page
from conversations.attributes import AttributeRow, attributes
from conversations.contacts import Contact, Note, contact, notes_of
from conversations.same_person import MergeRow, Person, likely, merges_of, standing
from coupons.queries import ContactClaim, claims_of_contact
from runtime.appkeys import CLOCK, DATABASE, LIVE
from team.languages import CUSTOMER_LANGUAGES

SHOWN = 5
READ = 20


class Problem(msgspec.Struct, frozen=True):
    """Why the form `at` was not taken, and what was typed there."""

    at: str = ""
    sentence: str = ""
    entered: str = ""


NONE = Problem()


class Field(msgspec.Struct, frozen=True):
    """One of the workspace's fields, with this contact's value as an input shows it."""

    row: AttributeRow
    value: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What the panel shows. `chat` is the conversation it stands beside; `saved` names what was just stored."""

    contact: Contact
    chat: UUID | None
    fields: Sequence[Field]
    claims: Sequence[ContactClaim]
    notes: Sequence[Note]
    languages: Sequence[str]
    merged: Sequence[MergeRow]
    same: Sequence[Person]
    shown: int = SHOWN
    problem: Problem = NONE
    saved: str = ""


async def panel_of(request: web.Request, contact_id: UUID, chat: UUID | None) -> Panel:
    """Read what the panel shows; raises NotFound for another workspace's contact."""
    house, now = request[VIEWER].workspace_id, request.config_dict[CLOCK].now()
    merger = request[VIEWER].role in MERGERS
    async with request.config_dict[DATABASE].reads.acquire() as one:
        found = await contact(one, house, contact_id)
        return Panel(
            contact=found,
            chat=chat,
            fields=[
                Field(row, as_typed(found.attributes.get(row.key)))
                for row in await attributes(one, house)
            ],
            claims=await claims_of_contact(one, house, contact_id, now, READ),
            notes=await notes_of(one, contact_id, SHOWN + 1),
            languages=_languages(found.language),
            merged=await merges_of(one, contact_id),
            same=await likely(one, house, contact_id, found.phone, found.email) if merger else (),
        )


async def whose(request: web.Request) -> UUID:
    """Return the contact in the address; whom they were merged into, if they were meanwhile."""
    pool = request.config_dict[DATABASE].screens
    return await standing(pool, request[VIEWER].workspace_id, path_id(request, "contact"))


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the panel as it stands."""
    return await shown(request, await whose(request))


async def shown(
    request: web.Request, contact_id: UUID, problem: Problem = NONE, saved: str = ""
) -> web.StreamResponse:
    """Return the panel as a part of the page; to whom no script asks, the conversation."""
    chat = as_id(str(request.query.get("chat", "")))
    if not is_partial(request):
        raise web.HTTPSeeOther(f"/console/inbox/{chat}" if chat else "/console/inbox")
    panel = await panel_of(request, contact_id, chat)
    panel = msgspec.structs.replace(panel, problem=problem, saved=saved)
    return page(request, "contact/_panel.html", panel=panel, oob=True)


async def changed(request: web.Request, contact_id: UUID, saved: str = "") -> web.StreamResponse:
    """Wake the live streams and return the panel."""
    request.config_dict[LIVE].committed()
    return await shown(request, contact_id, saved=saved)


def as_typed(value: Any) -> str:  # noqa: ANN401 (a JSON value)
    """Return a stored value as a person would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _languages(present: str) -> Sequence[str]:
    """Return the codes that may be chosen, with what stands there already whatever it is."""
    more = [present] if present and present not in CUSTOMER_LANGUAGES else []
    return [*CUSTOMER_LANGUAGES, *more]
