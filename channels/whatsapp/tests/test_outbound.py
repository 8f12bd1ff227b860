"""Content as Twilio form fields, held to the limits by code that shares nothing with the renderer."""

from __future__ import annotations

import json
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.whatsapp import outbound
from channels.whatsapp.channel import CHANNEL
from channels.whatsapp.tests.samples import ACCOUNT
from channels.whatsapp.text import length, pieces
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
from tests.channels.contents import EVERY_BUTTON, KINDS
from tests.channels.limits_whatsapp import message_faults

DELIVERY = UUID("0197f3d2-aaaa-7000-8000-00000000000a")
KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
HX = "HX0123456789abcdef0123456789abcdef"
LINK = LinkButton("Open coupon", "https://shop.example/c/Abc_123-x")
TAP = PostbackButton("Menu", "c:menu:1")
CARD = Card("Latte 50", "Half price until Sunday", "https://shop.example/l.jpg", (LINK,))


def rendered(content, template_id=None, to="+886912345678", account=ACCOUNT, **call):
    part = Part(delivery_id=DELIVERY, content=content, template_id=template_id)
    form = outbound.form(account, Call(to=to, parts=[part], retry_key=KEY, **call))
    assert message_faults(form) == []
    return {name: form[name] for name in form if name not in {"To", "From"}}


def refusal(content) -> str:
    with pytest.raises(ContentRefused) as refused:
        CHANNEL.parts(content)
    return str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_stays_within_the_limits(kind):
    for part in CHANNEL.parts(KINDS[kind]):
        rendered(part)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (Text("Hello 兌換"), {"Body": "Hello 兌換"}),
        (
            Text("Hot or cold?", (QuickReply("Hot", "q:h"), QuickReply("Cold", "q:c"))),
            {"Body": "Hot or cold?\n\n• Hot\n• Cold"},
        ),
        (Image("https://x.example/a.jpg"), {"MediaUrl": "https://x.example/a.jpg"}),
        (Video("https://x.example/a.mp4"), {"MediaUrl": "https://x.example/a.mp4"}),
        (Audio("https://x.example/a.ogg"), {"MediaUrl": "https://x.example/a.ogg"}),
        (File("https://x.example/a.pdf", "menu.pdf"), {"MediaUrl": "https://x.example/a.pdf"}),
        (
            Location("Tea | house", "1 Songzhi Rd\nTaipei", 25.033, -121.5654),
            {
                "Body": "Tea | house\n1 Songzhi Rd\nTaipei",
                "PersistentAction": "geo:25.033000,-121.565400|Tea house 1 Songzhi Rd Taipei",
            },
        ),
        (
            Location("", "", 0.0, 0.0),
            {"Body": "0.000000, 0.000000", "PersistentAction": "geo:0.000000,0.000000"},
        ),
        (
            Buttons("Choose", (LINK, TAP, PhoneButton("Call", "+886212345678"))),
            {
                "Body": "Choose\n\nOpen coupon: https://shop.example/c/Abc_123-x\n• Menu\nCall: +886212345678"
            },
        ),
        (
            Card("Latte 50", "Half price", buttons=(LINK, CopyButton("Code", "LATTE50"))),
            {
                "Body": "*Latte 50*\nHalf price\n\nOpen coupon: https://shop.example/c/Abc_123-x\nCode: LATTE50"
            },
        ),
        (Card("5 * 5", buttons=(TAP,)), {"Body": "5 * 5\n\n• Menu"}),
        (
            Template(HX, {"1": "Mei", "2": "兌換"}),
            {"ContentSid": HX, "ContentVariables": '{"1": "Mei", "2": "兌換"}'},
        ),
        (Template(HX), {"ContentSid": HX}),
    ],
)
def test_a_message_is_rendered(content, fields):
    assert CHANNEL.parts(content) == (content,)
    assert rendered(content) == fields


def test_a_code_never_shows_by_itself():
    [_, words] = CHANNEL.parts(msgspec.structs.replace(CARD, code="SECRET-CODE"))
    assert "SECRET-CODE" not in json.dumps(rendered(words))
    assert "SECRET-CODE" not in json.dumps(rendered(words, HX))


def test_a_card_with_a_picture_is_the_picture_and_then_the_words():
    assert CHANNEL.parts(CARD) == (
        Image("https://shop.example/l.jpg"),
        msgspec.structs.replace(CARD, image_url=None),
    )


def test_a_carousel_is_its_cards_in_order():
    second = Card("Second", buttons=(TAP,))
    assert CHANNEL.parts(Carousel((CARD, second))) == (*CHANNEL.parts(CARD), second)
    assert rendered(Carousel((second, second)))["Body"].count("*Second*") == 2


def test_a_card_whose_template_exists_fills_it():
    """Lesson 17: a template goes by its id and its variables."""
    [_, words] = CHANNEL.parts(CARD)
    form = rendered(words, HX)
    assert form["ContentSid"] == HX
    assert json.loads(form["ContentVariables"]) == {
        "1": "Latte 50",
        "2": "Half price until Sunday",
        "3": "Abc_123-x",
    }


def test_a_template_that_does_not_fit_the_content_is_left_aside():
    mixed = Buttons("Choose", (LINK, TAP))
    assert "ContentSid" not in rendered(mixed, HX)
    assert "ContentSid" not in rendered(Image("https://x.example/a.jpg"), HX)


def test_the_sender_is_a_number_or_a_messaging_service():
    part = Part(delivery_id=DELIVERY, content=Text("x"))
    call = Call(to="TW.123", parts=[part], retry_key=KEY)
    for address in ("+886223456789", "whatsapp:+886223456789"):
        form = outbound.form(msgspec.structs.replace(ACCOUNT, address=address), call)
        assert (form["From"], form["To"]) == ("whatsapp:+886223456789", "whatsapp:TW.123")
        assert message_faults(form) == []
    service = "MG" + "0" * 32
    form = outbound.form(msgspec.structs.replace(ACCOUNT, address=service), call)
    assert (form["MessagingServiceSid"], "From" in form) == (service, False)
    assert message_faults(form) == []


@pytest.mark.parametrize(
    ("given_url", "callback"),
    [
        ("https://shop.example/w", f"https://shop.example/w?m={DELIVERY}"),
        ("https://shop.example/w?a=1", f"https://shop.example/w?a=1&m={DELIVERY}"),
        ("https://shop.example/w#rc=5", f"https://shop.example/w?m={DELIVERY}#rc=5"),
    ],
)
def test_progress_is_reported_under_our_delivery_id(given_url, callback):
    assert rendered(Text("x"), status_url=given_url)["StatusCallback"] == callback


# Long texts


def test_a_long_text_is_cut_at_paragraphs_and_keeps_its_words():
    paragraph = "A cup of tea. " * 60
    text = "\n\n".join([paragraph.strip()] * 4)
    said = CHANNEL.parts(Text(text, (QuickReply("More", "q:m"),)))
    parts = [part for part in said if isinstance(part, Text)]
    assert len(parts) == 4
    assert [part.quick_replies for part in parts[:-1]] == [(), (), ()]
    assert parts[-1].quick_replies
    assert " ".join(" ".join(part.text for part in parts).split()) == " ".join(text.split())
    for part in parts:
        rendered(part)
        assert CHANNEL.parts(part) == (part,)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one two", 7, ["one two"]),
        ("abc. def ghi", 9, ["abc.", "def ghi"]),
        ("a\n\nb c d e", 8, ["a\n\nb c d", "e"]),
        ("奶茶好喝。兌換券在這裡。", 7, ["奶茶好喝。", "兌換券在這裡。"]),
        ("奶茶，咖啡，果汁", 6, ["奶茶，咖啡，", "果汁"]),
        ("😀😀 😀", 4, ["😀😀", "😀"]),
        ("abcdef", 3, None),
        ("ab cdef", 3, None),
    ],
)
def test_a_text_is_cut_at_its_best_place(text, limit, expected):
    assert pieces(text, limit) == expected


@given(
    text=st.text(st.sampled_from("ab 。.\n😀，"), min_size=1, max_size=80), limit=st.integers(4, 20)
)
def test_cutting_loses_nothing_but_spaces_and_never_exceeds_the_limit(text, limit):
    found = pieces(text, limit)
    if found is not None:
        assert all(0 < length(piece) <= limit for piece in found)
        assert "".join("".join(found).split()) == "".join(text.split())


def test_a_text_too_long_for_five_messages_or_without_a_place_to_cut_is_refused():
    assert "up to 5 messages" in refusal(Text("word " * 1700))
    assert "1,601 characters" in refusal(Text("x" * 1601))
    assert len(CHANNEL.parts(Text("word " * 1500))) == 5


def test_an_emoji_counts_as_two():
    assert CHANNEL.parts(Text("😀" * 800))
    assert "1,602 characters" in refusal(Text("😀" * 801))


# Refusals


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (Text(" \n"), "is empty"),
        (Buttons("Hi", (LinkButton("x" * 26, "https://x.example"),)), "25 characters"),
        (Buttons("Hi", (PostbackButton("x" * 21, "p"),)), "20 characters"),
        (Buttons("Hi", (PhoneButton("x" * 21, "+886212345678"),)), "20 characters"),
        (Buttons("Hi", (PhoneButton("Call", "0212345678"),)), "+886212345678"),
        (Buttons("Hi", (PostbackButton(" ", "p"),)), "no title"),
        (Buttons("Hi", (PostbackButton("Go", ""),)), "1 to 200"),
        (Buttons("Hi", (CopyButton("Code", " "),)), "is empty"),
        (Buttons("Hi", (LinkButton("Go", "https://x.example/" + "x" * 2000),)), "2,000"),
        (Buttons("Hi", (LINK,) * 4), "at most 3 buttons"),
        (Buttons(" ", (LINK,)), "is empty"),
        (Buttons("x" * 1580, (LINK,)), "with its buttons"),
        (Card(" ", buttons=(LINK,)), "no title"),
        (Card("x", "y" * 1600), "1,600"),
        (Text("Choose", (QuickReply("兌換", "兌換"),)), "ASCII"),
        (Carousel((CARD,) * 11), "at most 10 cards"),
        (Carousel(()), "at least one"),
        (Carousel((CARD, Card(""))), "no title"),
        (Location("x", "y", 91.0, 0.0), "degrees"),
        (Location("x", "y", float("nan"), 0.0), "degrees"),
        (Location("x", "y" * 1600, 1.0, 1.0), "1,600"),
        (Video("http://x.example/a.mp4"), "https://"),
        (Audio("https://x.example/a b"), "https://"),
        (File("https://[::1/a", "a"), "https://"),
        (Image("http://10.0.0.1/a"), "https://"),
        (Image("http://localhost.evil.example/a"), "https://"),
        (Template("HX1"), "32 hexadecimal"),
        (Template(HX, {"1": " "}), "variable 1"),
        (Template(HX, {"1": "x" * 1601}), "variable 1"),
        (Template(HX, {"x" * 17: "x"}), "1 to 16"),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_with_a_sentence(content, sentence):
    """Lesson 19: what a channel cannot carry is said before it is sent."""
    assert sentence in refusal(content)


@pytest.mark.parametrize(
    "address", ["http://localhost:8080/a", "http://127.0.0.1:8080/a", "http://[::1]/a"]
)
def test_this_machines_own_addresses_may_be_http(address):
    assert rendered(*CHANNEL.parts(Image(address))) == {"MediaUrl": address}


# What a sent message will look like in Twilio's list


@pytest.mark.parametrize(
    ("content", "template_id", "text"),
    [
        (Text("Hello"), None, "Hello"),
        (Image("https://x.example/a.jpg"), None, ""),
        (Template(HX), None, None),
        (Card("Latte 50", "Half price", buttons=(LINK,)), HX, "*Latte 50*\nHalf price"),
        (
            Buttons("Choose", (LINK, TAP)),
            HX,
            "Choose\n\nOpen coupon: https://shop.example/c/Abc_123-x\n• Menu",
        ),
    ],
)
def test_the_words_twilio_will_list_are_known(content, template_id, text):
    part = Part(delivery_id=DELIVERY, content=content, template_id=template_id)
    assert outbound.said_text(part) == text


@pytest.mark.parametrize("kind", EVERY_BUTTON)
def test_every_button_has_a_line_of_text(kind):
    content = Buttons("Choose", (EVERY_BUTTON[kind],))
    assert EVERY_BUTTON[kind].title in rendered(*CHANNEL.parts(content))["Body"]
