"""Whatever comes in, a pretended platform answers as a platform; it never falls over."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.checks import Checker
from simulator.line import rules as line_rules
from simulator.meta import rules as meta_rules
from simulator.platform import Refusal
from simulator.twilio import content_rules
from simulator.world import World

WORDS = [
    *(
        "type",
        "text",
        "flex",
        "template",
        "altText",
        "contents",
        "bubble",
        "carousel",
        "body",
        "box",
    ),
    *("layout", "vertical", "actions", "action", "uri", "label", "quickReply", "items", "columns"),
    *("buttons", "attachment", "payload", "template_type", "generic", "elements", "title", "url"),
    *(
        "quick_replies",
        "content_type",
        "twilio/card",
        "twilio/list-picker",
        "media",
        "cards",
        "sender",
    ),
    *(
        "coupon",
        "hero",
        "image",
        "styles",
        "button",
        "confirm",
        "image_carousel",
        "postback",
        "web_url",
    ),
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=5)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)
    ),
    max_leaves=25,
)
WORLD = World(pool=None, public_url="http://localhost:8080", clock=None, http=None)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_rules_find_faults_and_never_fail(value):
    checker = Checker(WORLD.is_https)
    line_rules.check_messages(checker, {"messages": [value]})
    line_rules.check_messages(checker, {"messages": value})
    if isinstance(value, dict):
        content_rules.check(checker, value)
        content_rules.check(checker, {"twilio/card": value, "twilio/carousel": value})
    for channel in ("messenger", "instagram"):
        with contextlib.suppress(Refusal):
            meta_rules.check(value, channel, WORLD)


NASTY = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b'{"a":' * 20_000,
    b'{"to":"U\\u0000","replyToken":"\\u0000","messages":[{"type":"text","text":"a"}]}',
    b'{"replyToken":"\\ud83d","messages":[{"type":"text","text":"\\ud83d"}]}',
    b'{"recipient":{"id":"1\\u0000"},"message":{"text":"a"}}',
    b'{"language":"\\u0000","types":{"twilio/text":{"body":"a\\u0000"}}}',
    b'{"language":"en","types":{"twilio/catalog":{"x":NaN,"y":"\\ud83d"}}}',
]
PATHS = [
    "/line/v2/bot/message/reply",
    "/line/v2/bot/message/push",
    "/line/v2/bot/chat/loading/start",
    "/meta/v26.0/me/messages",
]


async def test_bodies_nobody_can_read_are_refused_and_not_an_error_of_ours(stage):
    for body in NASTY:
        for path in PATHS:
            answer = await stage.call("POST", path, data=body)
            assert answer.status == 400, (path, body[:60])
        for path in ("/v1/Content", "/2010-04-01/Accounts/{AC}/Messages.json"):
            answer = await stage.twilio("POST", path, body)
            assert answer.status == 400, (path, body[:60])


@pytest.mark.parametrize("path", ["/line/v2/x", "/meta/v26.0/me/x", "/meta/x", "/twilio/x"])
async def test_unknown_paths_are_answered_in_the_platforms_words(stage, path):
    if path.startswith("/twilio"):
        answer = await stage.twilio("GET", path.removeprefix("/twilio"))
    else:
        answer = await stage.call("GET", path)
    assert answer.status in {400, 404}
    assert isinstance(answer.body, dict)
