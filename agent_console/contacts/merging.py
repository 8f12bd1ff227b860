"""Merge two customers who are one person, and separate them again: compare first, then one press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.contacts.lists import about
from agent_console.contacts.panel import as_typed
from agent_console.forms import as_id, fields, path_id
from agent_console.render import page
from conversations.actions.lock_chats import Moved
from conversations.actions.merge_contacts import Merge, merge_contacts
from conversations.actions.separate_contacts import Separation, separate_contacts
from conversations.attributes import attributes
from conversations.contacts import Contact, contact
from conversations.same_person import find_people, likely
from coupons.actions.carry_claims import ClaimCarrier
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.database import Connection
from runtime.errors import Invalid, Refused
from runtime.i18n import mark

TRIES = 5
CHOOSE = mark("Choose another customer to merge with")
BUSY = mark("The two are being changed at this moment. Try again.")
Done = TypeVar("Done")


class Line(msgspec.Struct, frozen=True):
    """One fact of the two, side by side. `wins`: 0 the one who stays, 1 the other, None neither has it."""

    label: str
    kept: str
    gone: str

    @property
    def wins(self) -> int | None:
        """Return whose value stands afterwards."""
        return 0 if self.kept else 1 if self.gone else None


async def show(request: web.Request) -> web.StreamResponse:
    """Offer whom to merge with; once somebody is chosen, show the two side by side."""
    key, shared = await about(request)
    other = as_id(request.query.get("with", ""))
    if other is not None and other != key:
        return await _compare(request, shared, other)
    pool, house, who = (
        request.config_dict[DATABASE].screens,
        request[VIEWER].workspace_id,
        shared["who"],
    )
    sought = request.query.get("q", "").strip()[:200]
    found = await find_people(pool, house, key, sought) if sought else []
    same = await likely(pool, house, key, who.phone, who.email)
    return page(request, "contact/merge.html", **shared, sought=sought, found=found, same=same)


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge the other into the one who stays."""
    viewer, entered, (key, _) = request[VIEWER], await fields(request), await about(request)
    other = as_id(entered.get("with", ""))
    if other is None:
        raise Invalid("with", CHOOSE)
    wish = Merge(workspace_id=viewer.workspace_id, kept_id=key, gone_id=other, by=viewer.id)
    now = request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> UUID:
        return await merge_contacts(tx, wish, ClaimCarrier(), now)

    await _again_if_moved(request, act)
    raise _back(request, key)


async def separate(request: web.Request) -> web.StreamResponse:
    """Take the other out again."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    wish = Separation(
        workspace_id=viewer.workspace_id, merge_id=path_id(request, "merge"), by=viewer.id
    )

    async def act(tx: Connection) -> tuple[UUID, UUID]:
        return await separate_contacts(tx, wish, ClaimCarrier(), now)

    kept, _ = await _again_if_moved(request, act)
    raise _back(request, kept)


async def _again_if_moved(
    request: web.Request, act: Callable[[Connection], Awaitable[Done]]
) -> Done:
    """Run `act` in a transaction, again where a rival was quicker; raises Refused after some tries."""
    for _ in range(TRIES):
        try:
            async with request.config_dict[DATABASE].transaction() as tx:
                done = await act(tx)
        except (Moved, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError):
            continue
        request.config_dict[LIVE].committed()
        return done
    raise Refused("merge_busy", BUSY)


def _back(request: web.Request, kept: UUID) -> web.HTTPSeeOther:
    chat = as_id(request.query.get("chat", ""))
    return web.HTTPSeeOther(f"/console/inbox/{chat}" if chat else f"/console/contacts/{kept}")


async def _compare(request: web.Request, shared: dict[str, Any], other: UUID) -> web.StreamResponse:
    pool, house = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    gone, kept = await contact(pool, house, other), shared["who"]
    rows = await attributes(pool, house)
    lines = [
        Line(row.label, *(as_typed(one.attributes.get(row.key)) for one in (kept, gone)))
        for row in rows
    ]
    return page(
        request,
        "contact/compare.html",
        **shared,
        gone=gone,
        own=_own(kept, gone),
        lines=[line for line in lines if line.wins is not None],
        kinds={row.label: row.type for row in rows},
    )


def _own(kept: Contact, gone: Contact) -> dict[str, Line]:
    names = ("name", "phone", "email", "language")
    return {name: Line(name, getattr(kept, name), getattr(gone, name)) for name in names}
