"""Set up one's second step: scan, confirm by a code, keep the recovery codes; renew them, turn it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from agent_console.access import VIEWER, first_page
from agent_console.forms import fields
from agent_console.people import words
from agent_console.people.me import myself
from agent_console.render import page, translate
from coupons.barcode import svg
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE
from runtime.errors import Invalid, Refused
from runtime.i18n import mark
from team.actions.own_password import require_password
from team.actions.second_step import begin, confirm, pending, renew_codes, turn_off
from team.actions.sign_in import Throttled
from team.staff import own_step
from team.two_steps import RECOVERY_CODES, address, hold

PATH = "/console/me/two-steps"
QR = mark("QR code for your authenticator")
# Who signed in a moment ago has just typed the password.
FRESH = timedelta(minutes=15)


async def show(request: web.Request) -> web.StreamResponse:
    """Show how it stands: off, waiting for its first code, or on."""
    return await _page(request)


async def start(request: web.Request) -> web.StreamResponse:
    """Draw a key and show it."""
    try:
        if not _is_fresh(request):
            await _require_password(request)
        async with request.config_dict[DATABASE].transaction() as tx:
            now = request.config_dict[CLOCK].now()
            await begin(tx, request.config_dict[KEYRING], request[VIEWER].id, now)
    except (Throttled, Invalid, Refused) as error:
        return await _page(request, error)
    raise web.HTTPSeeOther(PATH)


async def finish(request: web.Request) -> web.StreamResponse:
    """Turn it on by its first code and show the recovery codes, this once."""
    code = (await fields(request)).get("code", "")
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    try:
        codes = await confirm(database, request.config_dict[KEYRING], myself(request), code, now)
    except (Throttled, Invalid, Refused) as error:
        return await _page(request, error)
    return _codes(request, codes)


async def renew(request: web.Request) -> web.StreamResponse:
    """Replace the recovery codes; the password is asked for."""
    now, keyring = request.config_dict[CLOCK].now(), request.config_dict[KEYRING]
    try:
        await _require_password(request)
        async with request.config_dict[DATABASE].transaction() as tx:
            codes = await renew_codes(tx, keyring, myself(request), now)
    except (Throttled, Invalid, Refused) as error:
        return await _page(request, error, at="renew")
    return _codes(request, codes)


async def download(request: web.Request) -> web.StreamResponse:
    """Hand the codes that the page just showed back as a file; only codes that hold are written into it."""
    shown = (await fields(request)).get("codes", "").split()[:RECOVERY_CODES]
    viewer, pool = request[VIEWER], request.config_dict[DATABASE].screens
    good = await hold(pool, request.config_dict[KEYRING], viewer.id, shown)
    head = f"Tessera · {viewer.email}\n\n"
    return web.Response(
        text=head + "".join(f"{code}\n" for code in good),
        content_type="text/plain",
        headers={"Content-Disposition": 'attachment; filename="tessera-recovery-codes.txt"'},
    )


async def stop(request: web.Request) -> web.StreamResponse:
    """Turn it off; the password is asked for."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    try:
        await _require_password(request)
    except (Throttled, Invalid) as error:
        return await _page(request, error, at="off")
    async with request.config_dict[DATABASE].transaction() as tx:
        await turn_off(tx, viewer.workspace_id, viewer.id, now, by=viewer.id)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(PATH)


async def _require_password(request: web.Request) -> None:
    typed = (await fields(request)).get("old", "")
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    await require_password(database, request[VIEWER].id, typed, now)


def _is_fresh(request: web.Request) -> bool:
    return request.config_dict[CLOCK].now() - request[VIEWER].signed_in_at < FRESH


def _codes(request: web.Request, codes: Sequence[str]) -> web.Response:
    request.config_dict[LIVE].committed()
    first = first_page(request[VIEWER].role)
    return page(request, "people/codes.html", codes=codes, first=first)


async def _page(
    request: web.Request, error: Throttled | Invalid | Refused | None = None, *, at: str = ""
) -> web.StreamResponse:
    viewer, pool = request[VIEWER], request.config_dict[DATABASE].screens
    now, keyring = request.config_dict[CLOCK].now(), request.config_dict[KEYRING]
    own = await own_step(pool, viewer.id)
    secret = None if own else await pending(pool, keyring, viewer.id, now)
    scan = address(secret, viewer.email, viewer.workspace_name) if secret else ""
    return page(
        request,
        "people/two_steps.html",
        status=422 if error else 200,
        own=own,
        secret=secret,
        qr=svg(scan, "qr", translate(request, QR)) if scan else "",
        fresh=_is_fresh(request),
        at_form=at,
        problem=_told(request, error),
    )


def _told(request: web.Request, error: Throttled | Invalid | Refused | None) -> str:
    if isinstance(error, Throttled):
        return translate(request, words.TOO_MANY, seconds=error.seconds)
    return translate(request, str(error)) if error else ""
