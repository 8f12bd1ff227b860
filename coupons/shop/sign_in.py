"""Sign in at /shop by password or by a one-time link, choose a store and a language, sign out."""

from __future__ import annotations

from aiohttp import web

from coupons.shop.place import PLACE, YEAR_S, anybody, find, redeemers, remember_store
from coupons.shop.render import LANGUAGE, language_of, page
from coupons.shop.words import NAMES, WORDS, fill
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Refused
from runtime.forms import posted
from team import throttle
from team.actions.set_language import set_language
from team.actions.sign_in import Attempt, CodeWanted, SignedIn, Throttled, sign_in
from team.actions.sign_in_link import use_link, whose_link
from team.actions.sign_out import sign_out
from team.cookies import clear_cookie, is_https, read_cookie, set_cookie, set_step

HOME = "/shop"
# The console asks for the code of the second step and leads back here.
CODE = "/console/login/code?next=%2Fshop"


@anybody
async def show_login(request: web.Request) -> web.StreamResponse:
    """Show the form; who is signed in goes on."""
    if await find(request) is not None:
        raise web.HTTPSeeOther(HOME)
    return _form(request, 200)


@anybody
async def log_in(request: web.Request) -> web.StreamResponse:
    """Begin a session by e-mail and password."""
    form = await posted(request)
    attempt = Attempt(
        email=str(form.get("email", "")),
        password=str(form.get("password", "")),
        address=request.remote or "",
        user_agent=request.headers.get("User-Agent", ""),
    )
    lang = language_of(request)
    try:
        signed_in = await sign_in(
            request.config_dict[DATABASE], attempt, request.config_dict[CLOCK].now()
        )
    except Throttled as error:
        answer = _form(request, 429, fill(lang, "too_many", n=error.seconds), attempt.email)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    except Refused:
        return _form(request, 401, WORDS[lang]["wrong_login"], attempt.email)
    if isinstance(signed_in, CodeWanted):
        response = web.Response(status=303, headers={"Location": CODE})
        set_step(request, response, signed_in.token)
        return response
    return await _enter(request, signed_in)


@anybody
async def show_link(request: web.Request) -> web.StreamResponse:
    """Say whom the link signs in; looking does not use it up, for messengers fetch links for previews."""
    slow = await _slow(request)
    if slow is not None:
        return slow
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    found = await whose_link(database.screens, request.match_info["token"], now)
    if found is None:
        return await _over(request)
    lang = language_of(request)
    return page(request, "link.html", lang, name=found.name, workspace=found.workspace)


@anybody
async def enter_by_link(request: web.Request) -> web.StreamResponse:
    """Use the link up and begin a session."""
    slow = await _slow(request)
    if slow is not None:
        return slow
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    agent = request.headers.get("User-Agent", "")
    async with database.transaction() as tx:
        signed_in = await use_link(tx, request.match_info["token"], agent, now)
    return await _over(request) if signed_in is None else await _enter(request, signed_in)


@anybody
async def log_out(request: web.Request) -> web.StreamResponse:
    """End the session; scans that wait for the network stay on the phone."""
    token = read_cookie(request)
    if token:
        await sign_out(request.config_dict[DATABASE], token, request.config_dict[CLOCK].now())
        request.config_dict[LIVE].committed()
    response = web.Response(status=303, headers={"Location": "/shop/login"})
    clear_cookie(request, response)
    return response


@redeemers(store=False)
async def show_stores(request: web.Request) -> web.StreamResponse:
    """Let the member say where they are."""
    place = request[PLACE]
    return page(request, "stores.html", place.lang, place=place)


@redeemers(store=False)
async def choose_store(request: web.Request) -> web.StreamResponse:
    """Remember the chosen store on this phone."""
    wanted = str((await posted(request)).get("store", ""))
    for store in request[PLACE].stores:
        if str(store.id) == wanted:
            response = web.Response(status=303, headers={"Location": HOME})
            remember_store(request, response, store)
            return response
    raise web.HTTPSeeOther("/shop/stores")


@anybody
async def choose_language(request: web.Request) -> web.StreamResponse:
    """Speak another language on this phone, and to this member."""
    wanted = str((await posted(request)).get("language", ""))
    if wanted not in NAMES:
        raise web.HTTPBadRequest
    place = await find(request)
    if place is not None:
        await set_language(request.config_dict[DATABASE], place.viewer.id, wanted)
    response = web.Response(status=303, headers={"Location": HOME})
    response.set_cookie(
        LANGUAGE, wanted, max_age=YEAR_S, path="/", secure=is_https(request), samesite="Lax"
    )
    return response


async def _enter(request: web.Request, signed_in: SignedIn) -> web.Response:
    old = read_cookie(request)
    if old:
        await sign_out(request.config_dict[DATABASE], old, request.config_dict[CLOCK].now())
    response = web.Response(status=303, headers={"Location": HOME})
    set_cookie(request, response, signed_in.token)
    return response


def _form(request: web.Request, status: int, error: str = "", email: str = "") -> web.Response:
    lang = language_of(request)
    return page(request, "login.html", lang, status, error=error, email=email)


async def _over(request: web.Request) -> web.Response:
    """Count a link that opens nothing as a guess, and say so."""
    screens, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    await throttle.failed(screens, [_guesser(request)], now)
    lang = language_of(request)
    t = WORDS[lang]
    return page(
        request, "message.html", lang, 404, heading=t["link_over"], text=t["link_over_text"]
    )


async def _slow(request: web.Request) -> web.Response | None:
    """Return the answer to an address that tried too many links; None when it may go on."""
    screens, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    wait = await throttle.wait_s(screens, [_guesser(request)], now)
    if not wait:
        return None
    lang = language_of(request)
    text = fill(lang, "too_many", n=wait)
    answer = page(request, "message.html", lang, 429, heading=WORDS[lang]["link_over"], text=text)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _guesser(request: web.Request) -> throttle.Subject:
    return throttle.Subject(f"shop-link:{request.remote}"[:160], 20, 8.0)
