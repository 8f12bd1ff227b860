"""The members as an admin sees them: the list, invitations, and whether all must use two steps."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import as_id, path_id
from agent_console.people import words
from agent_console.people.links import NewLink, new_link
from agent_console.render import page, translate
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid, Refused
from runtime.forms import posted
from runtime.i18n import mark
from team.actions.invite import TAKEN, NewInvitation, invite, renew, withdraw
from team.actions.require_two_steps import require_two_steps
from team.roles import Role
from team.staff import staff_of
from team.workspaces import store_rows

PATH = "/console/settings/members"
INVITED = mark("Join %(workspace)s on Tessera")


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What the form of an invitation carries."""

    email: str = ""
    role: str = ""
    stores: tuple[UUID, ...] = ()


async def show(request: web.Request) -> web.StreamResponse:
    """Show everybody."""
    return await _page(request)


async def invite_one(request: web.Request) -> web.StreamResponse:
    """Make an invitation and show its link, this once."""
    form = await posted(request)
    entered = Entered(
        email=str(form.get("email", ""))[:254],
        role=str(form.get("role", "")),
        stores=ticked_stores(form.getall("store", [])),
    )
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    new = NewInvitation(
        workspace_id=viewer.workspace_id,
        email=entered.email,
        role=entered.role,
        stores=entered.stores,
    )
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            made = await invite(tx, new, now, by=viewer.id)
    except Invalid as error:
        return await _page(request, problem=_told(error), at="invite", entered=entered)
    return await _with_link(request, made.token, entered.email.strip())


async def renew_one(request: web.Request) -> web.StreamResponse:
    """Make a new link of an invitation and show it, this once."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    key = path_id(request, "invitation")
    async with request.config_dict[DATABASE].transaction() as tx:
        made = await renew(tx, viewer.workspace_id, key, now, by=viewer.id)
    staff = await staff_of(request.config_dict[DATABASE].screens, viewer.workspace_id)
    [email] = [one.email for one in staff.invitations if one.id == key]
    return await _with_link(request, made.token, email)


async def withdraw_one(request: web.Request) -> web.StreamResponse:
    """Take an invitation back."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        key = path_id(request, "invitation")
        await withdraw(tx, viewer.workspace_id, key, now, by=viewer.id)
    raise web.HTTPSeeOther(PATH)


async def ask_all(request: web.Request) -> web.StreamResponse:
    """Ask everybody for two steps at sign-in, or no longer."""
    asked = (await posted(request)).get("on", "") == "1"
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await require_two_steps(tx, viewer.workspace_id, now, on=asked, by=viewer.id)
    except Refused as error:
        return await _page(request, problem=str(error), at="two-steps")
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(PATH)


def ticked_stores(values: Sequence[object]) -> tuple[UUID, ...]:
    """Return the stores that a form ticked; what is no id counts as not ticked."""
    found = [as_id(str(value)) for value in values]
    return tuple(store for store in found if store is not None)


def _told(error: Invalid) -> str:
    if error.field == "role":
        return words.NO_ROLE
    return TAKEN if str(error) == TAKEN else words.NOT_EMAIL


async def _with_link(request: web.Request, token: str, email: str) -> web.StreamResponse:
    subject = translate(request, INVITED, workspace=request[VIEWER].workspace_name)
    link = new_link(request, f"/console/invitation/{token}", email, subject)
    return await _page(request, link=link)


async def _page(
    request: web.Request,
    *,
    problem: str = "",
    at: str = "",
    entered: Entered | None = None,
    link: NewLink | None = None,
) -> web.StreamResponse:
    """Return the page; `problem` stands at the form it is about."""
    pool, workspace = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    stores = await store_rows(pool, workspace)
    return page(
        request,
        "people/members.html",
        status=422 if problem else 200,
        staff=await staff_of(pool, workspace),
        roles=tuple(Role),
        stores=stores,
        store_names={store.id: store.name for store in stores},
        problem=translate(request, problem),
        at_form=at,
        entered=entered or Entered(),
        link=link,
    )
