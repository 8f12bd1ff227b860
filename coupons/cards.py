"""A claim as a card in a chat."""

from __future__ import annotations

from conversations.content import Card, LinkButton
from coupons.design_facts import Design
from coupons.requests import CardPost
from coupons.words import word


def claim_url(base_url: str, token: str) -> str:
    """Return the address of a claim's page."""
    return f"{base_url}/c/{token}"


def image_url(design: Design, base_url: str) -> str | None:
    """Return the public address of the coupon's picture, None when it has none."""
    if design.image_key:
        return f"{base_url}/media/coupons/{design.image_key}"
    return design.image_url or None


def card(design: Design, *, url: str, base_url: str, lang: str, code: str, post: CardPost) -> Card:
    """Return the card that carries a claim. `code` is shown only where the coupon allows it in a chat."""
    return Card(
        title=design.name,
        text=post.text or design.card_text,
        image_url=post.image_url or image_url(design, base_url),
        buttons=(LinkButton(post.button or word("open", lang), url),),
        code=code if design.allow_code_in_chat and code else None,
        template_name=f"coupon:{design.id}:{lang}",
    )


def preview(design: Design, *, base_url: str, lang: str) -> Card:
    """Return the card as it would be sent, with an address that opens nothing and without a code."""
    url = claim_url(base_url, "preview")
    return card(design, url=url, base_url=base_url, lang=lang, code="", post=CardPost())
