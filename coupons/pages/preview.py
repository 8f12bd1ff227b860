"""The claim's page of a coupon that is still being designed: the same template, a claim nobody has."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from coupons.page_reads import ClaimPage, StoreFacts
from coupons.pages.render import page
from coupons.pages.view import view
from coupons.rules.plan import NewCoupon
from coupons.sample import (
    NOBODY,
    NUMBER,
    TOKEN,
    Shop,
    design_of,
    instant_in,
    sample_codes,
    span_of,
)
from coupons.words import language

SCRIPT = re.compile(r"<script[^>]*></script>")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be shown: `phase` before, during or after; `absent`:
    heading and sentence for when the validity has no such time.
    """

    plan: NewCoupon
    shop: Shop
    stores: tuple[StoreFacts, ...]
    phase: str
    absent: tuple[str, str]


def preview(wish: Wish, *, now: datetime, base_url: str) -> web.Response:
    """Return the page for a frame of our own pages: nothing in it acts, no script runs."""
    plan, shop, phase = wish.plan, wish.shop, wish.phase
    design = design_of(plan, shop)
    span = span_of(design, now)
    waits = plan.validity_mode == "open" and phase == "before"
    at = now if waits else instant_in(span, phase, now)
    lang = language(shop.language)
    if at is None:
        heading, text = wish.absent
        return framed(
            page("message.html", lang=lang, heading=heading, text=text, number="", back="")
        )
    claim = ClaimPage(
        id=NOBODY,
        contact_id=NOBODY,
        conversation_id=None,
        state="issued",
        number=NUMBER,
        codes=sample_codes(plan),
        test=False,
        issued_at=now,
        first_opened_at=None if waits else now,
        span=None if waits else span,
        design=design,
        contact_language=shop.language,
        stores=wish.stores,
    )
    values: dict[str, Any] = view(claim, at, base_url=base_url, sealed=False)
    return framed(page("claim.html", path=f"/c/{TOKEN}", tap="preview", error="", **values))


def framed(response: web.Response) -> web.Response:
    """Let our own pages frame the answer, and nothing in it act."""
    response.text = SCRIPT.sub("", response.text or "")
    policy = response.headers["Content-Security-Policy"]
    policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = f"{policy}; sandbox allow-same-origin"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
