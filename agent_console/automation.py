"""Hours and automatic answers: the settings of what happens in the inbox by itself."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from agent_console.access import VIEWER, WRITERS
from agent_console.automation_forms import DAYS, filled, read, typed
from agent_console.render import page, translate
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid
from runtime.forms import posted
from team.actions.set_automation import set_automation
from team.automation import Automation, automation_of
from team.hours import is_open
from team.queries import colleagues

PATH = "/console/settings/automation"


async def show(request: web.Request) -> web.StreamResponse:
    """Show what is set."""
    viewer, database = request[VIEWER], request.config_dict[DATABASE]
    found = await automation_of(database.screens, [viewer.workspace_id])
    rules = found.get(viewer.workspace_id) or Automation(workspace_id=viewer.workspace_id)
    now = request.config_dict[CLOCK].now()
    state = is_open(rules.hours, now) if rules.hours_on else None
    saved = request.query.get("saved") == "1"
    return await _page(request, entered=filled(rules), open_now=state, saved=saved)


async def save(request: web.Request) -> web.StreamResponse:
    """Replace it, or show what is wrong with what was entered, all of it kept."""
    viewer = request[VIEWER]
    form = await posted(request)
    fields = {
        name: [one for one in form.getall(name) if isinstance(one, str)] or [""] for name in form
    }
    try:
        rules = read(viewer.workspace_id, fields)
        async with request.config_dict[DATABASE].transaction() as tx:
            await set_automation(tx, rules, viewer.id, request.config_dict[CLOCK].now())
    except Invalid as error:
        return await _page(
            request,
            status=422,
            entered=typed(fields),
            problem=(error.field, translate(request, str(error))),
        )
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{PATH}?saved=1")


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    entered: dict[str, Any],
    open_now: bool | None = None,
    saved: bool = False,
    problem: tuple[str, str] = ("", ""),
) -> web.Response:
    people = await colleagues(request.config_dict[DATABASE], request[VIEWER].workspace_id)
    return page(
        request,
        "settings/automation.html",
        status=status,
        entered=entered,
        open_now=open_now,
        saved=saved,
        wrong=problem[0],
        told=problem[1],
        days=DAYS,
        roles=sorted(WRITERS),
        colleagues=[one for one in people if one.role in WRITERS],
    )
