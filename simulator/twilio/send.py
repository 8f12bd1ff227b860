"""POST Messages.json: what Twilio refuses at once, and what only fails afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from simulator import accounts, messages, shapes, window
from simulator.messages import Message
from simulator.platform import Answer, Call
from simulator.text import clean
from simulator.twilio import content, resources, statuses
from simulator.twilio.answers import refuse

if TYPE_CHECKING:
    from simulator.accounts import Customer

BODY = 1600
_ADDRESS = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.\d{5,40})")
_PLACE = re.compile(r"geo:(-?[\d.]+),(-?[\d.]+)(?:\|(.*))?")


@dataclass(frozen=True)
class Form:
    """The posted form: last value of each name, all values of repeated ones."""

    values: dict[str, list[str]]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, [""])[-1]

    def all(self, name: str) -> list[str]:
        """Return every value of a name."""
        return self.values.get(name, [])


async def create(call: Call) -> Answer:
    """POST /2010-04-01/Accounts/{AC}/Messages.json."""
    form = _read(call)
    to = _addresses(call, form)
    _options(form)
    body, template = await _what(call, form)
    person = next(
        (
            one
            for one in await accounts.customers(call.world.pool, call.account.id)
            if to in {one.external_id, shapes.business_scoped_id(one.external_id)}
        ),
        None,
    )
    message = await _message(call, (to, person), body, template, form["StatusCallback"])
    async with call.world.pool.acquire() as conn, conn.transaction():
        await messages.add(conn, call.account, message)
        story = statuses.story(message)
        await statuses.tell(conn, call.world, call.account, message, *story)
    told = resources.message(call.account, message)
    return Answer(201, {**told, "status": "queued", "date_sent": None, "error_code": None})


def _read(call: Call) -> Form:
    try:
        return Form(
            parse_qs(clean(call.body.decode()), keep_blank_values=True, max_num_fields=1000)
        )
    except (UnicodeDecodeError, ValueError):
        raise refuse(20001, "The request body is not a form.") from None


def _addresses(call: Call, form: Form) -> str:
    """Check To and From, and return the recipient without its prefix."""
    to, sender = form["To"], form["From"]
    if not to:
        raise refuse(21604, "A 'To' phone number is required.")
    if not sender and not form["MessagingServiceSid"]:
        raise refuse(21603, "A 'From' phone number is required.")
    if sender and sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise refuse(21910, "Invalid From and To pair. From and To should be of the same channel")
    if not _ADDRESS.fullmatch(to):
        raise refuse(21211, f"Invalid 'To' Phone Number: {to}")
    if sender and sender != f"whatsapp:{call.account.address}":
        raise refuse(63007, "Twilio could not find a Channel with the specified From address")
    if not sender and not re.fullmatch(r"MG[0-9a-f]{32}", form["MessagingServiceSid"]):
        raise refuse(21701, "The Messaging Service does not exist")
    return to.removeprefix("whatsapp:")


def _options(form: Form) -> None:
    callback = form["StatusCallback"]
    if callback and (
        urlsplit(callback).scheme not in {"http", "https"} or not urlsplit(callback).hostname
    ):
        raise refuse(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")
    if form["SendAt"] and not form["MessagingServiceSid"]:
        raise refuse(35118, "MessagingServiceSid is required to schedule a message")
    period = form["ValidityPeriod"]
    if period and (not period.isdigit() or not 1 <= int(period) <= 36000):
        raise refuse(20001, "ValidityPeriod must be between 1 and 36000")


async def _what(call: Call, form: Form) -> tuple[dict[str, Any], content.Filled | None]:
    """Return what will stand in the chat, and the template it was made of."""
    text, media, sid = form["Body"], form.all("MediaUrl"), form["ContentSid"]
    if sid:
        filled = await content.fill(call, sid, form["ContentVariables"])
        return {"content": filled.types, "content_sid": sid}, filled
    if not text and not media:
        raise refuse(21619, "A text message body or media urls must be specified.")
    if len(text) > BODY:
        raise refuse(21617, f"The concatenated message body exceeds the {BODY} character limit")
    if len(media) > 1:
        raise refuse(21623, "Number of media files exceeds allowed limit")
    if not all(call.world.is_https(url) for url in media):
        raise refuse(21620, f"Invalid media URL(s): {', '.join(media)}")
    body: dict[str, Any] = {"text": text, "media": media}
    if form["MessagingServiceSid"]:
        body["messaging_service_sid"] = form["MessagingServiceSid"]
    place = _PLACE.fullmatch(form["PersistentAction"])
    if place:
        label = place[3] or text
        body["location"] = {
            "latitude": place[1],
            "longitude": place[2],
            "title": label,
            "address": "",
        }
    return body, None


async def _message(
    call: Call,
    to: tuple[str, Customer | None],
    body: dict[str, Any],
    template: content.Filled | None,
    callback_url: str,
) -> Message:
    address, person = to
    wrong = await _why_not(call, person, template)
    sid = shapes.twilio_sid("MM" if body.get("media") else "SM")
    return Message(
        person.external_id if person else address,
        sid,
        "out",
        "content" if template else "media" if body["media"] else "text",
        body,
        call.world.clock.now(),
        status="delivered" if wrong is None else "failed",
        error_code=wrong,
        callback_url=callback_url,
    )


async def _why_not(
    call: Call, person: Customer | None, template: content.Filled | None
) -> int | None:
    """Return the code a message fails with after it was accepted."""
    if person is None:
        return statuses.NO_RECIPIENT
    if person.blocked or "blocked" in call.faults:
        return statuses.BLOCKED
    approved = template is not None and template.approved
    if not approved and not await window.is_open(call.world, person.id, call.faults):
        return statuses.OUTSIDE_WINDOW
    if template is not None and not approved and template.needs_approval:
        return statuses.BAD_CONTENT
    return None
