"""The tills: staff PINs, verifiers, the stores both work in, and verifiers' one-time links."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console import words
from agent_console.access import VIEWER
from agent_console.forms import as_id, path_id
from agent_console.render import page, translate
from coupons.actions.pins import NewPin, add_pin, rotate_pin, set_pin_active, set_pin_stores
from coupons.barcode import svg
from coupons.pin_reads import pins_of
from runtime.appkeys import CLOCK, DATABASE, KEYRING, SETTINGS
from runtime.database import Connection
from runtime.errors import Invalid
from runtime.forms import posted
from team.actions.add_member import NewMember, add_member
from team.actions.set_stores import set_stores
from team.actions.sign_in_link import LINK_LIFE, make_link
from team.roles import Role
from team.verifiers import address_of_nobody, verifiers_of
from team.workspaces import store_rows

PATH = "/console/tills"

Act = Callable[[Connection], Awaitable[None]]


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What a form of the page carries."""

    name: str = ""
    email: str = ""
    pin: str = ""
    do: str = ""
    stores: Sequence[UUID] = ()


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was just made: shown once, stored nowhere."""

    member: UUID
    url: str
    qr: str
    minutes: int


async def show(request: web.Request) -> web.StreamResponse:
    """Show PINs and verifiers."""
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Add a PIN for one or several stores."""
    entered = await _entered(request)

    async def act(tx: Connection) -> None:
        if not entered.stores:
            raise Invalid("stores", words.CHOOSE_STORE)
        new = NewPin(
            workspace_id=request[VIEWER].workspace_id,
            store_id=entered.stores[0],
            more_stores=entered.stores[1:],
            name=entered.name,
            pin=entered.pin,
        )
        keyring, now = request.config_dict[KEYRING], request.config_dict[CLOCK].now()
        await add_pin(tx, keyring, new, now, by=request[VIEWER].id)

    return await _do(request, act, "pin", entered)


async def change(request: web.Request) -> web.StreamResponse:
    """Give a PIN new digits or other stores, or switch it off or on."""
    entered, pin_id = await _entered(request), path_id(request, "pin")
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    where = (viewer.workspace_id, pin_id)

    async def act(tx: Connection) -> None:
        if entered.do == "rotate":
            keyring = request.config_dict[KEYRING]
            await rotate_pin(tx, keyring, *where, entered.pin, now, by=viewer.id)
        elif entered.do == "stores":
            await set_pin_stores(tx, *where, entered.stores, now, by=viewer.id)
        else:
            await set_pin_active(tx, *where, now, active=entered.do == "on", by=viewer.id)

    return await _do(request, act, str(pin_id), entered)


async def add_verifier(request: web.Request) -> web.StreamResponse:
    """Add a verifier with the stores they work in; their first sign-in is by a link."""
    entered, viewer = await _entered(request), request[VIEWER]
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    try:
        _require_named(entered)
        new = NewMember(
            workspace_id=viewer.workspace_id,
            email=entered.email.strip() or address_of_nobody(),
            role=Role.VERIFIER,
            # Nobody knows it: the link lets them in, and an admin may set another.
            password=secrets.token_urlsafe(32),
            name=entered.name,
        )
        member = await add_member(database, new, now, by=viewer.id)
    except Invalid as error:
        return await _page(request, at="verifier", problem=str(error), entered=entered)
    async with database.transaction() as tx:
        await set_stores(tx, viewer.workspace_id, member, entered.stores, now, by=viewer.id)
    return await _with_link(request, member)


def _require_named(entered: Entered) -> None:
    if not entered.name.strip():
        raise Invalid("name", words.NAME_FIRST)
    if not entered.stores:
        raise Invalid("stores", words.CHOOSE_STORE)


async def place_verifier(request: web.Request) -> web.StreamResponse:
    """Say in which stores a verifier works."""
    entered, member = await _entered(request), path_id(request, "member")
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await set_stores(tx, viewer.workspace_id, member, entered.stores, now, by=viewer.id)

    return await _do(request, act, str(member), entered)


async def link(request: web.Request) -> web.StreamResponse:
    """Make a one-time link and show it, with its QR code, this once."""
    return await _with_link(request, path_id(request, "member"))


async def _with_link(request: web.Request, member: UUID) -> web.StreamResponse:
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        made = await make_link(tx, viewer.workspace_id, member, now, by=viewer.id)
    url = f"{request.config_dict[SETTINGS].base_url}/shop/in/{made.token}"
    label = translate(request, words.LINK_QR)
    minutes = int(LINK_LIFE.total_seconds() // 60)
    new = NewLink(member=member, url=url, qr=svg(url, "qr", label), minutes=minutes)
    return await _page(request, link=new)


async def _do(request: web.Request, act: Act, at: str, entered: Entered) -> web.StreamResponse:
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await act(tx)
    except Invalid as error:
        return await _page(request, at=at, problem=str(error), entered=entered)
    raise web.HTTPSeeOther(PATH)


async def _entered(request: web.Request) -> Entered:
    form = await posted(request)
    typed = {
        name: str(form.get(name, ""))[:254].replace("\x00", "")
        for name in ("name", "email", "pin", "do")
    }
    found = [as_id(str(value)) for value in form.getall("store", [])]
    return Entered(stores=[store for store in found if store is not None], **typed)


async def _page(
    request: web.Request,
    *,
    at: str = "",
    problem: str = "",
    entered: Entered | None = None,
    link: NewLink | None = None,
) -> web.StreamResponse:
    """Return the page; `problem` stands at the form it is about."""
    pool, workspace = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    stores = await store_rows(pool, workspace)
    return page(
        request,
        "pins/page.html",
        status=422 if problem else 200,
        pins=await pins_of(pool, workspace, request.config_dict[CLOCK].now()),
        verifiers=await verifiers_of(pool, workspace),
        stores=stores,
        store_names={store.id: store.name for store in stores},
        at_form=at,
        problem=translate(request, problem),
        entered=entered or Entered(),
        link=link,
    )
