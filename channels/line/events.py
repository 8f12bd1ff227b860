"""Each kind of LINE event as a pure function from its JSON object to the facts of an Inbound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from channels.line import messages
from channels.line.fields import flag_of, list_of, object_of, strings_of, text_of, whole_of
from conversations.channel import Chat, Inbound, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
Facts = dict[str, Any]


def inbound_of(event: Json, key: str) -> Inbound:
    """Return the normalised event; `key` is its de-duplication key."""
    source = object_of(event, "source")
    name = text_of(event, "type") or ""
    reader = READERS.get(name, _unknown)
    return Inbound(
        external_event_id=key,
        contact_external_id=text_of(source, "userId"),
        chat=_chat(source),
        timestamp_ms=whole_of(event, "timestamp"),
        reply_token=text_of(event, "replyToken"),
        mode=text_of(event, "mode"),
        **reader(event),
    )


def _chat(source: Json) -> Chat | None:
    kind = text_of(source, "type")
    if kind not in {"group", "room"}:
        return None
    chat_id = text_of(source, f"{kind}Id")
    return Chat(cast("Literal['group', 'room']", kind), chat_id) if chat_id else None


def _message(event: Json) -> Facts:
    return {"kind": Kind.MESSAGE, **messages.facts_of(object_of(event, "message"))}


def _edited(event: Json) -> Facts:
    facts = messages.facts_of(object_of(event, "message"))
    target = facts.pop("external_message_id")
    return {**facts, "kind": Kind.EDIT, "target_message_id": target}


def _unsend(event: Json) -> Facts:
    message_id = text_of(object_of(event, "unsend"), "messageId")
    return {"kind": Kind.UNSEND, "target_message_id": message_id}


def _follow(event: Json) -> Facts:
    return {"kind": Kind.FOLLOW, "is_unblocked": flag_of(object_of(event, "follow"), "isUnblocked")}


def _postback(event: Json) -> Facts:
    postback = object_of(event, "postback")
    return {
        "kind": Kind.POSTBACK,
        "payload": text_of(postback, "data") or "",
        "params": object_of(postback, "params") or None,
    }


def _member_joined(event: Json) -> Facts:
    return {"kind": Kind.MEMBER_JOINED, "members": _members(object_of(event, "joined"))}


def _member_left(event: Json) -> Facts:
    # A member leaving is not the bot leaving (`leave`), and there is no kind of its own for it.
    return {**_unknown(event), "members": _members(object_of(event, "left"))}


def _members(change: Json) -> tuple[str, ...]:
    return strings_of(list_of(change, "members"), "userId")


def _account_link(event: Json) -> Facts:
    link = object_of(event, "link")
    result = text_of(link, "result")
    return {
        "kind": Kind.ACCOUNT_LINK,
        "result": result if result in {"ok", "failed"} else None,
        "nonce": text_of(link, "nonce"),
    }


def _unknown(event: Json) -> Facts:
    name = text_of(event, "type")
    return {"kind": Kind.UNKNOWN, "params": {"type": name} if name else None}


def _plain(kind: Kind) -> Callable[[Json], Facts]:
    return lambda _event: {"kind": kind}


READERS: dict[str, Callable[[Json], Facts]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _unsend,
    "follow": _follow,
    "unfollow": _plain(Kind.UNFOLLOW),
    "join": _plain(Kind.JOIN),
    "leave": _plain(Kind.LEAVE),
    "memberJoined": _member_joined,
    "memberLeft": _member_left,
    "postback": _postback,
    "accountLink": _account_link,
}
