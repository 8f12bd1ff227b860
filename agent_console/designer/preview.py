"""What customers will see of a form that is not saved: the card on each channel, the page, the notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.designer import words as names
from agent_console.designer.context import Draft, bar_of
from agent_console.designer.entered import Entered, entered, read
from agent_console.designer.found import EMPTY, stored_or_raise
from agent_console.forms import as_id
from agent_console.render import page, translate
from conversations.appkeys import CHANNELS
from conversations.channel import Abilities, ContentRefused
from coupons import cards, words
from coupons.design_queries import Stored
from coupons.errors import Refusal
from coupons.notices import notice
from coupons.page_reads import StoreFacts
from coupons.pages.preview import Wish
from coupons.pages.preview import preview as preview_page
from coupons.requests import CardPost
from coupons.rules.plan import NewCoupon
from coupons.sample import TOKEN, Shop, design_of, sample_code
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from runtime.i18n import mark
from team.workspaces import store_rows

CUSTOMER = "Mei"
NAMELESS = mark("Name of the coupon")
PICTURES = ("image_url", "url")
PHASES = ("before", "during", "after")
ABSENT = {
    "before": (mark("There is no time before"), mark("This coupon can be used at once.")),
    "after": (mark("There is no time after"), mark("This coupon can be used without an end.")),
}
ORDER = ("line", "messenger", "instagram", "whatsapp")


class Chat(msgspec.Struct, frozen=True):
    """The card on one channel: the messages it becomes, or why the channel does not take it."""

    channel: str
    parts: tuple[Any, ...]
    refused: str
    abilities: Abilities


async def refresh(request: web.Request) -> web.StreamResponse:
    """Answer the parts of the page that follow what is typed; nothing is stored."""
    form, stored = await _form(request)
    draft = await _draft(request, form, stored)
    return page(
        request,
        "coupons/designer/_refresh.html",
        **bar_of(draft, request[VIEWER].features),
        **looks(request, draft.plan),
        stored=stored,
        names=names,
        oob=True,
    )


async def show_page(request: web.Request) -> web.StreamResponse:
    """Answer the claim's page as it would be before, during or after its validity."""
    form, stored = await _form(request)
    draft = await _draft(request, form, stored)
    viewer, config = request[VIEWER], request.config_dict
    phase = request.query.get("phase", "during")
    known = await store_rows(config[DATABASE].screens, viewer.workspace_id)
    named = [one for one in known if not draft.stores or one.id in draft.stores]
    heading, text = (translate(request, words) for words in ABSENT.get(phase, ABSENT["after"]))
    wish = Wish(
        plan=draft.plan,
        shop=shop_of(request),
        stores=tuple(
            StoreFacts(one.name, one.address, one.phone, one.latitude, one.longitude)
            for one in named
        ),
        phase=phase if phase in PHASES else "during",
        absent=(heading, text),
    )
    return preview_page(wish, now=config[CLOCK].now(), base_url=config[SETTINGS].base_url)


def looks(request: web.Request, plan: NewCoupon) -> dict[str, Any]:
    """Return the card on every channel, and both notices as a customer reads them."""
    shop = shop_of(request)
    if not plan.name.strip():
        plan = msgspec.structs.replace(plan, name=translate(request, NAMELESS))
    design = design_of(plan, shop)
    lang = words.language(shop.language)
    notices = {
        "notice_limit": (plan.notice_limit, Refusal.CONTACT_LIMIT),
        "notice_sold_out": (plan.notice_sold_out, Refusal.SOLD_OUT),
    }
    return {
        "chats": chats(request, plan),
        "customer": CUSTOMER,
        "notices": {
            field: notice(own, design, CUSTOMER, lang) if own else words.sentence(why, lang)
            for field, (own, why) in notices.items()
        },
    }


def chats(request: web.Request, plan: NewCoupon) -> Sequence[Chat]:
    """Return what each channel makes of the coupon's card, in the order people know them."""
    shop, base_url = shop_of(request), request.config_dict[SETTINGS].base_url
    card = cards.card(
        design_of(plan, shop),
        url=cards.claim_url(base_url, TOKEN),
        base_url=base_url,
        lang=words.language(shop.language),
        code=sample_code(plan),
        post=CardPost(),
    )
    found = []
    channels = request.config_dict[CHANNELS]
    for name in sorted(channels, key=lambda one: ORDER.index(one) if one in ORDER else len(ORDER)):
        channel = channels[name]
        try:
            parts, refused = channel.parts(card), ""
        except ContentRefused as error:
            parts, refused = (), str(error)
        built = tuple(_local(msgspec.to_builtins(part), base_url) for part in parts)
        found.append(Chat(name, built, refused, channel.abilities))
    return found


def _local(part: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Let our own pictures load from wherever the console is open, not from the public address."""
    pictures = {name: part[name].removeprefix(base_url) for name in PICTURES if part.get(name)}
    return part | pictures


def shop_of(request: web.Request) -> Shop:
    """Return the viewer's workspace as the previews need it."""
    viewer = request[VIEWER]
    return Shop(
        workspace_id=viewer.workspace_id,
        name=viewer.workspace_name,
        zone=viewer.zone,
        language=viewer.workspace_language,
        picture_key=viewer.workspace_picture,
    )


async def _form(request: web.Request) -> tuple[Entered, Stored | None]:
    form = await entered(request)
    key = as_id(form.values.get("coupon", ""))
    return form, await stored_or_raise(request, key) if key is not None else None


async def _draft(request: web.Request, form: Entered, stored: Stored | None) -> Draft:
    base = stored.plan if stored is not None else EMPTY
    plan, wrong = read(form.values, request[VIEWER].zone, base)
    # What cannot be read keeps its stored value, so that the phone never shows half a value.
    bad = {problem.field for problem in wrong}
    plan = msgspec.structs.replace(plan, **{name: getattr(base, name) for name in bad & NAMES})
    return Draft(
        values=form.values, plan=plan, stores=form.stores, stored=stored, wrong=tuple(wrong)
    )


NAMES = frozenset(NewCoupon.__struct_fields__) - {"name"}
