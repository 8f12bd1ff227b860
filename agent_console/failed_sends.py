"""Failed and unknown sends of the workspace: why, where, and sending again what is safe to send again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER, is_partial
from agent_console.forms import as_id, place_text, thread_place
from agent_console.paged import address
from agent_console.render import page
from conversations.actions.reply import Answer, require_open
from conversations.actions.resend import resend
from conversations.appkeys import CHANNELS
from conversations.failures import (
    PAGE,
    Failure,
    FailureFilter,
    causes,
    count_recent,
    failure_page,
    named_messages,
)
from conversations.queries import account_list
from conversations.resending import why_not, why_not_among_many
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid, NotFound, Refused
from runtime.forms import posted
from runtime.i18n import mark
from runtime.request_ids import request_id

PATH = "/console/failures"
STATES = {"failed": mark("failed"), "unknown": mark("may have arrived")}
NOTHING = mark("Tick at least one message")
TOO_MANY = mark("Send at most 50 messages again at once")
GONE = mark("There is no such message.")
Context = dict[str, Any]


class Line(msgspec.Struct, frozen=True):
    """One send: why it cannot be sent again at all, or not among many ("" when it can)."""

    send: Failure
    never: str
    alone: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of one that was asked for: why it was skipped, "" when it was sent again."""

    send: Failure | None
    skipped: str


async def show(request: web.Request) -> web.StreamResponse:
    """Show the newest, or those older than the address says."""
    return await _whole(request, ())


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the list alone."""
    return page(request, "failures/_rows.html", **await _listed(request), oob=True)


async def count(request: web.Request) -> web.StreamResponse:
    """Return how many there are of late, for the mark in the rail."""
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    recent = await count_recent(database, request[VIEWER].workspace_id, now)
    return page(request, "failures/_count.html", failures=recent, oob=True)


async def again(request: web.Request) -> web.StreamResponse:
    """Send the chosen ones again, each in a transaction of its own; posted twice they are sent once."""
    wanted, alone = await _wanted(request)
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    known = await named_messages(database, viewer.workspace_id, wanted)
    told = [await _again(request, known.get(key), key, alone=alone) for key in wanted]
    request.config_dict[LIVE].committed()
    if not is_partial(request):
        return await _whole(request, told)
    return page(request, "failures/_done.html", **await _listed(request), told=told, oob=True)


async def _again(request: web.Request, send: Failure | None, key: UUID, *, alone: bool) -> Outcome:
    if send is None:
        return Outcome(None, GONE)
    viewer = request[VIEWER]
    # The thread's button names its form the same: whichever is pressed, it is one message.
    answer = Answer(
        workspace_id=viewer.workspace_id,
        conversation_id=send.conversation_id,
        member_id=viewer.id,
        member_name=viewer.name,
        form_id=f"again-{key}",
        request_id=request_id(),
    )
    channels, now = request.config_dict[CHANNELS], request.config_dict[CLOCK].now()
    try:
        if not alone and (refused := why_not_among_many(send.state, partly=send.partly)):
            raise refused
        async with request.config_dict[DATABASE].transaction() as tx:
            await resend(tx, answer, key, channels, now)
    except Refused as error:
        return Outcome(send, error.code)
    except NotFound:
        return Outcome(None, GONE)
    except Invalid as error:
        return Outcome(send, str(error))
    return Outcome(send, "")


async def _wanted(request: web.Request) -> tuple[Sequence[UUID], bool]:
    """Return the messages a form names, and whether it is the button of a single one."""
    form = await posted(request)
    single = form.getall("one", [])
    named = single or form.getall("shown" if form.get("do") == "shown" else "message", [])
    found = {key: None for one in named if isinstance(one, str) and (key := as_id(one))}
    if not found:
        raise Invalid("message", NOTHING)
    if len(found) > PAGE:
        raise Invalid("message", TOO_MANY)
    return list(found), len(single) == 1


async def _whole(request: web.Request, told: Sequence[Outcome]) -> web.StreamResponse:
    database, workspace = request.config_dict[DATABASE], request[VIEWER].workspace_id
    offered: Context = {
        "accounts": await account_list(database, workspace),
        "causes": await causes(database, workspace),
        "states": STATES,
    }
    shown = await _listed(request)
    return page(request, "failures/page.html", **shown, **offered, told=told)


async def _listed(request: web.Request) -> Context:
    query, now = request.query, request.config_dict[CLOCK].now()
    state = query.get("state", "")
    which = FailureFilter(
        workspace_id=request[VIEWER].workspace_id,
        state=state if state in STATES else "",
        account_id=as_id(query.get("account", "")),
        cause=query.get("cause", "").replace("\x00", "")[:60],
    )
    kept = {"state": which.state, "account": str(which.account_id or ""), "cause": which.cause}
    before = thread_place(query.get("before", ""))
    found = await failure_page(request.config_dict[DATABASE], which, before)
    here = place_text(before)
    return {
        "lines": [_line(request, row, now) for row in found.rows],
        "which": which,
        "filtered": any(kept.values()),
        "here": address("", kept, before=here),
        "newest": address(PATH, kept) if before else "",
        "older": address(PATH, kept, before=place_text(found.before)) if found.before else "",
    }


def _line(request: web.Request, send: Failure, now: datetime) -> Line:
    never = why_not(send.state, send.error_code, send.claim_id)
    if never is None:
        try:
            channel = request.config_dict[CHANNELS][send.channel]
            require_open(send.account_state, channel, send.customer_at, now)
        except Refused as error:
            never = error
    alone = why_not_among_many(send.state, partly=send.partly)
    return Line(send, never.code if never else "", alone.code if alone else "")
