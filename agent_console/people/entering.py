"""What follows a right password: the page asked for, or the page for the code."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from agent_console.access import INBOX, first_page, local_path
from runtime.appkeys import CLOCK, DATABASE
from team.actions.sign_in import CodeWanted, SignedIn
from team.actions.sign_out import sign_out
from team.cookies import clear_step, read_cookie, set_cookie, set_step
from team.roles import Right, may

SHOP = "/shop"


def onward(role: str, wanted: str) -> str:
    """Return where to go after signing in: as asked, but who only redeems has nothing in the console."""
    if wanted == SHOP and may(role, Right.REDEEM):
        return SHOP
    first = first_page(role)
    return local_path(wanted) if first == INBOX else first


async def enter(request: web.Request, signed_in: SignedIn, wanted: str) -> web.Response:
    """Hand a new session over and lead on; a session that the browser brought along ends."""
    old = read_cookie(request)
    if old:
        now = request.config_dict[CLOCK].now()
        await sign_out(request.config_dict[DATABASE], old, now)
    where = onward(signed_in.role, wanted)
    response = web.Response(status=303, headers={"Location": where})
    set_cookie(request, response, signed_in.token)
    clear_step(request, response)
    return response


def await_code(request: web.Request, asked: CodeWanted, wanted: str) -> web.Response:
    """Lead to the page for the code, which needs the cookie set here and opens nothing else."""
    where = "/console/login/code?next=" + quote(onward(asked.role, wanted), safe="")
    response = web.Response(status=303, headers={"Location": where})
    set_step(request, response, asked.token)
    return response
