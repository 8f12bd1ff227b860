"""The list of contacts: searched, narrowed, newest first."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.contact_page.show import PATH
from agent_console.forms import as_id
from agent_console.inbox_list import entered
from agent_console.paged import address
from agent_console.render import page
from conversations.contact_list import ContactFilter, contact_page
from conversations.inbox_counts import one_of
from runtime.appkeys import DATABASE


async def show(request: web.Request) -> web.StreamResponse:
    """Show a page of the list."""
    database, house = request.config_dict[DATABASE], request[VIEWER].workspace_id
    query = request.query
    which = ContactFilter(
        workspace_id=house,
        text=entered(query.get("q", "")),
        tag=as_id(query.get("tag", "")),
        blocked=query.get("blocked") == "1",
        after=as_id(query.get("after", "")),
    )
    found = await contact_page(database, which)
    kept = {
        "q": which.text,
        "tag": str(which.tag or ""),
        "blocked": "1" if which.blocked else "",
    }
    older = address(PATH, kept, after=str(found.rows[-1].id)) if found.rows and found.more else ""
    return page(
        request,
        "contact_page/list.html",
        which=which,
        found=found,
        tags=(await one_of(database, house))["tags"],
        filtered=any(kept.values()),
        newest=address(PATH, kept) if which.after else "",
        older="" if which.text else older,
    )
