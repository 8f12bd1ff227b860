"""One's own account: name, language, password, and the browsers one is signed in with."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import fields, path_id
from agent_console.people import words
from agent_console.render import page, translate
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid
from runtime.i18n import LANGUAGES, mark
from team.actions.change_me import change_me
from team.actions.end_sessions import Whose, end_others, end_session
from team.actions.own_password import Self, change_password
from team.actions.sign_in import Throttled
from team.roles import RIGHTS, Role
from team.staff import own_step, sessions_of

PATH = "/console/me"
DONE = {
    "saved": mark("Saved."),
    "password": mark("Your new password is set. You are signed out everywhere else."),
    "session": mark("That session is over."),
    "others": mark("You are signed out everywhere else."),
}


def myself(request: web.Request) -> Self:
    """Return the member who asks, as the actions on one's own account want it."""
    viewer = request[VIEWER]
    return Self(workspace_id=viewer.workspace_id, member_id=viewer.id, session_id=viewer.session_id)


async def show(request: web.Request) -> web.StreamResponse:
    """Show the account."""
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    """Store name and language."""
    entered = await fields(request)
    language = entered.get("language", "")
    if language not in {"", *LANGUAGES}:
        raise web.HTTPBadRequest
    now = request.config_dict[CLOCK].now()
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await change_me(tx, request[VIEWER].id, entered.get("name", ""), language, now)
    except Invalid as error:
        return await _page(request, error.field, str(error))
    return _done(request, "saved")


async def set_password(request: web.Request) -> web.StreamResponse:
    """Change the password; the old one is asked for."""
    entered = await fields(request)
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    old, new = entered.get("old", ""), entered.get("password", "")
    try:
        await change_password(database, myself(request), old, new, now)
    except Throttled as error:
        return await _page(request, "old", words.TOO_MANY, seconds=error.seconds)
    except Invalid as error:
        return await _page(request, error.field, str(error))
    return _done(request, "password")


async def end_one_session(request: web.Request) -> web.StreamResponse:
    """End one of the member's sessions."""
    session, now = path_id(request, "session"), request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await end_session(tx, _whose(request), session, now)
    return _done(request, "session")


async def end_other_sessions(request: web.Request) -> web.StreamResponse:
    """End all of the member's sessions but this one."""
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await end_others(tx, _whose(request), request[VIEWER].session_id, now)
    return _done(request, "others")


def _whose(request: web.Request) -> Whose:
    viewer = request[VIEWER]
    return Whose(workspace_id=viewer.workspace_id, member_id=viewer.id, by=viewer.id)


def _done(request: web.Request, what: str) -> web.StreamResponse:
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{PATH}?done={what}")


async def _page(
    request: web.Request, at_field: str = "", problem: str = "", **values: object
) -> web.StreamResponse:
    viewer, pool = request[VIEWER], request.config_dict[DATABASE].screens
    mine = RIGHTS[Role(viewer.role)]
    return page(
        request,
        "people/me.html",
        status=422 if problem else 200,
        at_field=at_field,
        problem=translate(request, problem, **values),
        done="" if problem else DONE.get(request.query.get("done", ""), ""),
        rights=[text for right, text in words.RIGHTS.items() if right in mine],
        sessions=await sessions_of(pool, viewer.id, request.config_dict[CLOCK].now()),
        own=await own_step(pool, viewer.id),
        browser=words.browser,
        device=words.device,
    )
