"""Message objects that LINE would refuse are refused here, naming the property."""

from __future__ import annotations

import pytest

from simulator.checks import Checker
from simulator.line import rules

URI = {"type": "uri", "label": "Open", "uri": "https://shop.example/c/1"}
BUTTONS = {"type": "buttons", "text": "hi", "actions": [URI]}
BODY = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "Latte 50"}]}
BUBBLE = {"type": "bubble", "body": BODY}


def https(url):
    return isinstance(url, str) and url.startswith("https://")


def faults(*messages):
    checker = Checker(https)
    rules.check_messages(checker, {"messages": list(messages)})
    return [where for _, where in checker.found]


def template(**parts):
    return {"type": "template", "altText": "alt", "template": {**BUTTONS, **parts}}


def flex(contents, alt="alt"):
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*parts, **rest):
    return flex({**BUBBLE, "body": {**BODY, "contents": list(parts)}, **rest})


def quick(count, label="a"):
    item = {"type": "action", "action": {"type": "message", "label": label, "text": "a"}}
    return {"type": "text", "text": "hi", "quickReply": {"items": [item] * count}}


GOOD = {
    "text": {"type": "text", "text": "😀" * 2500},
    "sender": {
        "type": "text",
        "text": "hi",
        "sender": {"name": "Sue", "iconUrl": "https://a.example/i.png"},
    },
    "quick replies": quick(13),
    "image": {
        "type": "image",
        "originalContentUrl": "https://a.example/a.jpg",
        "previewImageUrl": "https://a.example/a.jpg",
    },
    "location": {
        "type": "location",
        "title": "a",
        "address": "b",
        "latitude": 25.0,
        "longitude": 121,
    },
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "buttons": template(text="x" * 160),
    "confirm": {
        "type": "template",
        "altText": "a",
        "template": {"type": "confirm", "text": "Sure?", "actions": [URI, URI]},
    },
    "flex": flex(BUBBLE),
    "carousel": flex({"type": "carousel", "contents": [BUBBLE] * 12}),
    "clipboard": bubble(
        {
            "type": "button",
            "action": {"type": "clipboard", "label": "Copy", "clipboardText": "A" * 1000},
        }
    ),
    "hero": flex(
        {**BUBBLE, "hero": {"type": "image", "url": "https://a.example/a.jpg", "size": "full"}}
    ),
    "coupon": {"type": "coupon", "couponId": "01ABC"},
}

BAD = {
    "no text": ({"type": "text"}, "messages[0].text"),
    "text over 5,000 UTF-16 units": ({"type": "text", "text": "😀" * 2501}, "messages[0].text"),
    "unknown kind": ({"type": "poem"}, "messages[0].type"),
    "unknown property": ({"type": "text", "text": "a", "colour": "red"}, "messages[0].colour"),
    "14 quick replies": (quick(14), "messages[0].quickReply.items"),
    "long quick reply": (quick(1, "x" * 21), "messages[0].quickReply.items[0].action.label"),
    "http picture": (
        {
            "type": "image",
            "originalContentUrl": "http://a.example/a",
            "previewImageUrl": "https://a.example/a",
        },
        "messages[0].originalContentUrl",
    ),
    "no preview": (
        {"type": "image", "originalContentUrl": "https://a.example/a"},
        "messages[0].previewImageUrl",
    ),
    "no address": (
        {"type": "location", "title": "a", "latitude": 0, "longitude": 0},
        "messages[0].address",
    ),
    "latitude": (
        {"type": "location", "title": "a", "address": "a", "latitude": 91, "longitude": 0},
        "messages[0].latitude",
    ),
    "long sender": (
        {"type": "text", "text": "a", "sender": {"name": "x" * 21}},
        "messages[0].sender.name",
    ),
    "no alt text": ({**template(), "altText": ""}, "messages[0].altText"),
    "long alt text": (flex(BUBBLE, "x" * 1501), "messages[0].altText"),
    "long text beside a title": (template(title="t", text="x" * 61), "messages[0].template.text"),
    "long title": (template(title="t" * 41), "messages[0].template.title"),
    "five buttons": (template(actions=[URI] * 5), "messages[0].template.actions"),
    "button without label": (
        template(actions=[{"type": "uri", "uri": "https://a.example"}]),
        "messages[0].template.actions[0].label",
    ),
    "long postback data": (
        template(actions=[{"type": "postback", "label": "a", "data": "x" * 301}]),
        "messages[0].template.actions[0].data",
    ),
    "http link": (
        template(actions=[{"type": "uri", "label": "a", "uri": "http://a.example"}]),
        "messages[0].template.actions[0].uri",
    ),
    "long link": (
        template(actions=[{**URI, "uri": "https://a.example/" + "x" * 1000}]),
        "messages[0].template.actions[0].uri",
    ),
    "uneven columns": (
        {
            "type": "template",
            "altText": "a",
            "template": {
                "type": "carousel",
                "columns": [{"text": "a", "actions": [URI]}, {"text": "b", "actions": [URI, URI]}],
            },
        },
        "messages[0].template.columns",
    ),
    "13 bubbles": (
        flex({"type": "carousel", "contents": [BUBBLE] * 13}),
        "messages[0].contents.contents",
    ),
    "empty bubble": (flex({"type": "bubble"}), "messages[0].contents"),
    "neither bubble nor carousel": (flex({"type": "box"}), "messages[0].contents.type"),
    "unknown component": (
        bubble({"type": "marquee"}),
        "messages[0].contents.body.contents[0].type",
    ),
    "unknown Flex property": (
        bubble({"type": "text", "text": "a", "font": "x"}),
        "messages[0].contents.body.contents[0].font",
    ),
    "empty Flex text": (
        bubble({"type": "text", "text": ""}),
        "messages[0].contents.body.contents[0].text",
    ),
    "named colour": (
        bubble({"type": "text", "text": "a", "color": "red"}),
        "messages[0].contents.body.contents[0].color",
    ),
    "no layout": (
        flex({"type": "bubble", "body": {"type": "box", "contents": []}}),
        "messages[0].contents.body.layout",
    ),
    "button without action": (
        bubble({"type": "button"}),
        "messages[0].contents.body.contents[0].action",
    ),
    "http hero": (
        flex({**BUBBLE, "hero": {"type": "image", "url": "http://a.example/a.jpg"}}),
        "messages[0].contents.hero.url",
    ),
    "text hero": (
        flex({**BUBBLE, "hero": {"type": "text", "text": "a"}}),
        "messages[0].contents.hero.type",
    ),
    "bad size": (flex({**BUBBLE, "size": "huge"}), "messages[0].contents.size"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_line_takes_is_taken(name):
    assert faults(GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_what_line_refuses_is_refused(name):
    message, where = BAD[name]
    assert faults(message) == [where]
