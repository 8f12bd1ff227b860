"""Sign in and out, and the choices a browser remembers: language and theme."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER, local_path
from agent_console.forms import fields
from agent_console.people.entering import await_code, enter, onward
from agent_console.render import THEMES, page, translate
from agent_console.sessions import clear_cookie, is_https, read_cookie
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Refused
from runtime.i18n import LANGUAGES, mark
from team.actions.set_language import set_language
from team.actions.sign_in import Attempt, CodeWanted, Throttled, sign_in
from team.actions.sign_out import sign_out
from team.queries import demo_logins

WRONG = mark("E-mail or password is wrong.")
TOO_MANY = mark("Too many tries. Wait %(seconds)s seconds and try again.")
# What the page says to somebody whom another page sent here.
TOLD = {
    "password": mark("Your new password is set. Sign in with it."),
    "again": mark("The time to type the code is over. Sign in again."),
}
DEMO_PASSWORD = "tessera-demo"  # noqa: S105 (shown on the page on purpose)
YEAR_S = 365 * 24 * 3600


async def show(request: web.Request) -> web.StreamResponse:
    """Show the sign-in form; a member who is signed in already goes on."""
    if VIEWER in request:
        raise web.HTTPSeeOther(onward(request[VIEWER].role, request.query.get("next", "")))
    return await _form(request, 200, "")


async def submit(request: web.Request) -> web.StreamResponse:
    """Begin a session, always a new one: a cookie brought along never becomes signed in."""
    entered = await fields(request)
    attempt = Attempt(
        email=entered.get("email", ""),
        password=entered.get("password", ""),
        address=request.remote or "",
        user_agent=request.headers.get("User-Agent", ""),
    )
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    try:
        signed_in = await sign_in(database, attempt, now)
    except Throttled as error:
        answer = await _form(
            request, 429, translate(request, TOO_MANY, seconds=error.seconds), entered
        )
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    except Refused:
        return await _form(request, 401, translate(request, WRONG), entered)
    if isinstance(signed_in, CodeWanted):
        return await_code(request, signed_in, entered.get("next", ""))
    return await enter(request, signed_in, entered.get("next", ""))


async def leave(request: web.Request) -> web.StreamResponse:
    """End the session; what the browser kept of the console, its script forgets (forget.ts)."""
    token = read_cookie(request)
    if token:
        await sign_out(request.config_dict[DATABASE], token, request.config_dict[CLOCK].now())
        request.config_dict[LIVE].committed()
    response = web.Response(status=303, headers={"Location": "/console/login"})
    clear_cookie(request, response)
    return response


async def pick_language(request: web.Request) -> web.StreamResponse:
    """Speak another language from now on."""
    entered = await fields(request)
    language = entered.get("language", "")
    if language not in LANGUAGES:
        raise web.HTTPBadRequest
    viewer = request.get(VIEWER)
    if viewer is not None:
        await set_language(request.config_dict[DATABASE], viewer.id, language)
    return _remember(request, "tessera_language", language, entered.get("next", ""))


async def pick_theme(request: web.Request) -> web.StreamResponse:
    """Use the light or the dark theme, or the device's."""
    entered = await fields(request)
    theme = entered.get("theme", "")
    if theme not in THEMES:
        raise web.HTTPBadRequest
    return _remember(request, "tessera_theme", theme, entered.get("next", ""))


async def _form(
    request: web.Request, status: int, error: str, entered: dict[str, str] | None = None
) -> web.Response:
    given = entered or {}
    return page(
        request,
        "login.html",
        status=status,
        error=error,
        told="" if error else TOLD.get(request.query.get("told", ""), ""),
        email=given.get("email", ""),
        next=local_path(given.get("next") or request.query.get("next", "")),
        demo=await demo_logins(request.config_dict[DATABASE]),
        demo_password=DEMO_PASSWORD,
    )


def _remember(request: web.Request, name: str, value: str, back: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": local_path(back)})
    response.set_cookie(
        name, value, max_age=YEAR_S, path="/", secure=is_https(request), samesite="Lax"
    )
    return response
