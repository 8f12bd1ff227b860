"""Small edits in place, in the list and on a coupon's page: quantity, sending window, use period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from agent_console.access import VIEWER, is_partial
from agent_console.designer import words as names
from agent_console.designer.context import by_anchor
from agent_console.designer.entered import Values, entered, read
from agent_console.designer.found import find
from agent_console.designer.life import done
from agent_console.designer.shown import values_of
from agent_console.render import page
from coupons.actions.edit import OPEN, ChangedMeanwhile, Edit, NotAccepted, edit
from coupons.actions.unit_jobs import run_step
from coupons.design_queries import Stored
from coupons.rules.locks import locked
from coupons.rules.plan import LONGEST
from coupons.rules.problems import Problem
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import NotFound

TRIES = 3
FIELDS: Mapping[str, tuple[str, ...]] = {
    "quantity": ("quantity",),
    "window": ("send_from", "send_until"),
    "validity": ("valid_from", "valid_until"),
}
WHAT: Mapping[str, str] = {"quantity": "topped_up", "window": "window", "validity": "validity"}
TEMPLATE = "coupons/designer/_inline_form.html"


async def show(request: web.Request) -> web.StreamResponse:
    """Show the little form, with the values as they are stored."""
    kind, stored = request.match_info["kind"], await find(request)
    if kind not in FIELDS:
        raise NotFound("There is no such edit")
    return _form(request, kind, stored, values_of(stored.plan, stored.zone))


async def close(request: web.Request) -> web.StreamResponse:
    """Fold the little form away again."""
    kind, stored = request.match_info["kind"], await find(request)
    if kind not in FIELDS:
        raise NotFound("There is no such edit")
    return page(
        request, "coupons/designer/_inline_done.html", kind=kind, stored=stored, saved=False
    )


def changer(kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the handler that saves one kind of edit."""

    async def change(request: web.Request) -> web.StreamResponse:
        stored, form = await find(request), await entered(request)
        typed = {name: text for name, text in form.values.items() if _belongs(name, kind)}
        try:
            await _save(request, kind, stored, typed)
        except NotAccepted as refused:
            if not is_partial(request):
                raise
            return _form(request, kind, stored, typed, refused.problems)
        if not is_partial(request):
            return done(request, stored.id, form.values.get("next", ""))
        request.config_dict[LIVE].committed()
        fresh = await find(request)
        return page(request, "coupons/designer/_inline_done.html", kind=kind, stored=fresh)

    return change


quantity, window, validity = changer("quantity"), changer("window"), changer("validity")


async def _save(request: web.Request, kind: str, stored: Stored, typed: Values) -> None:
    """Change nothing but these fields, also where somebody saves others at the same moment."""
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    for left in reversed(range(TRIES)):
        plan, wrong = read(typed, stored.zone, stored.plan)
        if wrong:
            raise NotAccepted(wrong)
        change = Edit(
            workspace_id=request[VIEWER].workspace_id,
            coupon_id=stored.id,
            plan=plan,
            stores=stored.stores,
            version=stored.version,
            by=request[VIEWER].id,
            what=WHAT[kind],
        )
        try:
            async with database.transaction() as tx:
                await edit(tx, change, now)
        except ChangedMeanwhile as meanwhile:
            if not left:
                raise
            stored = meanwhile.stored
            continue
        await run_step(database, stored.id, now)
        return


def _belongs(name: str, kind: str) -> bool:
    return any(name in {field, f"{field}_day", f"{field}_time"} for field in FIELDS[kind])


def _form(
    request: web.Request,
    kind: str,
    stored: Stored,
    values: Values,
    wrong: Sequence[Problem] = (),
) -> web.Response:
    return page(
        request,
        TEMPLATE,
        kind=kind,
        fields=FIELDS[kind],
        stored=stored,
        values=values,
        errors=by_anchor(tuple(wrong)),
        fixed=locked(stored.plan, stored.state),
        read_only=stored.state not in OPEN,
        names=names,
        longest=LONGEST,
        zone=stored.zone,
    )
