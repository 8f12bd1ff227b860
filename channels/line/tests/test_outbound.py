"""Content becomes bodies that line-bot-sdk reads back unchanged and that break no limit of LINE's."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linebot.v3.messaging import PushMessageRequest, ReplyMessageRequest

from channels.line import limits, outbound
from channels.line.channel import CHANNEL
from conversations.channel import Call, ContentRefused, Part
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
    Text,
    Video,
)
from tests.channels.contents import CARD, EVERY_BUTTON, KINDS, at_limits, buttons
from tests.channels.limits_line import broken_rules

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
EVERY = tuple(EVERY_BUTTON.values())
PICTURE = "https://shop.example/a.jpg"


def call(*contents: Content, token: str | None = None, sender: str | None = None) -> Call:
    parts = [Part(delivery_id=KEY, content=content) for content in contents]
    return Call(to="U1", parts=parts, retry_key=KEY, reply_token=token, sender_name=sender)


def survives(ours: object, theirs: object) -> bool:
    """Say whether everything we wrote came back from the SDK, which drops what it does not know in silence
    and adds defaults of its own."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(survives(value, theirs.get(name)) for name, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(survives, ours, theirs))
    return ours == theirs


def rendered(content: Content, sender: str | None = None):
    """Return the message object after both oracles have agreed with the reply and the push body."""
    for body, model in (
        (outbound.push_body(call(content, sender=sender)), PushMessageRequest),
        (outbound.reply_body(call(content, token="t1", sender=sender)), ReplyMessageRequest),
    ):
        assert survives(json.loads(body), model.from_dict(json.loads(body)).to_dict())
        assert broken_rules(body) == []
    return json.loads(body)["messages"][0]


def refusal(content: Content) -> str:
    with pytest.raises(ContentRefused) as refused:
        outbound.parts(content)
    return str(refused.value)


GOOD: dict[str, Content] = {
    **{kind: content for kind, content in KINDS.items() if kind != "template"},
    "bare image": Image(PICTURE),
    "silent audio": Audio("https://shop.example/a.m4a"),
    "place without a name": Location("", "1 Songzhi Rd, Taipei", 25.0, 121.5),
    "place without an address": Location("Tea house", "", 25.0, 121.5),
    "every button": Buttons("Choose", EVERY),
    "long words with buttons": Buttons("x" * 161, buttons(2)),
    "ten buttons": Buttons("Choose", buttons(10)),
    "card of words": Card("Latte 50"),
    "card with every button": Card("Latte 50", "Half price", PICTURE, EVERY),
    "card with a tap first": Card("Latte 50", "", PICTURE, buttons(1)),
    "twelve cards": Carousel((CARD,) * 12),
    "address with Chinese": Image("https://shop.example/奶茶 杯.jpg".replace(" ", "%20")),
    "long file name": File("https://shop.example/a.pdf", "收據" * 40 + ".pdf"),
    "emoji to the brim": Text("😀" * 2500),
    "simulator's own address": Image("http://127.0.0.1:8080/a.jpg"),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_content_satisfies_the_sdk_and_the_limits(name):
    assert rendered(GOOD[name])
    assert outbound.parts(GOOD[name]) == (GOOD[name],)


def test_content_at_each_limit_satisfies_the_sdk_and_the_limits():
    for content in at_limits(CHANNEL.abilities).values():
        assert rendered(content)


def test_a_card_shows_picture_title_words_and_buttons():
    message = rendered(
        Card("Latte 50", "Half price", PICTURE, (EVERY_BUTTON["link"],), code="SECRET")
    )
    assert message["altText"] == "Latte 50\nHalf price"
    bubble = message["contents"]
    assert bubble["hero"]["url"] == PICTURE
    assert bubble["hero"]["action"]["uri"] == "https://shop.example/c/abc"
    assert [line["text"] for line in bubble["body"]["contents"]] == ["Latte 50", "Half price"]
    assert [button["action"]["label"] for button in bubble["footer"]["contents"]] == ["Open"]
    assert "SECRET" not in json.dumps(message)


def test_buttons_copy_call_open_and_tap():
    footer = rendered(Buttons("Choose", EVERY))["contents"]["footer"]["contents"]
    link, tap, phone, copy = (button["action"] for button in footer)
    assert link == {"type": "uri", "label": "Open", "uri": "https://shop.example/c/abc"}
    assert tap == {"type": "postback", "label": "Menu", "data": "c:menu:1", "displayText": "Menu"}
    assert phone["uri"] == "tel:+886212345678"
    assert copy == {"type": "clipboard", "label": "Copy", "clipboardText": "LATTE50"}


def test_up_to_four_buttons_under_short_words_are_a_template():
    assert rendered(Buttons("Choose", buttons(4)))["type"] == "template"
    assert rendered(Buttons("Choose", buttons(5)))["type"] == "flex"
    assert rendered(Buttons("x" * 160, buttons(1)))["type"] == "template"
    assert rendered(Buttons("x" * 161, buttons(1)))["type"] == "flex"


def test_quick_replies_come_back_as_taps():
    [item] = rendered(Text("Hi", (QuickReply("Yes", "q:yes"),)))["quickReply"]["items"]
    assert item["action"] == {
        "type": "postback",
        "label": "Yes",
        "data": "q:yes",
        "displayText": "Yes",
    }


def test_the_sender_is_named_and_a_long_name_cut():
    assert rendered(Text("Hi"), sender="Sue")["sender"] == {"name": "Sue"}
    assert rendered(Text("Hi"), sender="S" * 30)["sender"] == {"name": "S" * 19 + "…"}
    assert rendered(Text("Hi"), sender="😀" * 11)["sender"] == {"name": "😀" * 9 + "…"}
    assert "sender" not in rendered(Text("Hi"), sender="  ")


def test_a_body_names_the_chat_or_the_reply_token_and_rings():
    push = json.loads(outbound.push_body(call(Text("Hi"), Text("there"))))
    assert push == {
        "to": "U1",
        "messages": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "there"}],
        "notificationDisabled": False,
    }
    reply = json.loads(outbound.reply_body(call(Text("Hi"), token="t1")))
    assert (reply["replyToken"], "to" in reply) == ("t1", False)


REFUSED: dict[str, tuple[Content, str]] = {
    "long text": (Text("x" * 5001), "5,001 characters and LINE takes at most 5,000"),
    "long emoji": (Text("😀" * 2501), "5,002 characters"),
    "blank text": (Text(" \n"), "empty"),
    "half a character": (Text("\ud83d"), "half of a character"),
    "long label": (Buttons("Choose", (PostbackButton("x" * 21, "a"),)), "label has 21"),
    "blank label": (Text("Hi", (QuickReply("", "a"),)), "label is empty"),
    "empty payload": (Buttons("Choose", (PostbackButton("Go", ""),)), "payload"),
    "eleven buttons": (Buttons("Choose", buttons(11)), "at most 10 buttons"),
    "thirteen cards": (Carousel((CARD,) * 13), "at most 12 cards"),
    "heavy row": (Carousel((Card("Latte", "奶" * 2000),) * 12), "too large"),
    "film without preview": (Video("https://shop.example/a.mp4"), "preview picture"),
    "place off the map": (Location("X", "Y", 91.0, 0.0), "outside the map"),
    "place nowhere": (Location("X", "Y", float("nan"), 0.0), "outside the map"),
    "nameless place": (Location("", " ", 1.0, 1.0), "empty"),
    "long place": (Location("x" * 101, "Y", 1.0, 1.0), "101 characters"),
    "nameless file": (File("https://shop.example/a.pdf", ""), "empty"),
    "odd number": (Buttons("Call", (PhoneButton("Call", "02-1234"),)), "+886212345678"),
    "nothing to copy": (Buttons("Copy", (CopyButton("Copy", ""),)), "empty"),
    "much to copy": (Buttons("Copy", (CopyButton("Copy", "x" * 1001),)), "1,001"),
    "long link": (Buttons("Go", (LinkButton("Go", f"https://a.example/{'x' * 1000}"),)), "1,000"),
    "plain http": (Image("http://shop.example/a.jpg"), "https://"),
    "host in Chinese": (Image("https://奶茶.example/a.jpg"), "not a web address"),
    "address with a space": (Image("https://shop.example/a b.jpg"), "not a web address"),
    "bad port": (Image("https://shop.example:abc/a.jpg"), "not a web address"),
    "bad preview": (Image(PICTURE, "ftp://shop.example/a.jpg"), "preview picture's address"),
    "template": (KINDS["template"], "no approved templates"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_line_would_not_take_is_refused_with_the_reason(name):
    content, reason = REFUSED[name]
    assert reason in refusal(content)


def test_a_card_is_refused_exactly_when_it_is_too_heavy():
    heavy = tuple(CopyButton("Copy", "奶" * 1000) for _ in range(10))
    assert "too large" in refusal(Card("Latte", "Half price", buttons=heavy))
    assert rendered(Card("Latte", "Half price", buttons=heavy[:5]))


texts = st.text(max_size=30)
urls = st.sampled_from([PICTURE, "https://a.example/奶茶", "http://a.example", "x", ""]) | texts
button = st.one_of(
    st.builds(LinkButton, texts, urls),
    st.builds(PostbackButton, texts, texts),
    st.builds(PhoneButton, texts, st.sampled_from(["+886212345678", "123"])),
    st.builds(CopyButton, texts, texts),
)
rows = st.lists(button, max_size=12).map(tuple[Button, ...])
cards = st.builds(Card, texts, texts, st.none() | urls, rows)
contents = st.one_of(
    st.builds(Text, texts, st.lists(st.builds(QuickReply, texts, texts), max_size=3).map(tuple)),
    st.builds(Image, urls, st.none() | urls),
    st.builds(Video, urls, st.none() | urls),
    st.builds(Audio, urls, st.integers(-5, 10**6)),
    st.builds(File, urls, texts),
    st.builds(Location, texts, texts, st.floats(), st.floats()),
    st.builds(Buttons, texts, rows),
    cards,
    st.builds(Carousel, st.lists(cards, max_size=3).map(tuple)),
)


@settings(deadline=None, max_examples=300)
@given(content=contents)
def test_any_content_is_refused_or_taken(content):
    try:
        outbound.parts(content)
    except ContentRefused as refused:
        sentence = str(refused)
    else:
        assert rendered(content)
        return
    assert sentence.endswith(".")


def test_the_oracle_sees_what_the_sdk_would_drop():
    assert not survives({"text": "a", "txet": "b"}, {"text": "a"})
    assert not survives([1, 2], [1])


def test_cutting_never_splits_a_character():
    assert limits.cut("😀😀😀", 5) == "😀😀…"
    assert limits.cut("abc", 3) == "abc"


@given(st.from_regex(limits.PLAIN, fullmatch=True))
def test_an_address_let_through_at_a_glance_is_what_taking_it_apart_gives(url):
    assert limits.address(url, 2000, "It") == limits.encoded(url, 2000, "It") == url
