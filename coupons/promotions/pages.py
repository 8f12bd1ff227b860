"""A promotion's page: what is given, and the chats it is given in. Made for nobody in particular."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from conversations.appkeys import CHANNELS
from coupons import words
from coupons.design_facts import Design
from coupons.errors import Refusal
from coupons.page_words import WORDS, fill
from coupons.pages.benefit import benefit
from coupons.pages.colours import colours
from coupons.pages.found import now_of, stranger
from coupons.pages.render import page
from coupons.pages.times import lasting, when
from coupons.promotions.queries import Landing, chat_accounts, landing
from coupons.promotions.tokens import SLUG, chat_word
from coupons.rules.claiming import refuse_offer
from runtime.appkeys import DATABASE, SETTINGS
from runtime.i18n import accepted


def routes() -> list[web.RouteDef]:
    """Return the route. Its handler reads SETTINGS, DATABASE, CLOCK and CHANNELS of the app."""
    return [web.get("/p/{slug}", show)]


async def show(request: web.Request) -> web.Response:
    """Answer `/p/{slug}`: two indexed reads, no write, the same for whoever asks in a language."""
    slug, now = request.match_info["slug"].lower(), now_of(request)
    screens = request.config_dict[DATABASE].screens
    found = await landing(screens, slug) if SLUG.fullmatch(slug) else None
    if found is None:
        return await stranger(request, "promotion_gone")
    plan = found.design
    asked = accepted(request.headers.get("Accept-Language", ""))
    lang = words.language(*asked, plan.workspace_language)
    refusal = _refusal(found, now)
    chats = [] if refusal else await _chats(request, plan, chat_word(slug), lang)
    picture = f"/media/coupons/{plan.image_key}" if plan.image_key else ""
    base_url = request.config_dict[SETTINGS].base_url
    return page(
        "promotion.html",
        lang=lang,
        t=WORDS[lang],
        design=plan,
        benefit=benefit(plan, lang),
        colours=colours(plan),
        picture=picture,
        preview_picture=f"{base_url}{picture}" if picture else "",
        brand=f"/media/coupons/{plan.brand_image_key}" if plan.brand_image_key else "",
        times=_times(plan, now, lang),
        refusal=words.sentence(refusal, lang) if refusal else "",
        chats=chats,
        word=chat_word(slug),
    )


def _refusal(found: Landing, now: datetime) -> Refusal | None:
    """Say why nothing is given out here now. Whether stock is left is told in the chat, where it is taken."""
    if not found.active:
        return Refusal.SENDING_ENDED
    return refuse_offer(found.design.offer(), now, role=None, test=False)


async def _chats(request: web.Request, plan: Design, word: str, lang: str) -> list[dict[str, Any]]:
    """Return the ways into a chat: one an account, named where a messenger has several."""
    channels = request.config_dict[CHANNELS]
    screens = request.config_dict[DATABASE].screens
    accounts = [
        one for one in await chat_accounts(screens, plan.workspace_id) if one.channel in channels
    ]
    names = [one.channel for one in accounts]
    found = []
    for one in accounts:
        channel = channels[one.channel]
        label = channel.abilities.label
        several = names.count(one.channel) > 1
        title = (
            fill(lang, "promotion_as", channel=label, name=one.address)
            if several
            else fill(lang, "promotion_in", channel=label)
        )
        link = channel.chat_link(one, word)
        if link is not None:
            found.append(
                {"title": title, "link": link, "friend": channel.friend_link(one), "label": label}
            )
    return found


def _times(plan: Design, now: datetime, lang: str) -> list[str]:
    """Return until when it is given out, and when it may be used."""
    lines = []
    if plan.send_until is not None:
        lines.append(
            fill(lang, "promotion_given", when=when(plan.send_until, now, plan.zone, lang))
        )
    if plan.validity_mode == "open":
        lines.append(fill(lang, "starts_on_opening", span=lasting(plan, lang)))
    elif plan.validity_mode == "claim" and (plan.lasts_days or plan.lasts_minutes):
        lines.append(f"{fill(lang, 'valid_for')} {lasting(plan, lang)}")
    if plan.valid_from is not None and plan.valid_from > now:
        lines.append(fill(lang, "from", when=when(plan.valid_from, now, plan.zone, lang)))
    if plan.valid_until is not None:
        lines.append(fill(lang, "until", when=when(plan.valid_until, now, plan.zone, lang)))
    return lines
