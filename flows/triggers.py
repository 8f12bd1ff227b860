"""Which rule answers an event: pure comparison of plain values."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from conversations.channel import Inbound, Kind, MessageType
from conversations.keywords import normalise

GET_STARTED = frozenset({"GET_STARTED", "get_started", "FACEBOOK_WELCOME"})
# What nobody but a person can answer.
FOR_PEOPLE = frozenset(MessageType) - {MessageType.STORY_MENTION}


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the engine needs it; see flows.models.Rule. `language` is its workspace's."""

    id: UUID
    kind: str
    keywords: tuple[str, ...] = ()
    contains: bool = False
    coupon_id: UUID | None = None
    text: str = ""
    lead_text: str = ""
    refusal_texts: dict[str, str] = {}
    language: str = ""


class Match(msgspec.Struct, frozen=True):
    """The rule that answers, and the words kept as the claim's trigger."""

    rule: RuleFacts
    trigger: str


def match(rules: Sequence[RuleFacts], inbound: Inbound) -> Match | None:
    """Return the first rule, in order, that answers `inbound`; None when a bot has no answer."""
    for rule in rules:
        found = _triggered(rule, inbound)
        if found is not None:
            return Match(rule, found)
    return None


def _triggered(rule: RuleFacts, inbound: Inbound) -> str | None:
    if rule.kind == "follow":
        return "follow" if inbound.kind is Kind.FOLLOW else None
    if rule.kind == "get_started":
        started = inbound.kind is Kind.POSTBACK and inbound.payload in GET_STARTED
        return "get started" if started else None
    if rule.kind == "referral":
        named = inbound.ref is not None and normalise(inbound.ref) in rule.keywords
        return f"referral: {inbound.ref}" if named else None
    return _keyword(rule, inbound)


def _keyword(rule: RuleFacts, inbound: Inbound) -> str | None:
    if inbound.kind is Kind.MESSAGE and inbound.message_type is MessageType.TEXT:
        said = [inbound.payload or "", inbound.text or ""]
    elif inbound.kind is Kind.POSTBACK:
        said = [inbound.payload or ""]
    else:
        return None
    heard = [normalise(text) for text in said if text]
    for keyword in rule.keywords:
        if any(keyword == text or (rule.contains and keyword in text) for text in heard):
            return f"keyword: {keyword}"
    return None


def needs_person(inbound: Inbound) -> bool:
    """Say whether an event no rule answers waits for a person: words, pictures, stickers, files."""
    return inbound.kind is Kind.MESSAGE and inbound.message_type in FOR_PEOPLE
