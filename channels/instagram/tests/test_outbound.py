"""What is sent to Instagram: bodies, limits, and what falls back to words."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from channels.instagram import outbound
from conversations.channel import Call, ContentRefused, Part
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
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
from tests.channels.limits_meta import check_instagram
from tests.channels.meta_graph.contents import contents

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
LINK = LinkButton("Open", "https://tea.example/c/abc")
MORE = PostbackButton("More", "c:more:1")
CALL_US = PhoneButton("Call us", "+886212345678")
LATTE = Card("Latte 50", "Half price", "https://tea.example/latte.jpg", (LINK, MORE))


def bodies(content, *, human_agent=False):
    made = []
    for content_of_part in outbound.split(content):
        part = Part(delivery_id=KEY, content=content_of_part)
        call = Call(to="501", parts=[part], retry_key=KEY, human_agent=human_agent)
        made.append(outbound.body(call, part))
        check_instagram(made[-1])
    return made


def message(content):
    [body] = bodies(content)
    return {name: value for name, value in body["message"].items() if name != "metadata"}


@given(content=contents)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_is_not_refused_keeps_every_limit(content):
    made = refusal = None
    try:
        made = bodies(content)
    except ContentRefused as refused:
        refusal = str(refused)
    assert made or (refusal and refusal.endswith("."))


def test_chinese_is_cut_by_bytes_at_a_full_stop_with_the_quick_replies_last():
    text = "春茶上市了，歡迎來店裡坐坐。" * 40
    made = bodies(Text(text, (QuickReply("好", "q:yes"),)))
    assert len(made) == 2
    assert "".join(body["message"]["text"] for body in made) == text
    assert made[0]["message"]["text"].endswith("。")
    assert ["quick_replies" in body["message"] for body in made] == [False, True]


def test_a_person_answering_late_is_tagged_as_one():
    [body] = bodies(Text("Hello"), human_agent=True)
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (Image("https://tea.example/a.png"), "image"),
        (Video("https://tea.example/a.mp4"), "video"),
        (Audio("https://tea.example/a.m4a"), "audio"),
    ],
)
def test_media_goes_by_its_address(content, kind):
    assert message(content) == {"attachment": {"type": kind, "payload": {"url": content.url}}}


def test_a_file_is_its_name_and_its_link():
    menu = File("https://tea.example/menu.pdf", "Menu")
    assert message(menu) == {"text": "Menu\nhttps://tea.example/menu.pdf"}
    assert outbound.message(menu) == message(menu)


def test_a_place_is_words_with_a_map():
    words = message(Location("Tea house", "", 25.033, 121.5654))["text"]
    assert words.startswith("Tea house\nhttps://www.google.com/maps/")


def test_words_with_buttons_are_a_button_template():
    payload = message(Buttons("Choose", (LINK, MORE)))["attachment"]["payload"]
    assert payload["template_type"] == "button"
    assert [button["type"] for button in payload["buttons"]] == ["web_url", "postback"]


def test_a_number_to_call_stands_in_the_words():
    assert message(Buttons("Choose", (CALL_US,))) == {"text": "Choose\nCall us: +886212345678"}
    payload = message(Card("Tea house", buttons=(CALL_US, LINK)))["attachment"]["payload"]
    assert payload["elements"][0]["subtitle"] == "Call us: +886212345678"


def test_a_card_is_a_generic_template_without_its_code():
    card = msgspec.structs.replace(LATTE, code="TEA-50")
    assert message(card) == message(LATTE)
    assert message(card)["attachment"]["payload"]["template_type"] == "generic"
    assert "TEA-50" not in str(bodies(Carousel((card, card))))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (Text("茶" * 1667), "5001 bytes"),
        (Image("https://tea.example/a.webp?x=1"), "PNG and JPEG"),
        (Video("http://tea.example/a.mp4"), "begins with https"),
        (File("ftp://tea.example/a.pdf", "Menu"), "begins with https"),
        (Buttons("x" * 640, (LINK, CALL_US)), "at most 640"),
        (Card("Latte", "x" * 80, buttons=(CALL_US,)), "at most 80"),
        (Template("1"), "no message templates"),
    ],
)
def test_a_limit_is_refused_with_its_reason(content, sentence):
    with pytest.raises(ContentRefused, match=sentence):
        outbound.split(content)


def test_a_template_is_refused_also_when_rendered():
    with pytest.raises(ContentRefused):
        outbound.message(Template("1"))
