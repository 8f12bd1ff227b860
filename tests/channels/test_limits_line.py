"""The independent checker of LINE's limits does see each broken limit."""

from __future__ import annotations

import json

import pytest

from tests.channels.limits_line import broken_rules

URI = {"type": "uri", "label": "Go", "uri": "https://a.example"}
PICTURE = {
    "type": "image",
    "originalContentUrl": "https://a.example/a",
    "previewImageUrl": "https://a.example/a",
}


def template(**bent):
    inner = {"type": "buttons", "text": "Choose", "actions": [URI], **bent}
    return {"type": "template", "altText": "Choose", "template": inner}


def bubble(**bent):
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}, **bent}


def flex(contents, alt="Card"):
    return {"type": "flex", "altText": alt, "contents": contents}


def button(**bent):
    action = {**URI, **bent}
    return flex(
        bubble(
            footer={
                "type": "box",
                "layout": "vertical",
                "contents": [{"type": "button", "action": action}],
            }
        )
    )


GOOD = [{"type": "text", "text": "Hi"}, PICTURE, template(), flex(bubble()), button()]
BROKEN = {
    "unknown message": {"type": "txt", "text": "Hi"},
    "empty text": {"type": "text", "text": ""},
    "long text": {"type": "text", "text": "😀" * 2501},
    "http": {**PICTURE, "originalContentUrl": "http://a.example/a"},
    "long address": {**PICTURE, "previewImageUrl": "https://a.example/" + "a" * 2000},
    "no duration": {"type": "audio", "originalContentUrl": "https://a.example/a", "duration": 0},
    "off the map": {
        "type": "location",
        "title": "a",
        "address": "b",
        "latitude": 91,
        "longitude": 0,
    },
    "five actions": template(actions=[URI] * 5),
    "no actions": template(actions=[]),
    "confirm": template(type="confirm"),
    "long template": template(text="x" * 161),
    "long template with a title": template(text="x" * 61, title="T"),
    "long label": button(label="x" * 21),
    "long uri": button(uri="https://a.example/" + "a" * 1000),
    "long data": button(type="postback", data="x" * 301, displayText="Go"),
    "long clipboard": button(type="clipboard", clipboardText="x" * 1001),
    "odd action": button(type="open"),
    "long alt text": flex(bubble(), alt="x" * 1501),
    "thirteen bubbles": flex({"type": "carousel", "contents": [bubble()] * 13}),
    "odd container": flex({"type": "box", "contents": []}),
    "empty bubble": flex({"type": "bubble"}),
    "unknown property": flex(bubble(colour="red")),
    "heavy bubble": flex(
        bubble(
            body={
                "type": "box",
                "layout": "vertical",
                "contents": [{"type": "text", "text": "x" * 5000}] * 7,
            }
        )
    ),
    "odd layout": flex(bubble(body={"type": "box", "layout": "round", "contents": []})),
    "odd component": flex(bubble(hero={"type": "film"})),
    "body of text": flex(bubble(body={"type": "text", "text": "a"})),
    "fourteen quick replies": {
        "type": "text",
        "text": "Hi",
        "quickReply": {"items": [{"type": "action", "action": URI}] * 14},
    },
    "long sender": {"type": "text", "text": "Hi", "sender": {"name": "x" * 21}},
}


def push(*messages):
    return json.dumps({"to": "U1", "messages": messages}).encode()


def test_good_messages_break_nothing():
    assert broken_rules(push(*GOOD)) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_limit_is_seen(name):
    assert broken_rules(push(BROKEN[name]))


def test_a_broken_envelope_is_seen():
    assert broken_rules(push())
    assert broken_rules(push(*GOOD[:1] * 6))
    assert broken_rules(json.dumps({"messages": GOOD[:1]}).encode())
    assert broken_rules(json.dumps({"to": "U1", "replyToken": "t", "messages": GOOD[:1]}).encode())
