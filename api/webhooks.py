"""The events told to other systems, described as OpenAPI's webhooks from the types their bodies are written with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conversations import webhook_shapes as of_chats
from coupons.webhook_shapes import ClaimTold
from team.webhooks.kinds import Kind
from team.webhooks.payload import VERSION, Told
from team.webhooks.signing import HEADER
from team.webhooks.testing import ProbeTold

SHAPES: Final[Mapping[Kind, type[Told]]] = {
    Kind.MESSAGE_RECEIVED: of_chats.MessageTold,
    Kind.MESSAGE_SENT: of_chats.MessageTold,
    Kind.MESSAGE_FAILED: of_chats.MessageTold,
    Kind.CONVERSATION_ASSIGNED: of_chats.ConversationTold,
    Kind.CONVERSATION_CLOSED: of_chats.ConversationTold,
    Kind.CONTACT_CREATED: of_chats.NewContactTold,
    Kind.CONTACT_BLOCKED: of_chats.ContactTold,
    Kind.CONTACT_UNBLOCKED: of_chats.ContactTold,
    Kind.CONTACT_MERGED: of_chats.MergeTold,
    Kind.CONTACT_SEPARATED: of_chats.SeparationTold,
    Kind.CLAIM_ISSUED: ClaimTold,
    Kind.CLAIM_OPENED: ClaimTold,
    Kind.CLAIM_REDEEMED: ClaimTold,
    Kind.CLAIM_UNDONE: ClaimTold,
    Kind.CLAIM_VOIDED: ClaimTold,
    Kind.CLAIM_RELEASED: ClaimTold,
    Kind.TEST: ProbeTold,
}
HEADERS: Mapping[str, str] = {
    HEADER: "t=…,v1=…: Unix seconds of this try, and HMAC-SHA256 (hexadecimal) over t, a dot and the body",
    "Tessera-Event": "The event's id, as in the body",
    "Tessera-Kind": "The kind, as in the body",
}


def webhooks(ref: str) -> dict[str, Any]:
    """Return the webhooks by kind; `ref` makes the address of a shape of its `{name}`."""
    return {str(kind): {"post": _told(kind, shape, ref)} for kind, shape in SHAPES.items()}


def _told(kind: Kind, shape: type[Told], ref: str) -> dict[str, Any]:
    return {
        "operationId": "on" + "".join(word.title() for word in kind.split(".")),
        "summary": f"Told to every address that asked for {kind}",
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": words, "schema": _TEXT}
            for name, words in HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _event(kind, ref.format(name=shape.__name__))}
            },
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is sent again, with the same id and body."}
        },
    }


def _event(kind: Kind, data: str) -> dict[str, Any]:
    properties = {
        "id": {**_ID, "description": "The same whenever the same event is sent again"},
        "kind": {"const": str(kind)},
        "version": {"const": VERSION},
        "at": {"type": "string", "format": "date-time"},
        "workspace_id": _ID,
        "data": {"$ref": data},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT: Final = {"type": "string"}
_ID: Final = {"type": "string", "format": "uuid"}
