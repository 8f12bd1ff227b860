"""The second step of signing in: the page that asks for a code."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import local_path
from agent_console.forms import fields
from agent_console.people import words
from agent_console.people.entering import SHOP, enter
from agent_console.render import page, translate
from runtime.appkeys import CLOCK, DATABASE, KEYRING
from runtime.errors import NotFound, Refused
from team.actions.give_code import CodeAttempt, give_code, is_open
from team.actions.sign_in import Throttled
from team.cookies import clear_step, read_step

AGAIN = "/console/login?told=again"


async def show(request: web.Request) -> web.StreamResponse:
    """Ask for the code; whose password was not given within ten minutes begins again."""
    step = read_step(request)
    now = request.config_dict[CLOCK].now()
    if not step or not await is_open(request.config_dict[DATABASE], step, now):
        return _begin_again(request)
    return _form(request, 200, "", request.query.get("next", ""))


async def submit(request: web.Request) -> web.StreamResponse:
    """Begin a session once the code is right; what was wrong with a wrong one is not told."""
    entered = await fields(request)
    wanted = entered.get("next", "")
    attempt = CodeAttempt(
        token=read_step(request),
        code=entered.get("code", ""),
        address=request.remote or "",
        user_agent=request.headers.get("User-Agent", ""),
    )
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    try:
        signed_in = await give_code(database, request.config_dict[KEYRING], attempt, now)
    except NotFound:
        return _begin_again(request)
    except Throttled as error:
        told = translate(request, words.TOO_MANY, seconds=error.seconds)
        answer = _form(request, 429, told, wanted)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    except Refused:
        return _form(request, 401, translate(request, words.WRONG_CODE), wanted)
    return await enter(request, signed_in, wanted)


def _begin_again(request: web.Request) -> web.Response:
    response = web.Response(status=303, headers={"Location": AGAIN})
    clear_step(request, response)
    return response


def _form(request: web.Request, status: int, error: str, wanted: str) -> web.Response:
    back = wanted if wanted == SHOP else local_path(wanted)
    return page(request, "people/code.html", status=status, error=error, next=back)
