"""Who is at the page, and in which store; and the guard before every handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import wraps

import msgspec
from aiohttp import web

from coupons.actions.lock_claim import Till
from coupons.shop.render import language_of, page
from coupons.shop.words import WORDS
from coupons.till_reads import StoreName, stores_for
from runtime.appkeys import CLOCK, DATABASE
from runtime.origin import comes_from_us
from team.cookies import is_https, read_cookie
from team.queries import Viewer, viewer
from team.roles import Right, may

STORE = "tessera_store"
# Where the console lets a member set up the second step that their workspace asks for.
SET_UP = "/console/me/two-steps"
YEAR_S = int(timedelta(days=365) / timedelta(seconds=1))
SAFE = frozenset({"GET", "HEAD"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The member at the page, the stores they redeem in, and the one chosen: the only one, or remembered."""

    viewer: Viewer
    lang: str
    stores: Sequence[StoreName]
    store: StoreName | None

    @property
    def manager(self) -> bool:
        """Whether they may undo what others redeemed."""
        return may(self.viewer.role, Right.MANAGE_TILLS)

    def till(self) -> Till:
        """Return them as a till; AttributeError without a store, which the guard has asked for."""
        if self.store is None:
            raise AttributeError("no store was chosen")
        return Till(
            store_id=self.store.id,
            store_name=self.store.name,
            member_id=self.viewer.id,
            who=self.viewer.name,
            via="shop",
            holder=f"member:{self.viewer.id}",
        )


PLACE = web.RequestKey("place", Place)


def anybody(handler: Handler) -> Handler:
    """Return `handler` open to all, but for forms that another site sent."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.method not in SAFE and not comes_from_us(request):
            return _refuse(request, "blocked", 403)
        return await handler(request)

    return guarded


def redeemers(*, store: bool) -> Callable[[Handler], Handler]:
    """Return a guard: members who redeem, and with `store` only once they chose where they are."""

    def guard(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            found = await find(request)
            if found is None:
                return _ask_to_sign_in(request)
            if found.viewer.must_set_up:
                return _ask_to_sign_in(request, SET_UP)
            if not may(found.viewer.role, Right.REDEEM):
                return _refuse(request, "no_right", 403)
            if store and found.store is None:
                return _ask_for_store(request)
            request[PLACE] = found
            return await handler(request)

        return anybody(guarded)

    return guard


async def find(request: web.Request) -> Place | None:
    """Return who is signed in and where; None for a stranger."""
    token = read_cookie(request)
    database = request.config_dict[DATABASE]
    who = await viewer(database, token, request.config_dict[CLOCK].now()) if token else None
    if who is None:
        return None
    stores = await stores_for(database.screens, who)
    remembered = request.cookies.get(STORE, "")
    chosen = [one for one in stores if str(one.id) == remembered or len(stores) == 1]
    lang = language_of(request, who.language)
    return Place(viewer=who, lang=lang, stores=stores, store=chosen[0] if chosen else None)


def remember_store(request: web.Request, response: web.StreamResponse, store: StoreName) -> None:
    """Let this phone remember where it is."""
    response.set_cookie(
        STORE,
        str(store.id),
        max_age=YEAR_S,
        path="/shop",
        httponly=True,
        secure=is_https(request),
        samesite="Lax",
    )


def wants_page(request: web.Request) -> bool:
    """Say whether a person asks, not the page's script."""
    json = "application/json"
    return request.content_type != json and json not in request.headers.get("Accept", "")


def _ask_to_sign_in(request: web.Request, where: str = "/shop/login") -> web.StreamResponse:
    if not wants_page(request):
        return web.json_response({"refusal": "signed_out"}, status=401)
    raise web.HTTPSeeOther(where)


def _ask_for_store(request: web.Request) -> web.StreamResponse:
    if not wants_page(request):
        return web.json_response({"refusal": "no_store"}, status=409)
    raise web.HTTPSeeOther("/shop/stores")


def _refuse(request: web.Request, name: str, status: int) -> web.Response:
    lang = language_of(request)
    if not wants_page(request):
        return web.json_response({"refusal": name}, status=status)
    text = WORDS[lang].get(f"{name}_text", "")
    heading = WORDS[lang][name]
    return page(request, "message.html", lang, status, heading=heading, text=text)
