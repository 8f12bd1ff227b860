"""What a member does in a conversation: answer, take over, close, assign, mark as read, send again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console import held
from agent_console.access import VIEWER, is_partial
from agent_console.attaching import tray
from agent_console.forms import as_id, fields, form_id, many, member_field, path_id
from agent_console.heads import head_of
from agent_console.inbox import thread_context
from agent_console.render import page
from agent_console.variables import values_for
from conversations.actions import reply as replies
from conversations.actions.assign import Assignment
from conversations.actions.assign import assign as assign_to
from conversations.actions.close import close as close_it
from conversations.actions.mark_read import mark_read
from conversations.actions.take_over import take_over as take_it_over
from conversations.actions.unseen import Unseen
from conversations.actions.uploads import GONE
from conversations.appkeys import CHANNELS
from conversations.attachments import fetch_again as fetch_file_again
from conversations.quick_replies import quick_replies
from conversations.saved_replies import VARIABLE, fill
from runtime.appkeys import CLOCK, DATABASE, LIVE, SETTINGS
from runtime.errors import Invalid
from runtime.request_ids import request_id


async def reply(request: web.Request) -> web.StreamResponse:
    """Send what was written; with `then` = "close" the conversation is closed by the same press."""
    answer, now = await _composed(request), request.config_dict[CLOCK].now()
    closing = (await fields(request)).get("then") == "close"
    database = request.config_dict[DATABASE]
    try:
        async with database.transaction(database.answers) as tx:
            await replies.reply(tx, answer, request.config_dict[CHANNELS], now)
            if closing:
                key = answer.conversation_id
                await close_it(tx, answer.workspace_id, key, answer.member_id, now)
    except Unseen as error:
        return await held.ask(request, answer, error.newer, closing=closing)
    return await done(request, answer.conversation_id, sent=True)


async def send_again(request: web.Request) -> web.StreamResponse:
    """Send a failed or unknown message once more."""
    answer, message = await _answer(request), path_id(request, "message")
    async with request.config_dict[DATABASE].transaction() as tx:
        await replies.send_again(
            tx, answer, message, request.config_dict[CHANNELS], request.config_dict[CLOCK].now()
        )
    return await done(request, answer.conversation_id)


async def fetch_again(request: web.Request) -> web.StreamResponse:
    """Let a file that could not be fetched be tried once more."""
    viewer, key = request[VIEWER], path_id(request, "conversation")
    file, now = path_id(request, "file"), request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await fetch_file_again(tx, viewer.workspace_id, key, file, now)
    return await done(request, key)


async def take_over(request: web.Request) -> web.StreamResponse:
    """Make the conversation the viewer's."""
    viewer, key = request[VIEWER], path_id(request, "conversation")
    async with request.config_dict[DATABASE].transaction() as tx:
        await take_it_over(
            tx, viewer.workspace_id, key, viewer.id, request.config_dict[CLOCK].now()
        )
    return await done(request, key)


async def close(request: web.Request) -> web.StreamResponse:
    """Hand the conversation back to the bot."""
    viewer, key = request[VIEWER], path_id(request, "conversation")
    async with request.config_dict[DATABASE].transaction() as tx:
        await close_it(tx, viewer.workspace_id, key, viewer.id, request.config_dict[CLOCK].now())
    return await done(request, key)


async def read(request: web.Request) -> web.StreamResponse:
    """Note that the viewer has read it."""
    viewer, key = request[VIEWER], path_id(request, "conversation")
    async with request.config_dict[DATABASE].transaction() as tx:
        await mark_read(tx, viewer.workspace_id, key, viewer.id, request.config_dict[CLOCK].now())
    request.config_dict[LIVE].committed()
    return web.Response(status=204)


async def assign(request: web.Request) -> web.StreamResponse:
    """Give the conversation to a colleague, or with an empty field to nobody."""
    viewer, key = request[VIEWER], path_id(request, "conversation")
    to = member_field(await fields(request))
    new = Assignment(workspace_id=viewer.workspace_id, conversation_id=key, by=viewer.id, to=to)
    async with request.config_dict[DATABASE].transaction() as tx:
        await assign_to(tx, new, request.config_dict[CLOCK].now())
    return await done(request, key)


async def _composed(request: web.Request) -> replies.Answer:
    """Return the answer with its variables filled in, its files and its quick replies."""
    answer = await _answer(request)
    named = [as_id(text) for text in await many(request, "upload")]
    if None in named:
        raise Invalid("upload", GONE)
    head = await head_of(request)
    text = answer.text
    if VARIABLE.search(text):
        text = fill(text, await values_for(request, head))
    abilities = request.config_dict[CHANNELS][head.channel].abilities
    return msgspec.structs.replace(
        answer,
        text=text,
        quick_replies=quick_replies(await many(request, "quick"), abilities),
        uploads=tuple(filter(None, named)),
        public_url=request.config_dict[SETTINGS].base_url,
    )


async def _answer(request: web.Request) -> replies.Answer:
    viewer, entered = request[VIEWER], await fields(request)
    return replies.Answer(
        workspace_id=viewer.workspace_id,
        conversation_id=path_id(request, "conversation"),
        member_id=viewer.id,
        member_name=viewer.name,
        form_id=form_id(entered),
        text=entered.get("text", ""),
        request_id=request_id(),
        seen=held.seen_field(entered),
    )


async def done(request: web.Request, key: UUID, **told: bool) -> web.StreamResponse:
    """Wake the live streams and show the conversation anew; `sent` or `noted` gives a form its next id."""
    request.config_dict[LIVE].committed()
    if not is_partial(request):
        raise web.HTTPSeeOther(f"/console/inbox/{key}")
    opened = await thread_context(request, key)
    shown: dict[str, Any] = {"open": opened, **told}
    if told.get("sent"):
        shown["tray"] = await tray(request, opened["head"])
    return page(request, "inbox/_fresh.html", **shown)
