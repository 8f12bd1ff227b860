"""What Messenger and Instagram demand of templates and their buttons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulator.meta import params
from simulator.meta.answers import invalid

if TYPE_CHECKING:
    from simulator.world import World

WHERE = "message[attachment][payload]"
TEMPLATES = {
    "messenger": ("generic", "button", "coupon", "media", "receipt"),
    "instagram": ("generic", "button"),
}
BUTTONS: dict[str, tuple[str, ...]] = {
    "web_url": ("url", "title", "webview_height_ratio", "messenger_extensions", "fallback_url"),
    "postback": ("title", "payload"),
    "phone_number": ("title", "payload"),
    "account_link": ("url",),
    "account_unlink": (),
}
BUTTON_KINDS = {"messenger": tuple(BUTTONS), "instagram": ("web_url", "postback")}
COUPON = (
    *("template_type", "title", "subtitle", "coupon_code", "coupon_url", "coupon_url_button_title"),
    *("coupon_pre_message", "image_url", "payload"),
)
_PHONE = re.compile(r"\+[0-9]{6,15}")
RECEIPT = ("recipient_name", "order_number", "currency", "payment_method", "summary")


def check(payload: dict[str, Any], channel: str, world: World) -> None:
    """Check one template; raises Refusal."""
    match params.choice(payload, "template_type", WHERE, TEMPLATES[channel]):
        case "generic":
            known = ("template_type", "elements", "image_aspect_ratio", "sharable")
            params.known(payload, WHERE, known)
            for index, element in enumerate(params.objects(payload, "elements", WHERE, 1, 10)):
                _element(element, f"{WHERE}[elements][{index}]", channel, world)
        case "button":
            params.known(payload, WHERE, ("template_type", "text", "buttons", "sharable"))
            params.text(payload, "text", WHERE, 640)
            _buttons(payload, WHERE, (1, 3), channel, world)
        case "coupon":
            _coupon(payload, world)
        case "media":
            params.known(payload, WHERE, ("template_type", "elements", "sharable"))
            [element] = params.objects(payload, "elements", WHERE, 1, 1)
            _media(element, channel, world)
        case _:
            for name in RECEIPT:
                if not payload.get(name):
                    raise invalid(f"The parameter {WHERE}[{name}] is required.")


def _element(element: dict[str, Any], where: str, channel: str, world: World) -> None:
    params.known(element, where, ("title", "subtitle", "image_url", "default_action", "buttons"))
    params.text(element, "title", where, 80)
    params.text(element, "subtitle", where, 80, required=False)
    params.url(element, "image_url", where, world, required=False)
    if not any(
        element.get(name) for name in ("subtitle", "image_url", "default_action", "buttons")
    ):
        raise invalid(f"{where} must have at least one property besides title.")
    action = element.get("default_action")
    if action is not None:
        if not isinstance(action, dict) or action.get("type") != "web_url" or "title" in action:
            raise invalid(f"{where}[default_action] must be a web_url button without a title.")
        params.url(action, "url", f"{where}[default_action]", world)
    _buttons(element, where, (0, 3), channel, world)


def _buttons(
    holder: dict[str, Any], where: str, count: tuple[int, int], channel: str, world: World
) -> None:
    for index, button in enumerate(params.objects(holder, "buttons", where, *count)):
        _button(button, f"{where}[buttons][{index}]", channel, world)


def _button(button: dict[str, Any], where: str, channel: str, world: World) -> None:
    kind = params.choice(button, "type", where, BUTTON_KINDS[channel])
    params.known(button, where, ("type", *BUTTONS[kind]))
    if "title" in BUTTONS[kind]:
        params.text(button, "title", where, 20)
    if "url" in BUTTONS[kind]:
        params.url(button, "url", where, world)
    if kind == "postback":
        params.text(button, "payload", where, 1000)
    if kind == "phone_number" and not _PHONE.fullmatch(params.text(button, "payload", where, 20)):
        raise invalid(f"{where}[payload] must be a phone number with + and country code.")


def _coupon(payload: dict[str, Any], world: World) -> None:
    params.known(payload, WHERE, COUPON)
    params.text(payload, "title", WHERE, 80)
    params.text(payload, "subtitle", WHERE, 80, required=False)
    params.text(payload, "coupon_pre_message", WHERE, 640, required=False)
    params.text(payload, "coupon_url_button_title", WHERE, 20, required=False)
    params.text(payload, "payload", WHERE, 1000, required=False)
    params.url(payload, "image_url", WHERE, world, required=False)
    params.url(payload, "coupon_url", WHERE, world, required=False)
    code = params.text(payload, "coupon_code", WHERE, 1000, required=False)
    if not code and not payload.get("coupon_url"):
        raise invalid(f"{WHERE} must have a coupon_code or a coupon_url.")
    if any(char.isspace() for char in code):
        raise invalid(f"{WHERE}[coupon_code] must not contain spaces.")


def _media(element: dict[str, Any], channel: str, world: World) -> None:
    where = f"{WHERE}[elements][0]"
    params.known(element, where, ("media_type", "url", "attachment_id", "buttons"))
    params.choice(element, "media_type", where, ("image", "video"))
    if bool(element.get("url")) == bool(element.get("attachment_id")):
        raise invalid(f"{where} must have either url or attachment_id.")
    _buttons(element, where, (0, 3), channel, world)
