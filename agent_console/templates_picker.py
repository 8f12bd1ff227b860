"""Approved templates, for when the time to answer is over: chosen, filled in, sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import fields, form_id
from agent_console.heads import head_of
from agent_console.render import page
from agent_console.thread import done
from conversations.accounts import find_account
from conversations.actions import reply as replies
from conversations.appkeys import CHANNELS
from conversations.channel import ApprovedTemplate, SendError
from conversations.message_templates import search
from conversations.views import ConversationHead
from runtime.appkeys import CLOCK, DATABASE, HTTP, KEYRING, SETTINGS
from runtime.errors import Invalid, NotFound, Refused
from runtime.i18n import mark
from runtime.request_ids import request_id

ASK_S = 12.0
FRESH = timedelta(seconds=60)
MOST_KEPT = 200
SHOWN = 50
NO_LIST = mark("The list of templates could not be fetched; try again in a moment.")
GONE = mark("This template is no longer approved; choose another.")
log = structlog.get_logger("console")


class Listed(msgspec.Struct, frozen=True):
    """The templates of an account as they were asked for."""

    at: datetime
    templates: Sequence[ApprovedTemplate]


# What was asked for within the last minute, by account.
LISTS = web.AppKey("template lists", dict[UUID, Listed])


async def choose(request: web.Request) -> web.StreamResponse:
    """List the templates that hold what was searched for."""
    head = await head_of(request)
    sought = request.query.get("q", "")[:80].strip()
    trouble, found = "", list[ApprovedTemplate]()
    try:
        found = search(await _templates(request, head), sought)
    except Refused as error:
        trouble = error.words
    shown: dict[str, Any] = {"found": found[:SHOWN], "more": len(found) > SHOWN, "sought": sought}
    return page(request, "inbox/_templates.html", head=head, trouble=trouble, **shown)


async def fill(request: web.Request) -> web.StreamResponse:
    """Show the form of one template's variables."""
    head = await head_of(request)
    template = await _one(request, head, request.match_info["template"])
    values = {name: head.name if name == "name" else "" for name in template.variables}
    return page(request, "inbox/_template.html", head=head, **_form(template, values))


async def send(request: web.Request) -> web.StreamResponse:
    """Send a template; what is wrong with a value is told beside it."""
    head, entered, viewer = await head_of(request), await fields(request), request[VIEWER]
    template = await _one(request, head, request.match_info["template"])
    values = {name: entered.get(f"v-{name}", "") for name in template.variables}
    answer = replies.Answer(
        workspace_id=viewer.workspace_id,
        conversation_id=head.id,
        member_id=viewer.id,
        member_name=viewer.name,
        form_id=form_id(entered),
        values=values,
        request_id=request_id(),
    )
    channels, now = request.config_dict[CHANNELS], request.config_dict[CLOCK].now()
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await replies.send_template(tx, answer, template, channels, now)
    except Invalid as error:
        shown = _form(template, values, entered["form_id"]) | {"wrong": error}
        return page(request, "inbox/_template.html", head=head, **shown)
    return await done(request, head.id, templated=True)


def _form(template: ApprovedTemplate, values: dict[str, str], form: str = "") -> dict[str, Any]:
    return {"chosen": template, "values": values, "form": form, "wrong": None}


async def _one(request: web.Request, head: ConversationHead, key: str) -> ApprovedTemplate:
    for template in await _templates(request, head):
        if template.id == key:
            return template
    raise NotFound(GONE)


async def _templates(request: web.Request, head: ConversationHead) -> Sequence[ApprovedTemplate]:
    """Return the account's templates, asked for at most once a minute; raises Refused("template_list")."""
    kept, now = request.config_dict[LISTS], request.config_dict[CLOCK].now()
    known = kept.get(head.account_id)
    if known and now - known.at < FRESH:
        return known.templates
    answer = await _ask(request, head)
    if isinstance(answer, SendError):
        log.warning("no list of templates", account=str(head.account_id), code=answer.code)
        raise Refused("template_list", NO_LIST)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[head.account_id] = Listed(now, answer)
    return answer


async def _ask(
    request: web.Request, head: ConversationHead
) -> Sequence[ApprovedTemplate] | SendError:
    app, viewer = request.config_dict, request[VIEWER]
    account = await find_account(
        app[DATABASE].screens, app[KEYRING], viewer.workspace_id, head.account_id
    )
    version = app[SETTINGS].graph_version
    try:
        async with asyncio.timeout(ASK_S):
            client = app[CHANNELS][head.channel].client(account, app[HTTP], version)
            return await client.approved_templates()
    except TimeoutError:
        return SendError(code="timeout", agent_text=NO_LIST)
