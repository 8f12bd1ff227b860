"""What Messenger and Instagram demand of the message in a send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.meta import params, templates
from simulator.meta.answers import invalid

if TYPE_CHECKING:
    from simulator.world import World

ATTACHMENTS = {
    "messenger": ("image", "video", "audio", "file", "template"),
    "instagram": ("image", "video", "audio", "template"),
}
QUICK_REPLIES = ("text", "user_phone_number", "user_email")
MESSENGER_TEXT = 2000
# Counted in UTF-8 bytes: the cautious reading of Meta's limit.
INSTAGRAM_TEXT = 1000


def check(message: object, channel: str, world: World) -> dict[str, Any]:
    """Return the message when the platform would take it; raises Refusal."""
    if not isinstance(message, dict):
        raise invalid("The parameter message is required.")
    params.known(message, "message", ("text", "attachment", "quick_replies", "metadata"))
    params.text(message, "metadata", "message", 1000, required=False)
    if bool(message.get("text")) == bool(message.get("attachment")):
        raise invalid("Param message must contain either text or attachment, and not both.")
    if message.get("text"):
        _text(message, channel)
    else:
        _attachment(message["attachment"], channel, world)
    _quick_replies(message, channel, world)
    return message


def _text(message: dict[str, Any], channel: str) -> None:
    text = params.text(message, "text", "message", MESSENGER_TEXT)
    if channel == "instagram" and len(text.encode(errors="surrogatepass")) > INSTAGRAM_TEXT:
        raise invalid(
            f"Length of param message[text] must be less than or equal to {INSTAGRAM_TEXT}"
        )


def _attachment(attachment: object, channel: str, world: World) -> None:
    if not isinstance(attachment, dict):
        raise invalid("Param message[attachment] must be an object.")
    where = "message[attachment]"
    params.known(attachment, where, ("type", "payload"))
    kind = params.choice(attachment, "type", where, ATTACHMENTS[channel])
    payload = attachment.get("payload")
    if not isinstance(payload, dict):
        raise invalid(f"The parameter {where}[payload] is required.")
    if kind == "template":
        templates.check(payload, channel, world)
        return
    params.known(payload, f"{where}[payload]", ("url", "attachment_id", "is_reusable"))
    if not payload.get("attachment_id"):
        params.url(payload, "url", f"{where}[payload]", world)


def _quick_replies(message: dict[str, Any], channel: str, world: World) -> None:
    if "quick_replies" not in message:
        return
    if channel == "instagram" and not message.get("text"):
        raise invalid("Quick replies are only allowed on text messages.")
    for index, reply in enumerate(params.objects(message, "quick_replies", "message", 1, 13)):
        where = f"message[quick_replies][{index}]"
        params.known(reply, where, ("content_type", "title", "payload", "image_url"))
        if params.choice(reply, "content_type", where, QUICK_REPLIES) == "text":
            params.text(reply, "title", where, 20)
            params.text(reply, "payload", where, 1000)
        params.url(reply, "image_url", where, world, required=False)
