"""The cookies of a session and of a sign-in that awaits its code; console and verifiers' page share them."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from runtime.appkeys import SETTINGS
from team.actions.sign_in import SESSION_LIFE, STEP_LIFE

TOKEN_LENGTH = 64


def is_https(request: web.Request) -> bool:
    """Say whether people reach us over https."""
    return request.config_dict[SETTINGS].base_url.startswith("https://")


def cookie_name(request: web.Request) -> str:
    """Return the cookie's name; over https a name that browsers tie to this very host."""
    return "__Host-tessera" if is_https(request) else "tessera_session"


def set_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser its session."""
    _set(request, response, cookie_name(request), token, SESSION_LIFE)


def clear_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Take the session back from the browser."""
    _clear(request, response, cookie_name(request))


def read_cookie(request: web.Request) -> str:
    """Return the token the browser sent, "" when there is none or it cannot be one of ours."""
    return _plausible(request.cookies.get(cookie_name(request), ""))


def set_step(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Let the browser remember that its password was right; this opens nothing but the page for the code."""
    _set(request, response, step_name(request), token, STEP_LIFE)


def clear_step(request: web.Request, response: web.StreamResponse) -> None:
    """Take that back."""
    _clear(request, response, step_name(request))


def read_step(request: web.Request) -> str:
    """Return the token of a sign-in that awaits its code, "" when there is none."""
    return _plausible(request.cookies.get(step_name(request), ""))


def step_name(request: web.Request) -> str:
    """Return the name of that cookie; over https one that browsers tie to this very host."""
    return "__Host-tessera-step" if is_https(request) else "tessera_step"


def _set(
    request: web.Request, response: web.StreamResponse, name: str, token: str, life: timedelta
) -> None:
    response.set_cookie(
        name,
        token,
        max_age=int(life / timedelta(seconds=1)),
        path="/",
        httponly=True,
        secure=is_https(request),
        samesite="Lax",
    )


def _clear(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(name, path="/", httponly=True, secure=is_https(request), samesite="Lax")


def _plausible(token: str) -> str:
    return token if token.isascii() and len(token) <= TOKEN_LENGTH else ""
