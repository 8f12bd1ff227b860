"""The inbox: the conversation list, one thread, the contact beside it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aiohttp import web

from agent_console.access import READERS, VIEWER, WRITERS
from agent_console.attaching import tray
from agent_console.composer import composer
from agent_console.contacts.panel import panel_of
from agent_console.forms import as_id, path_id, place_text, thread_place, whole
from agent_console.heads import head_of
from agent_console.inbox_last import keep_or_reopen
from agent_console.inbox_list import whole_list
from agent_console.people_of import people_of
from agent_console.render import page
from agent_console.said.message import said
from agent_console.variables import values_for
from conversations import queries
from conversations.appkeys import CHANNELS
from conversations.drafts import draft_of
from conversations.views import ThreadPage
from coupons.queries import claims_named
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from runtime.ids import uuid7

PAGE = 50
Context = dict[str, Any]


async def show_list(request: web.Request) -> web.StreamResponse:
    """Show the list with no conversation open."""
    await keep_or_reopen(request)
    return page(request, "inbox/page.html", **await whole_list(request), open=None)


async def show_thread(request: web.Request) -> web.StreamResponse:
    """Show a conversation beside the list."""
    await keep_or_reopen(request)
    return await conversation_page(request, path_id(request, "conversation"))


async def conversation_page(
    request: web.Request, key: UUID, *, status: int = 200, **changed: object
) -> web.Response:
    """Return the page of a conversation; `changed` takes the place of what its templates are given."""
    opened = await thread_context(request, key)
    if "draft" not in changed:
        changed["draft"] = await draft_of(request.config_dict[DATABASE], request[VIEWER].id, key)
    opened["fillings"] = await values_for(request, opened["head"])
    opened["tray"] = await tray(request, opened["head"])
    listed = await whole_list(request)
    return page(request, "inbox/page.html", status=status, **listed, open=opened | changed)


async def refresh_thread(request: web.Request) -> web.StreamResponse:
    """Return what changes in an open conversation: head, messages, window, contact."""
    return page(request, "inbox/_fresh.html", open=await thread_context(request))


async def refresh_window(request: web.Request) -> web.StreamResponse:
    """Return the time left to answer."""
    opened = await thread_context(request)
    return page(request, "inbox/_window.html", open=opened, oob=True)


async def thread_context(request: web.Request, key: UUID | None = None) -> Context:
    """Return what the thread's templates need; NotFound for another workspace's conversation."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    head = await head_of(request, key)
    conversation = head.id
    before, sought = (
        thread_place(request.query.get("before", "")),
        as_id(request.query.get("at", "")),
    )
    if sought:
        before = await queries.place_around(database, conversation, sought)
    rows = whole(request.query.get("messages", ""), PAGE, queries.MOST_ROWS)
    thread = await queries.thread_page(database, conversation, before, rows)
    if head.account_state == "erased":
        # What is left of each line says nothing; the composer tells why the thread is empty.
        thread = ThreadPage([], None)
    panel = await panel_of(request, head.contact_id, conversation) if head.contact_id else None
    carried = {row.claim_id for row in thread.rows if row.claim_id}
    known = {one.id: one for one in panel.claims} if panel else {}
    now = request.config_dict[CLOCK].now()
    older = await claims_named(
        database.reads, viewer.workspace_id, sorted(carried - known.keys()), now
    )
    base_url = request.config_dict[SETTINGS].base_url
    channel = request.config_dict[CHANNELS][head.channel]
    people = await people_of(request)
    return {
        "head": head,
        "messages": thread.rows,
        "said": {row.id: said(row, now, base_url) for row in thread.rows},
        "claim_states": known | older,
        "before": place_text(thread.before),
        "past": before is not None,
        "sought": sought,
        "seen": await queries.last_of(database, conversation, thread.rows, newest=before is None),
        "held": None,
        "loaded": rows,
        "most": queries.MOST_ROWS,
        "panel": panel,
        "claims": panel.claims if panel else (),
        "composer": composer(head, channel.abilities, request.config_dict[CLOCK].now()),
        "form_id": str(uuid7()),
        "colleagues": [one for one in people if one.role in WRITERS],
        "callable": [one for one in people if one.role in READERS],
    }
