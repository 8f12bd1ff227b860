"""What members do together in a conversation: notes, mentions and snoozing."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import fields, form_id, path_id
from agent_console.render import page
from agent_console.snoozing import snoozed_until
from agent_console.thread import done
from conversations.actions.add_note import NewNote, add_note
from conversations.actions.snooze import snooze as snooze_it
from conversations.mentions import mentions_of, unseen_mentions
from runtime.appkeys import CLOCK, DATABASE


async def snooze(request: web.Request) -> web.StreamResponse:
    """Put the conversation off."""
    viewer, key = request[VIEWER], path_id(request, "conversation")
    entered, now = await fields(request), request.config_dict[CLOCK].now()
    until = snoozed_until(entered.get("for", ""), entered.get("until", ""), viewer.zone, now)
    async with request.config_dict[DATABASE].transaction() as tx:
        await snooze_it(tx, viewer.workspace_id, key, viewer.id, until, now)
    return await done(request, key)


async def note(request: web.Request) -> web.StreamResponse:
    """Write a note for the team."""
    viewer, entered = request[VIEWER], await fields(request)
    new = NewNote(
        workspace_id=viewer.workspace_id,
        conversation_id=path_id(request, "conversation"),
        member_id=viewer.id,
        form_id=form_id(entered),
        text=entered.get("note", ""),
    )
    async with request.config_dict[DATABASE].transaction() as tx:
        await add_note(tx, new, request.config_dict[CLOCK].now())
    return await done(request, new.conversation_id, noted=True)


async def mentions(request: web.Request) -> web.StreamResponse:
    """Show where the viewer was called by name."""
    rows = await mentions_of(request.config_dict[DATABASE], request[VIEWER].id)
    return page(request, "mentions/page.html", mentions=rows)


async def refresh_mentions(request: web.Request) -> web.StreamResponse:
    """Return the rows of that page."""
    rows = await mentions_of(request.config_dict[DATABASE], request[VIEWER].id)
    return page(request, "mentions/_rows.html", mentions=rows, oob=True)


async def count_mentions(request: web.Request) -> web.StreamResponse:
    """Return the number beside the way to that page."""
    count = await unseen_mentions(request.config_dict[DATABASE], request[VIEWER].id)
    return page(request, "mentions/_count.html", count=count)
