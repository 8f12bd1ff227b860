"""What the links lead to: an invited person joins, a member sets a new password."""

from __future__ import annotations

from aiohttp import web

from agent_console.forms import fields
from agent_console.people.entering import enter
from agent_console.render import language_of, page, translate
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid, NotFound
from team.actions.join import Joining, join, whose_invitation
from team.actions.password_link import use_password_link, whose_password

SET = "/console/login?told=password"


async def show_invitation(request: web.Request) -> web.StreamResponse:
    """Say who invites whom; looking does not use the link up, for messengers fetch links for previews."""
    return await _invitation(request, 200)


async def accept_invitation(request: web.Request) -> web.StreamResponse:
    """Add the member and sign them in."""
    entered = await fields(request)
    new = Joining(
        token=request.match_info["token"],
        name=entered.get("name", ""),
        password=entered.get("password", ""),
        language=language_of(request),
        address=request.remote or "",
        user_agent=request.headers.get("User-Agent", ""),
    )
    try:
        signed_in = await join(request.config_dict[DATABASE], new, request.config_dict[CLOCK].now())
    except NotFound:
        return _over(request)
    except Invalid as error:
        return await _invitation(request, 422, error, entered.get("name", ""))
    request.config_dict[LIVE].committed()
    return await enter(request, signed_in, "")


async def show_password(request: web.Request) -> web.StreamResponse:
    """Ask for the new password."""
    return await _password(request, 200)


async def set_password(request: web.Request) -> web.StreamResponse:
    """Set it and lead to the sign-in, where a second step is still asked for."""
    entered = await fields(request)
    token, now = request.match_info["token"], request.config_dict[CLOCK].now()
    try:
        await use_password_link(
            request.config_dict[DATABASE], token, entered.get("password", ""), now
        )
    except NotFound:
        return _over(request)
    except Invalid as error:
        return await _password(request, 422, error)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(SET)


async def _invitation(
    request: web.Request, status: int, error: Invalid | None = None, name: str = ""
) -> web.StreamResponse:
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    invited = await whose_invitation(pool, request.match_info["token"], now)
    if invited is None:
        return _over(request)
    return page(
        request,
        "people/invitation.html",
        status=status,
        invited=invited,
        name=name,
        at_field=error.field if error else "",
        problem=translate(request, str(error)) if error else "",
    )


async def _password(
    request: web.Request, status: int, error: Invalid | None = None
) -> web.StreamResponse:
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    whose = await whose_password(pool, request.match_info["token"], now)
    if whose is None:
        return _over(request)
    problem = translate(request, str(error)) if error else ""
    return page(request, "people/password.html", status=status, whose=whose, problem=problem)


def _over(request: web.Request) -> web.Response:
    return page(request, "people/over.html", status=404)
