"""One good value of every content kind, and values one step over each limit a channel states."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from conversations.content import (
    Audio,
    Button,
    Buttons,
    Card,
    Carousel,
    Content,
    CopyButton,
    File,
    Image,
    LinkButton,
    Location,
    PhoneButton,
    PostbackButton,
    QuickReply,
    Template,
    Text,
    Video,
)

if TYPE_CHECKING:
    from conversations.channel import Abilities

LINK = LinkButton(title="Open", url="https://shop.example/c/abc")
TAP = PostbackButton(title="Menu", payload="c:menu:1")
CARD = Card(
    title="Latte 50",
    text="Half price until Sunday",
    image_url="https://shop.example/latte.jpg",
    buttons=(LINK,),
)
KINDS: dict[str, Content] = {
    "text": Text("Hello"),
    "image": Image("https://shop.example/a.jpg", "https://shop.example/a-small.jpg"),
    "video": Video("https://shop.example/a.mp4", "https://shop.example/a.jpg"),
    "audio": Audio("https://shop.example/a.m4a", 2000),
    "file": File("https://shop.example/menu.pdf", "menu.pdf"),
    "location": Location("Tea house", "1 Songzhi Rd, Taipei", 25.0330, 121.5654),
    "buttons": Buttons("What would you like?", (LINK, TAP)),
    "card": CARD,
    "carousel": Carousel((CARD, CARD)),
    "template": Template("HX0123456789abcdef0123456789abcdef", {"1": "Mei"}),
}
assert {kind.__struct_config__.tag for kind in get_args(Content)} == set(KINDS)

EVERY_BUTTON: dict[str, Button] = {
    "link": LINK,
    "postback": TAP,
    "phone": PhoneButton(title="Call us", number="+886212345678"),
    "copy": CopyButton(title="Copy", text="LATTE50"),
}

UNSAFE_ADDRESSES = [
    "http://shop.example/a.jpg",
    "ftp://shop.example/a.jpg",
    "javascript:alert(1)",
    "data:image/png;base64,AAAA",
    "/a.jpg",
    "",
    "https://",
]


def quick(count: int) -> Text:
    """Return a text with `count` quick replies."""
    return Text("Choose", tuple(QuickReply(f"No {n}", f"q:{n}") for n in range(count)))


def buttons(count: int) -> tuple[PostbackButton, ...]:
    """Return `count` postback buttons."""
    return tuple(PostbackButton(title=f"No {n}", payload=f"b:{n}") for n in range(count))


def over_limits(abilities: Abilities) -> dict[str, Content]:
    """Return content one step over each limit of `abilities`."""
    return {
        "text_limit": Text("x" * (abilities.text_limit + 1)),
        "quick_replies": quick(abilities.quick_replies + 1),
        "card_buttons": Card("Latte 50", "Half price", buttons=buttons(abilities.card_buttons + 1)),
        "carousel_cards": Carousel((CARD,) * (abilities.carousel_cards + 1)),
        "payload": Buttons("Choose", (PostbackButton(title="Go", payload="x" * 201),)),
        "payload_ascii": Buttons("Choose", (PostbackButton(title="Go", payload="兌換"),)),
        "no_text": Text(""),
        "no_buttons": Buttons("Choose", ()),
        "no_cards": Carousel(()),
        "unsafe_link": Buttons("Open", (LinkButton(title="Go", url="javascript:alert(1)"),)),
    }


def at_limits(abilities: Abilities) -> dict[str, Content]:
    """Return content exactly at each limit of `abilities`."""
    return {
        "text_limit": Text("x" * abilities.text_limit),
        "quick_replies": quick(abilities.quick_replies),
        "card_buttons": Card("Latte 50", "Half price", buttons=buttons(abilities.card_buttons)),
        "carousel_cards": Carousel((CARD,) * abilities.carousel_cards),
    }
