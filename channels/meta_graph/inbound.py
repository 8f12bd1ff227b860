"""One event to one Inbound: the readers that Messenger and Instagram put together in their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from channels.meta_graph import keys
from channels.meta_graph.attachments import attachments, form
from channels.meta_graph.envelope import Event, id_of, unwrap
from channels.meta_graph.facts import instant_ms, mapping, text, word, words
from conversations.channel import Attachment, Inbound, Kind, MessageType

Facts = dict[str, Any]
Reader = Callable[[Facts], Facts]
UNKNOWN: Facts = {"kind": Kind.UNKNOWN}


def read(payload: bytes, readers: Mapping[str, Reader]) -> Inbound:
    """Read an event that `envelope.split` cut out; what no reader knows is of kind unknown. Never raises."""
    event = unwrap(payload)
    if event is None:
        return Inbound(kind=Kind.UNKNOWN, external_event_id=f"sha256:{sha256(payload).hexdigest()}")
    if event.found_in == "changes":
        value = mapping(event.item.get("value"))
        time = instant_ms(value.get("timestamp")) or event.time_ms
        return Inbound(kind=Kind.UNKNOWN, external_event_id=id_of(event), timestamp_ms=time)
    name = keys.name_of(event.item)
    reader = readers.get(name) if name else None
    facts = reader(mapping(event.item[name])) if name and reader else UNKNOWN
    return Inbound(**{**_common(event), **facts})


def _common(event: Event) -> Facts:
    item = event.item
    return {
        "external_event_id": id_of(event),
        "contact_external_id": keys.contact(item, event.account_id),
        "alt_external_id": word(mapping(item.get("sender")).get("user_ref")),
        "timestamp_ms": instant_ms(item.get("timestamp")) or event.time_ms,
        "mode": "standby" if event.found_in == "standby" else None,
    }


def message(said: Facts) -> Facts:
    """Read `message`: what a customer wrote, an echo of what we wrote, or that it was unsent."""
    if said.get("is_deleted") is True:
        return {"kind": Kind.UNSEND, "target_message_id": word(said.get("mid"))}
    written = text(said.get("text")) or ""
    attached = attachments(said)
    answered = mapping(said.get("reply_to"))
    story = mapping(answered.get("story"))
    facts: Facts = {
        "kind": Kind.MESSAGE,
        "message_type": form(said, attached, written),
        "text": written,
        "payload": word(mapping(said.get("quick_reply")).get("payload")),
        "external_message_id": word(said.get("mid")),
        "attachments": (*attached, *_story(story)),
        "reply_to": word(answered.get("mid")),
        "story_id": word(story.get("id")),
        **_ref(said.get("referral")),
    }
    return {**facts, **_echo(said)} if said.get("is_echo") is True else facts


def _story(story: Facts) -> tuple[Attachment, ...]:
    if not story:
        return ()
    kind = MessageType.STORY_REPLY.value
    return (Attachment(type=kind, id=word(story.get("id")), url=word(story.get("url"))),)


def _echo(said: Facts) -> Facts:
    return {
        "kind": Kind.ECHO,
        "app_id": word(said.get("app_id")),
        "metadata": word(said.get("metadata")),
    }


def _ref(value: object) -> Facts:
    referral = mapping(value)
    return {
        "ref": word(referral.get("ref")),
        "ref_source": word(referral.get("source")),
        "ad_id": word(referral.get("ad_id")),
    }


def postback(tap: Facts) -> Facts:
    """Read `postback`: a tapped button, also Get Started with where the customer came from."""
    return {
        "kind": Kind.POSTBACK,
        "text": text(tap.get("title")) or "",
        "payload": text(tap.get("payload")),
        "external_message_id": word(tap.get("mid")),
        **_ref(tap.get("referral")),
    }


def referral(arrival: Facts) -> Facts:
    """Read `referral`: an existing conversation opened through a link or an ad."""
    return {"kind": Kind.REFERRAL, **_ref(arrival)}


def template(tap: Facts) -> Facts:
    """Read `template`: the code of a coupon template was looked at."""
    if tap.get("type") != "coupon":
        return UNKNOWN
    return {
        "kind": Kind.COUPON_REVEAL,
        "payload": text(tap.get("payload")),
        "coupon_code": word(tap.get("coupon_code")),
    }


def delivery(receipt: Facts) -> Facts:
    """Read `delivery`: everything up to the watermark arrived."""
    return {
        "kind": Kind.DELIVERY,
        "mids": words(receipt.get("mids")),
        "watermark_ms": instant_ms(receipt.get("watermark")),
    }


def seen(receipt: Facts) -> Facts:
    """Read `read`: up to a watermark on Messenger, one message by its id on Instagram."""
    mid = word(receipt.get("mid"))
    return {
        "kind": Kind.READ,
        "mids": (mid,) if mid else (),
        "target_message_id": mid,
        "watermark_ms": instant_ms(receipt.get("watermark")),
    }


def reaction(mark: Facts) -> Facts:
    """Read `reaction`: set (`react`) or taken back (`unreact`)."""
    return {
        "kind": Kind.REACTION,
        "action": word(mark.get("action")),
        "emoji": word(mark.get("emoji")),
        "target_message_id": word(mark.get("mid")),
    }


def edit(change: Facts) -> Facts:
    """Read `message_edit`: the new words of a message."""
    return {
        "kind": Kind.EDIT,
        "target_message_id": word(change.get("mid")),
        "text": text(change.get("text")) or "",
    }


def account_linking(link: Facts) -> Facts:
    """Read `account_linking`."""
    status = word(link.get("status"))
    return {
        "kind": Kind.ACCOUNT_LINK,
        "result": status if status in {"linked", "unlinked"} else None,
        "authorization_code": word(link.get("authorization_code")),
    }


def optin(consent: Facts) -> Facts:
    """Read `optin`: permission to write; the customer may be known by a `user_ref` alone."""
    facts: Facts = {
        "kind": Kind.OPTIN,
        "payload": word(consent.get("payload")),
        "ref": word(consent.get("ref")),
        "status": word(consent.get("notification_messages_status")),
    }
    named = word(consent.get("user_ref"))
    return {**facts, "alt_external_id": named} if named else facts
