"""The Send API: POST /{node}/messages for a Page and for an Instagram account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator import deliveries, messages, shapes, window
from simulator.accounts import Customer
from simulator.messages import Message
from simulator.meta import events, rules
from simulator.meta.answers import error, invalid, read
from simulator.platform import Answer, Call, Refusal

if TYPE_CHECKING:
    import asyncpg

ACTIONS = ("typing_on", "typing_off", "mark_seen")
TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
TAGS = ("HUMAN_AGENT",)
KNOWN = {"recipient", "message", "messaging_type", "tag", "sender_action", "notification_type"}
POLICY = "https://developers.facebook.com/docs/messenger-platform/policy-overview"


async def send(call: Call) -> Answer:
    """POST /{node}/messages."""
    _own_node(call)
    params = read(call.body)
    strange = sorted(params.keys() - KNOWN - {"access_token", "appsecret_proof"})
    if strange:
        raise invalid(f'Invalid keys "{", ".join(strange)}" were found in the request.')
    person = await _recipient(call, params)
    if "sender_action" in params:
        if params["sender_action"] not in ACTIONS or "message" in params:
            raise invalid(f"Param sender_action must be one of {{{', '.join(ACTIONS)}}}")
        return Answer(200, {"recipient_id": person.external_id})
    message = rules.check(params.get("message"), call.account.channel, call.world)
    await _within_window(call, person, params)
    return await _deliver(call, person, message)


def _own_node(call: Call) -> None:
    node = call.path("node")
    if node not in {"me", call.account.external_id}:
        raise Refusal(
            error(
                400,
                100,
                f"Unsupported post request. Object with ID '{node}' does not exist, cannot be loaded due to"
                " missing permissions, or does not support this operation.",
                subcode=33,
                kind="GraphMethodException",
            )
        )


async def _recipient(call: Call, params: dict[str, Any]) -> Customer:
    recipient = params.get("recipient")
    person_id = recipient.get("id") if isinstance(recipient, dict) else None
    if not isinstance(person_id, str) or not person_id:
        raise invalid("The parameter recipient is required.")
    row = await call.world.pool.fetchrow(
        "SELECT id, account_id, external_id, name, language, blocked FROM simulator.customer"
        " WHERE account_id = $1 AND external_id = $2",
        call.account.id,
        person_id,
    )
    if row is None:
        raise invalid("No matching user found", subcode=2018001)
    person = Customer(**row)
    if person.blocked or "blocked" in call.faults:
        message = "(#551) This person isn't available right now."
        raise Refusal(error(400, 551, message, subcode=1545041))
    return person


async def _within_window(call: Call, person: Customer, params: dict[str, Any]) -> None:
    kind = params.get("messaging_type", "RESPONSE")
    if kind not in TYPES:
        raise invalid(f"Param messaging_type must be one of {{{', '.join(TYPES)}}}")
    if (kind == "MESSAGE_TAG") != ("tag" in params):
        raise invalid("messaging_type MESSAGE_TAG and tag are only allowed together.")
    if "tag" in params and params["tag"] not in TAGS:
        raise invalid(f"Param tag must be one of {{{', '.join(TAGS)}}}")
    span = window.HUMAN_AGENT if kind == "MESSAGE_TAG" else window.STANDARD
    if await window.is_open(call.world, person.id, call.faults, span):
        return
    if call.account.channel == "instagram":
        message = "This message is sent outside of allowed window."
        raise Refusal(error(403, 10, message, subcode=2534022, kind="IGApiException"))
    message = f"(#10) This message is sent outside of allowed window. Learn more about the new policy here: {POLICY}"
    raise Refusal(error(400, 10, message, subcode=2018278))


async def _deliver(call: Call, person: Customer, message: dict[str, Any]) -> Answer:
    """Show the message and queue what the platform tells afterwards: the echo, on Messenger the delivery."""
    account, world, now = call.account, call.world, call.world.clock.now()
    mid = events.mid(account)
    kind = message["attachment"]["type"] if message.get("attachment") else "text"
    status = "delivered" if account.channel == "messenger" else "sent"
    shown = Message(person.external_id, mid, "out", kind, message, now, status=status)
    async with world.pool.acquire() as conn, conn.transaction():
        await messages.add(conn, account, shown)
        await _queue(conn, call, person, events.echo(account, shown))
        if account.channel == "messenger":
            await _queue(conn, call, person, events.delivered(account, shown))
    return Answer(200, {"recipient_id": person.external_id, "message_id": mid})


async def _queue(
    conn: asyncpg.Connection, call: Call, person: Customer, event: dict[str, Any]
) -> None:
    await deliveries.enqueue(conn, call.world, call.account, person.external_id, event)


async def upload(call: Call) -> Answer:
    """POST /me/message_attachments: keep a file for later sends."""
    _own_node(call)
    message = rules.check(read(call.body).get("message"), call.account.channel, call.world)
    if "attachment" not in message or message["attachment"]["type"] == "template":
        raise invalid("Param message[attachment] must be a file.")
    return Answer(200, {"attachment_id": shapes.scoped_id()})
