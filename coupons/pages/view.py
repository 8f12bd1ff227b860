"""What a claim's page shows at an instant, as plain values for its template."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from coupons import words
from coupons.errors import Refusal
from coupons.page_reads import ClaimPage, StoreFacts
from coupons.page_words import WORDS, fill
from coupons.pages.benefit import benefit
from coupons.pages.code_facts import code_facts
from coupons.pages.colours import colours
from coupons.pages.times import day, left, state_line, when
from runtime.clock import to_ms

MAP = "https://www.google.com/maps/search/?api=1&query="
STAMPED: dict[str, Refusal] = {
    "voided": Refusal.VOIDED,
    "released": Refusal.RELEASED,
    "given_away": Refusal.GIVEN_AWAY,
    "paused": Refusal.DISABLED,
    "after": Refusal.EXPIRED,
}
# Between the parts of what a stamp tells, where a space is not what stands there.
THEN = {"zh-Hant": "，", "zh-Hans": "，", "ja": "、"}
WATCHED = frozenset({"unopened", "before", "during", "paused", "redeemed"})


def phase(claim: ClaimPage, now: datetime) -> str:
    """Return what the page is about: redeemed, voided, released, given_away, paused, unopened (its clock
    waits for the opening), before, during or after.
    """
    if claim.state != "issued":
        return claim.state
    if claim.version == "paused":
        return "paused"
    return "unopened" if claim.span is None else claim.span.phase(now)


def language(claim: ClaimPage) -> str:
    """Return the page's language: the contact's, else the workspace's."""
    return words.language(claim.contact_language or claim.design.workspace_language)


def shows_code(claim: ClaimPage, now: datetime) -> bool:
    """Say whether the code is on the page: inside its validity, once a person has opened it.

    A claim nobody opened shows no code, so whatever fetches the link for a preview never sees one.
    """
    return phase(claim, now) == "during" and claim.first_opened_at is not None


def view(claim: ClaimPage, now: datetime, *, base_url: str, sealed: bool) -> dict[str, Any]:
    """Return the template's values. `sealed`: the code, and its picture, are left out entirely."""
    lang = language(claim)
    now_in = phase(claim, now)
    shown = not sealed and shows_code(claim, now)
    design = claim.design
    picture = f"/media/coupons/{design.image_key}" if design.image_key else ""
    return {
        "lang": lang,
        "t": WORDS[lang],
        "phase": now_in,
        "version": claim.version,
        "watched": now_in in WATCHED and not sealed,
        "design": design,
        "benefit": benefit(design, lang),
        "colours": colours(design),
        "test": claim.test,
        "to_open": (sealed or claim.first_opened_at is None)
        and now_in in {"unopened", "before", "during"},
        "shown": shown,
        "code": code_facts(claim, lang) if shown else None,
        "stamp": words.sentence(STAMPED[now_in], lang) if now_in in STAMPED else "",
        "redeemed": _redeemed(claim, lang) if now_in == "redeemed" else "",
        "state_line": state_line(now_in, claim.span, design, now, lang),
        "ends_ms": _ms(claim.span.end) if claim.span and now_in == "during" else None,
        "starts_ms": _ms(claim.span.start) if claim.span and now_in == "before" else None,
        "now_ms": to_ms(now),
        "left": left(claim.span, now, lang) if now_in == "during" else "",
        "dated": now_in in {"before", "during"} and claim.span is not None and _dated(claim, now),
        "picture": picture,
        "preview_picture": f"{base_url}{picture}" if picture else "",
        "brand": f"/media/coupons/{design.brand_image_key}" if design.brand_image_key else "",
        "stores": [_store(store) for store in claim.stores],
    }


def _dated(claim: ClaimPage, now: datetime) -> bool:
    """Say whether there is an instant worth a place in a calendar."""
    span = claim.span
    if span is None:
        return False
    return span.end is not None or (span.start is not None and span.start > now)


def _store(store: StoreFacts) -> dict[str, str]:
    """Return a store with the address of its map and its number to dial, "" where it has none."""
    place = store.address or store.name
    if store.latitude is not None and store.longitude is not None:
        place = f"{store.latitude},{store.longitude}"
    known = bool(store.address) or store.latitude is not None
    number = "".join(
        char for char in store.phone if char in "+*#" or (char.isascii() and char.isdigit())
    )
    return {
        "name": store.name,
        "address": store.address,
        "phone": store.phone,
        "map": MAP + quote_plus(place) if known else "",
        "dial": f"tel:{number}" if number else "",
    }


def _redeemed(claim: ClaimPage, lang: str) -> str:
    """Return the stamp's story: when, where and by whom."""
    if claim.redeemed_at is None:
        return ""
    local = claim.redeemed_at.astimezone(ZoneInfo(claim.design.zone)).date()
    moment = when(claim.redeemed_at, claim.redeemed_at, claim.design.zone, lang)
    parts = [
        f"{day(local, local, lang)} {moment}",
        fill(lang, "at_store", store=claim.redeemed_store) if claim.redeemed_store else "",
        fill(lang, "by", who=claim.redeemed_by) if claim.redeemed_by else "",
    ]
    return THEN.get(lang, " ").join(part for part in parts if part)


def _ms(instant: datetime | None) -> int | None:
    return to_ms(instant) if instant is not None else None
