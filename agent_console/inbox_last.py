"""The choice a member made in the inbox's list, which an address without one opens again."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import msgspec
from aiohttp import web

from agent_console.access import VIEWER, is_partial
from agent_console.forms import fields
from agent_console.inbox_list import Choice, choice, choice_of
from agent_console.people_of import people_of
from conversations.inbox_counts import one_of
from runtime.appkeys import DATABASE
from team.actions.choose_list import choose_list

NAMES = frozenset(Choice.__struct_fields__)


async def keep(request: web.Request) -> web.StreamResponse:
    """Remember the choice that a script made without opening a page."""
    await _keep(request, choice_of(await fields(request)))
    return web.Response(status=204)


async def keep_or_reopen(request: web.Request) -> None:
    """Remember the choice in a page's address; lead one without a choice to the member's last."""
    if is_partial(request):
        return
    if NAMES & request.query.keys():
        asked = choice(request)
        # These come by links (a figure's, one in a chat's words): made in the list they are sent to `keep`.
        if not (asked.member or asked.blocked):
            await _keep(request, asked)
        return
    last = await _last(request)
    if last:
        raise web.HTTPSeeOther(f"{request.path}?{urlencode({**request.query, **last})}")


async def _keep(request: web.Request, asked: Choice) -> None:
    """Store a choice, unless it is the stored one. A search is of the moment: it is not remembered."""
    viewer, query = request[VIEWER], urlencode(asked.kept)
    if not asked.q and query != viewer.inbox_choice:
        await choose_list(request.config_dict[DATABASE], viewer.id, query)


async def _last(request: web.Request) -> dict[str, str]:
    """Return the member's last choice, without a tag, account or colleague that is gone meanwhile."""
    viewer, database = request[VIEWER], request.config_dict[DATABASE]
    last = choice_of(dict(parse_qsl(viewer.inbox_choice)))
    if last.tag or last.account or last.member:
        there = await one_of(database, viewer.workspace_id)
        people = await people_of(request)
        last = msgspec.structs.replace(
            last,
            tag=last.tag if last.tag in {key for key, *_ in there["tags"]} else None,
            account=last.account
            if last.account in {key for key, *_ in there["accounts"]}
            else None,
            member=last.member if last.member in {one.id for one in people} else None,
        )
    return last.kept
