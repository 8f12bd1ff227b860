"""Conformance: the quality card and the guide that each channel ships."""

from __future__ import annotations

import re

import pytest

from conversations.channel import Abilities
from tests.channels.contents import KINDS
from tests.channels.harness import CHANNELS, folder, quality, samples

every_channel = pytest.mark.parametrize("name", CHANNELS)

# Rows of quality.toml beyond one for each content kind, and what `Abilities` must say when they are done.
ROWS = {
    "handshake": None,
    "signature": None,
    "batches": None,
    "profile": None,
    "media": None,
    "check": None,
    "evidence": None,
    "missed": None,
    "native_templates": None,
    "quick_replies": lambda able: able.quick_replies > 0,
    "window": lambda able: able.window_s is not None,
    "reply_token": lambda able: able.reply_token_s is not None,
    "retry_key": lambda able: able.retry_key,
    "echo": lambda able: able.echoes,
    "delivery_receipts": lambda able: able.delivery_receipts,
    "read_receipts": lambda able: able.read_receipts,
    "groups": lambda able: able.groups,
    "unsend": lambda able: able.unsend,
    "redelivery": lambda able: able.redelivers != "never",
}


@every_channel
def test_every_row_is_done_or_exempt_with_a_reason(name):
    rows = quality(name)["abilities"]
    assert set(rows) >= set(ROWS) | set(KINDS)
    for row, state in rows.items():
        if isinstance(state, dict):
            assert set(state) == {"exempt"}, row
            assert state["exempt"].endswith("."), row
        else:
            assert state == "done", row


@every_channel
def test_the_card_and_the_abilities_agree(name):
    rows, able = quality(name)["abilities"], CHANNELS[name].abilities
    for row, says in ROWS.items():
        if says is not None:
            assert (rows[row] == "done") is says(able), row
    for kind in KINDS:
        assert (rows[kind] == "done") is (kind not in able.unsupported), kind


@every_channel
def test_the_abilities_make_sense(name):
    able: Abilities = CHANNELS[name].abilities
    assert able.label
    assert able.unsupported <= set(KINDS)
    assert (
        min(
            able.text_limit,
            able.messages_per_call,
            able.card_buttons,
            able.carousel_cards,
            able.rate_per_s,
        )
        > 0
    )


@every_channel
def test_the_guide_tells_where_webhooks_go(name):
    for path in {folder(name) / "guide.md", *folder(name).glob("guide.*.md")}:
        guide = path.read_text("utf-8")
        assert guide.startswith("# ")
        assert f"/webhooks/{name}/" in guide


@every_channel
def test_a_guide_says_the_same_in_every_language_it_is_written_in(name):
    """What is typed, pressed and opened is the same; only the words around it differ."""
    english = (folder(name) / "guide.md").read_text("utf-8")
    for path in folder(name).glob("guide.*.md"):
        other = path.read_text("utf-8")
        for exact in (r"^bin/tessera .*$", r"^#+(?= )", r"https://[^\s)`]+", r"`[a-z_]+_[a-z_]+`"):
            told = [sorted(re.findall(exact, text, re.MULTILINE)) for text in (english, other)]
            assert told[0] == told[1], (path.name, exact)


@every_channel
def test_credentials_are_in_no_repr(name):
    account = samples(name).ACCOUNT
    assert account.channel == name
    assert min(len(account.secret), len(account.token)) >= 8
    assert account.secret not in repr(account)
    assert account.token not in repr(account)
