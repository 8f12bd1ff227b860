"""What is sent to Messenger: bodies, limits, and what falls back to words."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from channels.messenger import outbound
from channels.meta_graph.client import _bot_class
from conversations.channel import Call, ContentRefused, Part
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
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
from tests.channels.limits_meta import check_messenger
from tests.channels.meta_graph.contents import contents

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
LINK = LinkButton("Open", "https://tea.example/c/abc")
MORE = PostbackButton("More", "c:more:1")
CALL_US = PhoneButton("Call us", "+886212345678")
LATTE = Card("Latte 50", "Half price", "https://tea.example/latte.jpg", (LINK,))


def bodies(content, *, human_agent=False):
    made = []
    for content_of_part in outbound.split(content):
        part = Part(delivery_id=KEY, content=content_of_part)
        call = Call(to="612", parts=[part], retry_key=KEY, human_agent=human_agent)
        made.append(outbound.body(call, part))
        check_messenger(made[-1])
    return made


def message(content):
    [body] = bodies(content)
    return {name: value for name, value in body["message"].items() if name != "metadata"}


def template(content):
    attachment = message(content)["attachment"]
    assert attachment["type"] == "template"
    return attachment["payload"]


@given(content=contents)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_is_not_refused_keeps_every_limit(content):
    made = refusal = None
    try:
        made = bodies(content)
    except ContentRefused as refused:
        refusal = str(refused)
    assert made or (refusal and refusal.endswith("."))


def test_a_reply_within_the_window_carries_our_delivery_id():
    assert bodies(Text("Hello")) == [
        {
            "recipient": {"id": "612"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Hello", "metadata": str(KEY)},
        }
    ]


def test_a_person_answering_late_is_tagged_as_one():
    [body] = bodies(Text("Hello"), human_agent=True)
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


def test_quick_replies_stand_below_the_last_piece():
    long = Text("Words. " * 700, (QuickReply("Yes", "q:yes"),))
    made = bodies(long)
    assert [("quick_replies" in body["message"]) for body in made] == [False, False, True]
    assert made[-1]["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Yes", "payload": "q:yes"}
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (Image("https://tea.example/a.gif"), "image"),
        (Video("https://tea.example/a.mp4"), "video"),
        (Audio("https://tea.example/a.m4a"), "audio"),
        (File("https://tea.example/a.pdf", "Menu"), "file"),
    ],
)
def test_media_goes_by_its_address(content, kind):
    assert message(content) == {"attachment": {"type": kind, "payload": {"url": content.url}}}


def test_a_place_is_words_with_a_map():
    place = Location("Tea house", "1 Songzhi Rd", 25.033, 121.5654)
    link = "https://www.google.com/maps/search/?api=1&query=25.033000,121.565400"
    assert message(place) == {"text": f"Tea house\n1 Songzhi Rd\n{link}"}
    assert outbound.message(place) == message(place)


def test_words_with_buttons_are_a_button_template():
    assert template(Buttons("Choose", (LINK, MORE, CALL_US))) == {
        "template_type": "button",
        "text": "Choose",
        "buttons": [
            {"type": "web_url", "title": "Open", "url": LINK.url},
            {"type": "postback", "title": "More", "payload": "c:more:1"},
            {"type": "phone_number", "title": "Call us", "payload": "+886212345678"},
        ],
    }


def test_a_copy_button_is_left_out_and_its_code_not_shown():
    copy = CopyButton("Copy", "SECRET50")
    assert message(Buttons("Choose", (copy,))) == {"text": "Choose"}
    for content in (Buttons("Choose", (copy, LINK)), Card("Latte", buttons=(copy, LINK))):
        assert "SECRET50" not in str(bodies(content))
        assert len(bodies(content)) == 1
    assert outbound.message(Buttons("Choose", (copy, LINK))) == message(Buttons("Choose", (LINK,)))


def test_a_card_is_a_generic_template_that_opens_its_first_link():
    assert template(LATTE) == {
        "template_type": "generic",
        "elements": [
            {
                "title": "Latte 50",
                "subtitle": "Half price",
                "image_url": "https://tea.example/latte.jpg",
                "buttons": [{"type": "web_url", "title": "Open", "url": LINK.url}],
                "default_action": {"type": "web_url", "url": LINK.url},
            }
        ],
    }


def test_a_card_of_a_title_alone_is_plain_words():
    assert message(Card("Latte 50")) == {"text": "Latte 50"}


def test_a_card_that_may_show_its_code_is_a_coupon_template():
    card = msgspec.structs.replace(LATTE, code="TEA-50", buttons=(CALL_US, MORE, LINK))
    assert template(card) == {
        "template_type": "coupon",
        "title": "Latte 50",
        "subtitle": "Half price",
        "image_url": "https://tea.example/latte.jpg",
        "coupon_code": "TEA-50",
        "coupon_url": LINK.url,
        "coupon_url_button_title": "Open",
        "payload": "c:more:1",
    }
    assert template(Card("Latte 50", code="TEA-50")) == {
        "template_type": "coupon",
        "title": "Latte 50",
        "coupon_code": "TEA-50",
    }


@pytest.mark.parametrize("code", ["TEA 50", "TEA\u300050", "TEA\n50", ""])
def test_a_code_the_coupon_template_cannot_hold_is_not_shown_at_all(code):
    assert template(msgspec.structs.replace(LATTE, code=code)) == template(LATTE)


def test_no_code_stands_in_cards_side_by_side():
    carousel = Carousel((LATTE, msgspec.structs.replace(LATTE, code="TEA-50")))
    assert "TEA-50" not in str(bodies(carousel))
    assert len(template(carousel)["elements"]) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (Text("x" * 10_001), "10001 characters"),
        (Text("  "), "write some words"),
        (Text("Hi", (QuickReply("x" * 21, "q"),)), "quick reply's title has 21"),
        (Text("Hi", (QuickReply("Yes", ""),)), "data must be"),
        (Text("Hi", (QuickReply("Yes", "q"),) * 14), "at most 13"),
        (Image("http://tea.example/a.jpg"), "begins with https"),
        (Image("https://tea.example:x/a.jpg"), "begins with https"),
        (Image("https://[tea.example/a.jpg"), "begins with https"),
        (Image("https://tea.example/" + "x" * 2000), "too long an address"),
        (Buttons("Hi", (LinkButton("x" * 21, LINK.url),)), "button's title has 21"),
        (Buttons("x" * 641, (LINK,)), "at most 640"),
        (Buttons("Hi", (PhoneButton("Call", "02 1234"),)), "+886212345678"),
        (Card("x" * 81), "card's title has 81"),
        (Card("Latte", "x" * 81), "card's text has 81"),
        (Card("Latte", "x", buttons=(LINK,) * 4), "at most 3"),
        (Carousel((Card("Latte"),)), "Card 1 needs"),
        (Carousel((LATTE,) * 11), "1 to 10"),
        (Template("1"), "no message templates"),
    ],
)
def test_a_limit_is_refused_with_its_reason(content, sentence):
    with pytest.raises(ContentRefused, match=sentence.replace("+", r"\+")):
        outbound.split(content)


def test_a_template_is_refused_also_when_rendered():
    with pytest.raises(ContentRefused):
        outbound.message(Template("1"))


async def test_pymessenger_builds_the_same_messages():
    seen = []

    async def keep(address, body):
        seen.append((address, body["recipient"], body["message"]))

    bot = _bot_class()(keep, "token", "secret", "https://graph.facebook.com/v26.0")
    buttons = Buttons("Choose", (LINK, MORE))
    await bot.send_text_message("612", "Hello")
    await bot.send_generic_message("612", template(LATTE)["elements"])
    await bot.send_button_message("612", "Choose", template(buttons)["buttons"])
    address, to = "https://graph.facebook.com/v26.0/me/messages", {"id": "612"}
    assert seen == [(address, to, message(content)) for content in (Text("Hello"), LATTE, buttons)]
