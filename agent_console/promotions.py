"""Promotion links of a coupon: add one for each place it is advertised, copy it, print its QR code."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import as_id, path_id
from agent_console.promotion_forms import Picked, picked, uploaded
from agent_console.render import page
from coupons.pages.pictures import store_picture
from coupons.promotions.actions.add_promotion import add_promotion, set_promotion
from coupons.promotions.actions.remember import keep_logo, remember
from coupons.promotions.logos import NAMES, stock_logo
from coupons.promotions.qr import SIZES, draw, load_logo, packed
from coupons.promotions.queries import (
    Choice,
    PromotionFacts,
    coupon_design,
    last_choice,
    logos_of,
    promotions_of,
)
from runtime.appkeys import CLOCK, DATABASE, LIVE, SETTINGS
from runtime.errors import Invalid, NotFound
from runtime.forms import posted
from runtime.i18n import mark

SUGGESTED = (
    mark("Poster"),
    mark("Flyer"),
    mark("E-mail"),
    mark("Facebook ad"),
    mark("Instagram post"),
    mark("Table stand"),
)
PREVIEW = 256
NO_SIZE = mark("Choose at least one size.")
NO_LINK = mark("Add a link first, then choose it here.")


async def show(request: web.Request) -> web.StreamResponse:
    """Show the links and the QR form, with the logo and channel chosen last."""
    return await _page(request)


async def create(request: web.Request) -> web.StreamResponse:
    """Add a link for a promotion channel; what was typed stays when it is refused."""
    viewer, coupon_id = request[VIEWER], path_id(request, "coupon")
    form = await posted(request)
    name, now = str(form.get("name", "")), request.config_dict[CLOCK].now()
    database = request.config_dict[DATABASE]
    try:
        async with database.transaction() as tx:
            made = await add_promotion(tx, viewer.workspace_id, coupon_id, name, viewer.id, now)
            known = await last_choice(tx, viewer.workspace_id, viewer.id)
            choice = Choice(made.name, known.logo)
            await remember(tx, viewer.workspace_id, viewer.id, choice, now)
    except Invalid as refused:
        return await _page(request, status=422, typed=name, wrong=str(refused))
    raise web.HTTPSeeOther(f"{_here(coupon_id)}#link-{made.id}")


async def switch(request: web.Request) -> web.StreamResponse:
    """End a link, or let it give out its coupon again."""
    viewer, coupon_id = request[VIEWER], path_id(request, "coupon")
    form = await posted(request)
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await set_promotion(
            tx,
            viewer.workspace_id,
            coupon_id,
            path_id(request, "promotion"),
            active=form.get("active") == "yes",
            by=viewer.id,
            now=now,
        )
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(_here(coupon_id))


async def preview(request: web.Request) -> web.Response:
    """Answer one QR code as a picture of 256 pixels: `?logo=` as the form has it."""
    found = await _link(request, str(path_id(request, "promotion")))
    try:
        png = await _drawn(request, found, (PREVIEW,), request.query.get("logo", ""))
    except Invalid as refused:
        raise NotFound("There is no such picture") from refused
    return web.Response(body=png[2], content_type="image/png")


async def stock(request: web.Request) -> web.Response:
    """Answer one of the logos we draw ourselves."""
    name = request.match_info["logo"]
    if name not in NAMES:
        raise NotFound("There is no such logo")
    output = io.BytesIO()
    stock_logo(name).save(output, "PNG")
    return web.Response(
        body=output.getvalue(),
        content_type="image/png",
        headers={"Cache-Control": "private, max-age=86400"},
    )


async def download(request: web.Request) -> web.Response:
    """Answer the chosen sizes: a PNG for one, one zip for several; the choice is remembered."""
    viewer, form = request[VIEWER], picked(await posted(request))
    if not form.sizes:
        return await _page(request, status=422, chosen=form, wrong_qr=NO_SIZE)
    try:
        found = await _link(request, form.link)
        name, kind, content = await _drawn(request, found, form.sizes, form.logo)
    except NotFound:
        return await _page(request, status=422, chosen=form, wrong_qr=NO_LINK)
    except Invalid as refused:
        return await _page(request, status=422, chosen=form, wrong_qr=str(refused))
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    choice = Choice(found.name, form.logo)
    await remember(database.screens, viewer.workspace_id, viewer.id, choice, now)
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return web.Response(
        body=content, content_type=kind, headers={"Content-Disposition": disposition}
    )


async def add_logo(request: web.Request) -> web.StreamResponse:
    """Keep an uploaded picture among the workspace's logos and choose it."""
    viewer, coupon_id = request[VIEWER], path_id(request, "coupon")
    await coupon_design(request.config_dict[DATABASE].screens, viewer.workspace_id, coupon_id)
    now = request.config_dict[CLOCK].now()
    try:
        content = await uploaded(request)
        data_dir = request.config_dict[SETTINGS].data_dir
        key = await asyncio.to_thread(store_picture, data_dir, "logo", content)
    except Invalid as refused:
        return await _page(request, status=422, wrong_qr=str(refused))
    async with request.config_dict[DATABASE].transaction() as tx:
        await keep_logo(tx, viewer.workspace_id, key, now)
        known = await last_choice(tx, viewer.workspace_id, viewer.id)
        await remember(tx, viewer.workspace_id, viewer.id, Choice(known.name, f"own:{key}"), now)
    raise web.HTTPSeeOther(f"{_here(coupon_id)}#qr")


async def _drawn(
    request: web.Request, found: PromotionFacts, sizes: tuple[int, ...], logo: str
) -> tuple[str, str, bytes]:
    viewer, settings = request[VIEWER], request.config_dict[SETTINGS]
    screens = request.config_dict[DATABASE].screens
    allowed = await logos_of(screens, viewer.workspace_id) if logo.startswith("own:") else []
    plan = await coupon_design(screens, viewer.workspace_id, found.coupon_id)
    picture = await asyncio.to_thread(load_logo, settings.data_dir, logo, allowed)
    address = f"{settings.base_url}/p/{found.slug}"
    if sizes == (PREVIEW,):
        return "", "", await asyncio.to_thread(draw, address, PREVIEW, picture)
    return await asyncio.to_thread(packed, address, sizes, picture, f"{plan.name}-{found.name}")


async def _link(request: web.Request, wanted: str) -> PromotionFacts:
    """Return one of the coupon's links; raises NotFound."""
    key, viewer = as_id(wanted), request[VIEWER]
    screens = request.config_dict[DATABASE].screens
    links = await promotions_of(screens, viewer.workspace_id, path_id(request, "coupon"))
    for one in links:
        if one.id == key:
            return one
    raise NotFound("There is no such link")


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    typed: str | None = None,
    chosen: Picked | None = None,
    **wrong: str,
) -> web.Response:
    viewer, coupon_id = request[VIEWER], path_id(request, "coupon")
    screens = request.config_dict[DATABASE].screens
    plan = await coupon_design(screens, viewer.workspace_id, coupon_id)
    links = await promotions_of(screens, viewer.workspace_id, coupon_id)
    last = await last_choice(screens, viewer.workspace_id, viewer.id)
    logos = await logos_of(screens, viewer.workspace_id)
    picked_now = chosen or _as_last(links, last, logos)
    known: dict[str, Any] = {"wrong": "", "wrong_qr": ""}
    return page(
        request,
        "promotions/page.html",
        status=status,
        coupon=plan,
        links=links,
        base=request.config_dict[SETTINGS].base_url,
        suggested=SUGGESTED,
        typed=typed if typed is not None else _fresh_name(links, last),
        chosen=picked_now,
        sizes=SIZES,
        stock=NAMES,
        logos=logos,
        **(known | wrong),
    )


def _as_last(links: list[PromotionFacts], last: Choice, logos: list[str]) -> Picked:
    """Return the form as it was left: the same promotion channel of this coupon, and the same logo."""
    same = [one for one in links if one.name == last.name] or links
    own = last.logo.removeprefix("own:") if last.logo.startswith("own:") else ""
    logo = last.logo if not own or own in logos else ""
    return Picked(link=str(same[0].id) if same else "", logo=logo, sizes=(1024,))


def _fresh_name(links: list[PromotionFacts], last: Choice) -> str:
    """Return the channel chosen last where this coupon has no link for it yet."""
    return "" if any(one.name == last.name for one in links) else last.name


def _here(coupon_id: UUID) -> str:
    return f"/console/coupons/{coupon_id}/promote"
