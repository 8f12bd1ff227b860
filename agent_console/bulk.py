"""One act on many conversations of the list: each is a transaction of its own, so that one that is gone or
may not be changed keeps none of the others back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import INBOX, VIEWER, is_partial
from agent_console.forms import as_id, fields, member_field
from agent_console.render import page
from agent_console.snoozing import snoozed_until
from conversations.actions.assign import Assignment
from conversations.actions.assign import assign as assign_to
from conversations.actions.close import close as close_it
from conversations.actions.snooze import snooze as snooze_it
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.forms import posted
from runtime.i18n import mark

MOST = 100
NOTHING = mark("Select at least one conversation")
TOO_MANY = mark("Select at most 100 conversations at once")
Act = Callable[[Connection, UUID], Awaitable[None]]


class Outcome(msgspec.Struct):
    """How many were changed, and how many were not: gone, or refused."""

    done: int = 0
    left: int = 0


async def assign(request: web.Request) -> web.StreamResponse:
    """Give the selected conversations to a colleague, or to nobody."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    to = member_field(await fields(request))

    async def act(tx: Connection, key: UUID) -> None:
        new = Assignment(workspace_id=viewer.workspace_id, conversation_id=key, by=viewer.id, to=to)
        await assign_to(tx, new, now)

    return await _each(request, act)


async def close(request: web.Request) -> web.StreamResponse:
    """Close the selected conversations."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()

    async def act(tx: Connection, key: UUID) -> None:
        await close_it(tx, viewer.workspace_id, key, viewer.id, now)

    return await _each(request, act)


async def snooze(request: web.Request) -> web.StreamResponse:
    """Put the selected conversations off."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    entered = await fields(request)
    until = snoozed_until(entered.get("for", ""), entered.get("until", ""), viewer.zone, now)

    async def act(tx: Connection, key: UUID) -> None:
        await snooze_it(tx, viewer.workspace_id, key, viewer.id, until, now)

    return await _each(request, act)


async def _selected(request: web.Request) -> Sequence[UUID]:
    named = (await posted(request)).getall("conversation", [])
    found = {key for one in named if isinstance(one, str) and (key := as_id(one))}
    if not found:
        raise Invalid("conversation", NOTHING)
    if len(found) > MOST:
        raise Invalid("conversation", TOO_MANY)
    return sorted(found)


async def _each(request: web.Request, act: Act) -> web.StreamResponse:
    outcome = Outcome()
    for key in await _selected(request):
        try:
            async with request.config_dict[DATABASE].transaction() as tx:
                await act(tx, key)
        except (NotFound, Refused):
            outcome.left += 1
        else:
            outcome.done += 1
    request.config_dict[LIVE].committed()
    if not is_partial(request):
        raise web.HTTPSeeOther(INBOX)
    return page(request, "inbox/_bulk_told.html", outcome=outcome)
