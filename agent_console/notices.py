"""What a browser tells a member while nobody looks at it, and the switch for it."""

from __future__ import annotations

import msgspec
from aiohttp import web

from agent_console import words
from agent_console.access import VIEWER, is_partial
from agent_console.forms import as_id, fields
from agent_console.render import page, translate
from conversations.notices import Notice, count_unread, news
from runtime.appkeys import DATABASE
from runtime.i18n import mark
from team.actions.set_notices import Notices, set_notices

MOST = 50
EXCERPT = 80
NOBODY = {"direct": mark("New customer")}
GROUP = mark("Group")
NEW = mark("New message")


async def show(request: web.Request) -> web.StreamResponse:
    """Return what is to be told of the messages named; nothing while the switch is off."""
    viewer, named = request[VIEWER], request.query.getall("message", [])
    wanted = [key for key in map(as_id, named[:MOST]) if key]
    found = []
    if viewer.notify and wanted:
        found = await news(request.config_dict[DATABASE], viewer.workspace_id, viewer.id, wanted)
    return web.json_response({"notices": [_told(request, one) for one in found]})


async def count(request: web.Request) -> web.StreamResponse:
    """Return the number beside the inbox, which stands in the title, too."""
    viewer = request[VIEWER]
    unread = await count_unread(request.config_dict[DATABASE], viewer.workspace_id, viewer.id)
    return page(request, "inbox/_unread.html", unread=unread)


async def switch(request: web.Request) -> web.StreamResponse:
    """Turn notices on or off, and draw the switch anew."""
    on = (await fields(request)).get("notify") == "on"
    viewer = request[VIEWER]
    await _set(
        request,
        Notices(notify=on, notify_sound=viewer.notify_sound, notify_words=viewer.notify_words),
    )
    if not is_partial(request):
        raise web.HTTPSeeOther("/console/me?done=saved")
    request[VIEWER] = msgspec.structs.replace(viewer, notify=on)
    return page(request, "parts/notify.html")


async def save(request: web.Request) -> web.StreamResponse:
    """Store all of the choice."""
    entered = await fields(request)
    ticked = {
        name: entered.get(name) == "on" for name in ("notify", "notify_sound", "notify_words")
    }
    await _set(request, Notices(**ticked))
    raise web.HTTPSeeOther("/console/me?done=saved")


async def _set(request: web.Request, new: Notices) -> None:
    await set_notices(request.config_dict[DATABASE], request[VIEWER].id, new)


def _told(request: web.Request, one: Notice) -> dict[str, str]:
    """Return a name and a short excerpt, or no word of the customer's for a member who does not want them."""
    name = one.name or translate(request, NOBODY.get(one.chat_type, GROUP))
    body = translate(request, NEW)
    if request[VIEWER].notify_words:
        kind = words.KINDS.get(one.kind, words.KINDS["unknown"])
        body = _short(one.text) or f"[{translate(request, kind)}]"
    return {"conversation": str(one.conversation_id), "title": name[:EXCERPT], "body": body}


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= EXCERPT else plain[: EXCERPT - 1] + "…"
