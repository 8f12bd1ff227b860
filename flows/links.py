"""Customers who come through a promotion link: the claim that awaits them, or the words why there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.post import NewMessage
from conversations.actions.receive import Handled
from conversations.channel import Channel, Inbound
from conversations.content import Text
from coupons.errors import Refusal
from coupons.promotions.queries import PromotionFacts, by_slugs
from coupons.promotions.tokens import chat_word, slug_in
from coupons.requests import CardPost, ClaimRequest, ClaimResult
from coupons.words import sentence
from flows.private import invitation
from runtime.database import Connection

Settle = Callable[[Connection, Sequence[ClaimRequest], datetime], Awaitable[list[ClaimResult]]]
SOURCE = "link"


class Arrival(msgspec.Struct, frozen=True):
    """An event that carries a promotion's word."""

    handled: Handled
    promotion: PromotionFacts

    @property
    def trigger(self) -> str:
        """What is kept on the claim and on the messages."""
        return f"link: {self.promotion.name}"


def slug_of(inbound: Inbound) -> str | None:
    """Return the promotion's slug an event carries: as referral, as payload, or in what was written."""
    for text in (inbound.ref, inbound.payload, inbound.text):
        slug = slug_in(text) if text else None
        if slug is not None:
            return slug
    return None


async def arrivals(tx: Connection, heard: Sequence[Handled]) -> dict[UUID, Arrival]:
    """Return who came through a link of their own workspace, by conversation; reads only where a word is."""
    slugs = {one.conversation_id: slug_of(one.event.inbound) for one in heard}
    wanted = sorted({slug for slug in slugs.values() if slug is not None})
    known = await by_slugs(tx, wanted) if wanted else {}
    found = {}
    for one in heard:
        promotion = known.get(slugs[one.conversation_id] or "")
        if promotion is not None and promotion.workspace_id == one.workspace_id:
            found[one.conversation_id] = Arrival(one, promotion)
    return found


async def give(
    tx: Connection,
    arrived: Sequence[Arrival],
    channels: Mapping[str, Channel],
    settle: Settle,
    now: datetime,
) -> list[NewMessage]:
    """Issue what the links promise, and return the words for those who get nothing."""
    asking = [one for one in arrived if one.promotion.active and one.handled.contact_id]
    results = await settle(tx, [_request(one) for one in asking], now) if asking else []
    refused = [
        _message(one, result.text)
        for one, result in zip(asking, results, strict=True)
        if result.refusal is not None
    ]
    return [*refused, *_words(arrived, channels)]


def _words(arrived: Sequence[Arrival], channels: Mapping[str, Channel]) -> list[NewMessage]:
    messages = []
    for one in arrived:
        if not one.promotion.active:
            text = sentence(Refusal.SENDING_ENDED, one.handled.language or one.promotion.language)
        elif one.handled.contact_id is None:
            word = chat_word(one.promotion.slug)
            text = invitation(one.handled, word, one.promotion.language, channels)
        else:
            continue
        if text:
            messages.append(_message(one, text))
    return messages


def _request(one: Arrival) -> ClaimRequest:
    handled, promotion = one.handled, one.promotion
    assert handled.contact_id is not None  # noqa: S101 (chosen by the caller)
    return ClaimRequest(
        workspace_id=handled.workspace_id,
        coupon_id=promotion.coupon_id,
        contact_id=handled.contact_id,
        conversation_id=handled.conversation_id,
        source=SOURCE,
        # The event's own key: sent again by the platform it asks for nothing new.
        key=f"{promotion.slug}:{handled.event.account.id.hex}:{handled.event.inbox_id}",
        trigger=one.trigger,
        arrived_at=handled.event.received_at,
        post=CardPost(),
        request_id=handled.event.request_id,
    )


def _message(one: Arrival, text: str) -> NewMessage:
    return NewMessage(
        conversation_id=one.handled.conversation_id,
        content=Text(text),
        trigger=one.trigger,
        request_id=one.handled.event.request_id,
    )
