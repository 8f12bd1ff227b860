"""One member as an admin sees them: role, stores, password link, second step, sessions, let in or shut out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.people import words
from agent_console.people.links import NewLink, new_link
from agent_console.people.members import PATH, ticked_stores
from agent_console.render import page, translate
from conversations.actions.leave import deactivate_member, give_role
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.database import Connection
from runtime.errors import Invalid, Refused
from runtime.forms import posted
from runtime.i18n import mark
from team.actions.change_member import reactivate
from team.actions.end_sessions import Whose, end_others
from team.actions.password_link import make_password_link
from team.actions.second_step import turn_off
from team.actions.set_stores import STORE_ROLES, set_stores
from team.roles import Role
from team.staff import person
from team.workspaces import store_rows

LETTER = mark("Your new password for Tessera")
HANDED_BACK = mark("%(count)s conversations went back to everybody.")

Act = Callable[[Connection, UUID, UUID], Awaitable[int]]


async def show(request: web.Request) -> web.StreamResponse:
    """Show the member."""
    return await _page(request)


async def set_role(request: web.Request) -> web.StreamResponse:
    """Set role and stores."""
    form = await posted(request)
    role, stores = str(form.get("role", "")), ticked_stores(form.getall("store", []))
    now, by = request.config_dict[CLOCK].now(), request[VIEWER].id

    async def act(tx: Connection, space: UUID, key: UUID) -> int:
        given = await give_role(tx, space, key, role, now, by=by)
        if role in STORE_ROLES:
            await set_stores(tx, space, key, stores, now, by=by)
        return given

    return await _do(request, act, "role")


async def link(request: web.Request) -> web.StreamResponse:
    """Make a link by which the member sets a new password, and show it, this once."""
    viewer, key = request[VIEWER], path_id(request, "member")
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        made = await make_password_link(tx, viewer.workspace_id, key, now, by=viewer.id)
        whose = await person(tx, viewer.workspace_id, key)
    subject = translate(request, LETTER)
    path = f"/console/password/{made.token}"
    return await _page(request, link=new_link(request, path, whose.email, subject))


async def reset_two_steps(request: web.Request) -> web.StreamResponse:
    """Turn the member's second step off, for somebody who lost both phone and codes."""
    now, by = request.config_dict[CLOCK].now(), request[VIEWER].id

    async def act(tx: Connection, space: UUID, key: UUID) -> int:
        await turn_off(tx, space, key, now, by=by)
        return 0

    return await _do(request, act, "two-steps")


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End all of the member's sessions; an admin's own stays."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()

    async def act(tx: Connection, space: UUID, key: UUID) -> int:
        await person(tx, space, key)
        whose = Whose(workspace_id=space, member_id=key, by=viewer.id)
        await end_others(tx, whose, viewer.session_id, now)
        return 0

    return await _do(request, act, "sign-out")


async def shut_out(request: web.Request) -> web.StreamResponse:
    """Deactivate the member; their open conversations go back."""
    now, by = request.config_dict[CLOCK].now(), request[VIEWER].id

    async def act(tx: Connection, space: UUID, key: UUID) -> int:
        return await deactivate_member(tx, space, key, now, by=by)

    return await _do(request, act, "active")


async def let_in(request: web.Request) -> web.StreamResponse:
    """Reactivate the member."""
    now, by = request.config_dict[CLOCK].now(), request[VIEWER].id

    async def act(tx: Connection, space: UUID, key: UUID) -> int:
        await reactivate(tx, space, key, now, by=by)
        return 0

    return await _do(request, act, "active")


async def _do(request: web.Request, act: Act, at: str) -> web.StreamResponse:
    key = path_id(request, "member")
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            given = await act(tx, request[VIEWER].workspace_id, key)
    except (Invalid, Refused) as error:
        told = words.NO_ROLE if isinstance(error, Invalid) else str(error)
        return await _page(request, problem=told, at=at)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"{PATH}/{key}" + (f"?given={given}" if given else ""))


async def _page(
    request: web.Request, *, problem: str = "", at: str = "", link: NewLink | None = None
) -> web.StreamResponse:
    """Return the page; `problem` stands at the form it is about."""
    pool, workspace = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    given = request.query.get("given", "")
    return page(
        request,
        "people/member.html",
        status=422 if problem else 200,
        who=await person(pool, workspace, path_id(request, "member")),
        roles=tuple(Role),
        stores=await store_rows(pool, workspace),
        problem=translate(request, problem),
        done=translate(request, HANDED_BACK, count=given[:6]) if given.isdecimal() else "",
        at_form=at,
        link=link,
    )
