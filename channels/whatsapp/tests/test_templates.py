"""Cards and buttons as Twilio Content, checked by the vendor's model and an independent limit checker."""

from __future__ import annotations

import json

import msgspec
import pytest
from twilio.rest.content.v1.content import ContentList

from channels.whatsapp import templates
from channels.whatsapp.channel import CHANNEL
from conversations.content import (
    Buttons,
    Card,
    Carousel,
    CopyButton,
    Image,
    LinkButton,
    PhoneButton,
    PostbackButton,
    QuickReply,
    Template,
    Text,
)
from tests.channels.contents import EVERY_BUTTON, KINDS
from tests.channels.limits_whatsapp import content_faults

LINK = LinkButton("Open coupon", "https://shop.example/c/Abc_123-x")
TAP = PostbackButton("Menu", "c:menu:1")
CALL = PhoneButton("Call us", "+886212345678")
CARD = Card("Latte 50", "Half price", None, (LINK,), None, "coupon-17:zh-TW")


def shape(content):
    made = CHANNEL.shape(content)
    assert made is not None
    assert content_faults(made.body) == []
    request = ContentList.ContentCreateRequest(_vendor_keys(made.body)).to_dict()
    assert _bare(request["types"]) == made.body["types"], "the vendor's model loses nothing"
    return made


def _vendor_keys(body):
    """Build the SDK's own types: its constructor wants them made, not described."""
    return {**body, "types": ContentList.Types(body["types"])}


def _bare(value):
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def test_a_coupon_card_is_a_link_button_whose_last_segment_is_filled_in():
    made = shape(CARD)
    assert made.body == {
        "friendly_name": "coupon_17_zh_tw",
        "language": "zh_TW",
        "variables": {"1": "sample", "2": "sample", "3": "sample"},
        "types": {
            "twilio/call-to-action": {
                "body": "*{{1}}*\n{{2}}",
                "actions": [
                    {"type": "URL", "title": "Open coupon", "url": "https://shop.example/c/{{3}}"}
                ],
            }
        },
    }
    assert made.variables == {"1": "Latte 50", "2": "Half price", "3": "Abc_123-x"}


def test_two_customers_share_one_template_and_it_holds_neither_of_their_links():
    other = LinkButton("Open coupon", "https://shop.example/c/Another-token")
    mine, theirs = shape(CARD), shape(msgspec.structs.replace(CARD, buttons=(other,)))
    assert (mine.hash, mine.body) == (theirs.hash, theirs.body)
    assert mine.variables != theirs.variables
    assert "Abc_123" not in json.dumps(mine.body)


def test_the_picture_and_the_code_are_no_part_of_the_template():
    more = msgspec.structs.replace(CARD, image_url="https://x.example/a.jpg", code="SECRET")
    assert shape(more) == shape(CARD)


@pytest.mark.parametrize(
    "other",
    [
        {"template_name": "coupon-17:en"},
        {"template_name": "coupon-18:zh-TW"},
        {"template_name": None},
        {"buttons": (LinkButton("Open", LINK.url),)},
        {"buttons": (LinkButton("Open coupon", "https://else.example/c/Abc_123-x"),)},
        {"text": ""},
        {"text": "two\nlines"},
    ],
)
def test_another_design_is_another_template(other):
    assert shape(msgspec.structs.replace(CARD, **other)).hash != shape(CARD).hash


@pytest.mark.parametrize(
    ("name", "friendly", "language"),
    [
        ("coupon-17:zh-TW", "coupon_17_zh_tw", "zh_TW"),
        ("0197f3d2:th", "0197f3d2_th", "th"),
        ("coupon/en_US", "coupon_en_us", "en_US"),
        ("spring tea", "spring_tea", "en"),
        ("兌換", None, "en"),
        (None, None, "en"),
        ("x" * 100, "x" * 60, "en"),
    ],
)
def test_the_designs_name_tells_the_language(name, friendly, language):
    made = shape(msgspec.structs.replace(CARD, template_name=name))
    expected = friendly or f"tessera_{made.hash[:16]}"
    assert (made.body["friendly_name"], made.body["language"]) == (expected, language)


@pytest.mark.parametrize(
    ("url", "kept", "variable"),
    [
        ("https://x.example/c/abc", "https://x.example/c/{{2}}", "abc"),
        ("https://x.example/abc", "https://x.example/{{2}}", "abc"),
        ("http://localhost:8080/c/abc", "http://localhost:8080/c/{{2}}", "abc"),
        ("https://x.example/c/abc?m=1", "https://x.example/c/abc?m=1", None),
        ("https://x.example/c/%E5%85%8C", "https://x.example/c/%E5%85%8C", None),
        ("https://x.example/c/", "https://x.example/c/", None),
        ("https://x.example", "https://x.example", None),
    ],
)
def test_a_link_keeps_everything_but_a_plain_last_segment(url, kept, variable):
    made = shape(Buttons("Hi", (LinkButton("Go", url),)))
    [action] = made.body["types"]["twilio/call-to-action"]["actions"]
    assert action["url"] == kept
    assert made.variables.get("2") == variable


def test_taps_are_quick_replies():
    made = shape(Buttons("Choose\none", (TAP, PostbackButton("Hours", "c:hours:1"))))
    assert made.body["types"] == {
        "twilio/quick-reply": {
            "body": "{{1}}\n{{2}}",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Menu", "id": "c:menu:1"},
                {"type": "QUICK_REPLY", "title": "Hours", "id": "c:hours:1"},
            ],
        }
    }
    assert shape(Text("Hot or cold?", (QuickReply("Hot", "q:h"),))).variables == {
        "1": "Hot or cold?"
    }


def test_links_and_one_number_go_together():
    made = shape(Buttons("Hi", (LINK, CALL, LINK)))
    kinds = [action["type"] for action in made.body["types"]["twilio/call-to-action"]["actions"]]
    assert kinds == ["URL", "PHONE_NUMBER", "URL"]


def test_a_text_to_copy_is_a_line_of_the_body():
    made = shape(Card("Latte", buttons=(LINK, CopyButton("Code", "LATTE50"))))
    assert templates.shown(made) == "*Latte*\nCode: LATTE50"
    assert len(made.body["types"]["twilio/call-to-action"]["actions"]) == 1


@pytest.mark.parametrize(
    "content",
    [
        Text("Hello"),
        Image("https://x.example/a.jpg"),
        Template("HX" + "0" * 32),
        Carousel((CARD,)),
        Card("Latte"),
        Buttons("Hi", (LINK, TAP)),
        Buttons("Hi", (LINK, LINK, LINK)),
        Buttons("Hi", (CALL, CALL)),
        Buttons("Hi", (TAP,) * 4),
        Buttons("Hi", (CopyButton("Code", "LATTE50"),)),
        Buttons("Hi", (PostbackButton("{{1}}", "x"),)),
        Buttons(" ", (TAP,)),
        Buttons("x" * 641, (LINK,)),
        Buttons("x" * 1025, (TAP,)),
    ],
)
def test_what_no_unapproved_template_carries_has_no_shape(content):
    assert CHANNEL.shape(content) is None


def test_the_longest_body_still_has_a_shape():
    assert shape(Buttons("x" * 640, (LINK,)))
    assert shape(Buttons("x" * 1024, (TAP,)))


def test_customers_words_cannot_name_another_variable():
    made = shape(Buttons("{{2}} of you", (LINK,)))
    assert templates.shown(made) == "{{2}} of you"


def test_a_line_keeps_its_words_without_tabs_and_runs_of_spaces():
    assert shape(Buttons("a\tb      c\n\nd", (TAP,))).variables == {"1": "a b c", "2": "d"}


@pytest.mark.parametrize("kind", sorted({*KINDS, *EVERY_BUTTON}))
def test_every_kind_has_a_good_shape_or_none(kind):
    content = KINDS.get(kind) or Buttons("Hi", (EVERY_BUTTON[kind],))
    if CHANNEL.shape(content) is not None:
        shape(content)
