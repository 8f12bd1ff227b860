"""The simulator, written by itself from LINE's rules, takes every body the LINE channel renders."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from channels.line import outbound
from channels.line.channel import CHANNEL
from conversations.channel import Call, Part
from conversations.content import Buttons, Card, Content, File, Text
from simulator.checks import Checker
from simulator.line import rules
from tests.channels.contents import EVERY_BUTTON, KINDS, at_limits, buttons

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
CONTENTS: dict[str, Content] = {
    **{
        kind: content
        for kind, content in KINDS.items()
        if kind not in CHANNEL.abilities.unsupported
    },
    **{f"at {limit}": content for limit, content in at_limits(CHANNEL.abilities).items()},
    "every button": Buttons("Choose", tuple(EVERY_BUTTON.values())),
    "ten buttons": Buttons("Choose", buttons(10)),
    "longest card": Card("奶" * 2000, "茶" * 2000, buttons=buttons(10)),
    "longest words with buttons": Buttons("奶" * 2000, buttons(1)),
    "longest file name": File("https://shop.example/a.pdf", "奶" * 1997),
    "words": Text("拿鐵 ☕"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_the_simulator_takes_it(name):
    parts = [Part(delivery_id=KEY, content=CONTENTS[name])]
    body = outbound.push_body(Call(to="U1", parts=parts, retry_key=KEY, sender_name="Sue"))
    checker = Checker(lambda url: url.startswith("https://"))
    rules.check_messages(checker, json.loads(body))
    assert checker.found == []
