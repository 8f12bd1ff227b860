"""Which rule answers which event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.channel import Inbound, Kind, MessageType
from conversations.keywords import normalise
from flows.triggers import RuleFacts, match, needs_person
from runtime.ids import uuid7


def rule(kind="keyword", *keywords, contains=False):
    return RuleFacts(id=uuid7(), kind=kind, keywords=keywords, contains=contains, text="hello")


def said(text, **facts):
    kind = facts.pop("kind", Kind.MESSAGE)
    facts.setdefault("message_type", MessageType.TEXT if kind is Kind.MESSAGE else None)
    return Inbound(kind=kind, external_event_id="1", text=text, **facts)


@pytest.mark.parametrize("text", ["latte", " LATTE ", "Ｌａｔｔｅ", "latte\n"])
def test_a_keyword_is_heard_in_any_case_width_and_spacing(text):
    assert match([rule("keyword", "latte")], said(text)) is not None


@pytest.mark.parametrize("text", ["a latte", "latte!", "", "latt"])
def test_a_whole_keyword_is_not_heard_inside_other_words(text):
    assert match([rule("keyword", "latte")], said(text)) is None


def test_a_keyword_may_be_heard_inside_words_when_the_rule_says_so():
    found = match([rule("keyword", "拿鐵", contains=True)], said("我想要拿鐵優惠券"))
    assert found is not None
    assert found.trigger == "keyword: 拿鐵"


def test_a_quick_reply_is_heard_by_its_payload():
    assert match([rule("keyword", "latte")], said("One please", payload="latte")) is not None


def test_the_first_rule_in_order_answers():
    first, second = rule("keyword", "latte"), rule("keyword", "latte")
    found = match([first, second], said("latte"))
    assert found is not None
    assert found.rule is first


def test_follow_get_started_and_referral_have_rules_of_their_own():
    rules = [rule("follow"), rule("get_started"), rule("referral", "latte")]
    follow = match(rules, said(None, kind=Kind.FOLLOW))
    started = match(rules, said("Get started", kind=Kind.POSTBACK, payload="GET_STARTED"))
    referred = match(rules, said(None, kind=Kind.REFERRAL, ref="Latte"))
    assert [m and m.trigger for m in (follow, started, referred)] == [
        "follow",
        "get started",
        "referral: Latte",
    ]


@pytest.mark.parametrize("kind", ["text", "image", "sticker", "file", "video", "audio", "location"])
def test_what_no_rule_answers_waits_for_a_person(kind):
    assert needs_person(said("?", message_type=MessageType(kind)))


@pytest.mark.parametrize("kind", [Kind.FOLLOW, Kind.POSTBACK, Kind.READ, Kind.UNKNOWN])
def test_a_tap_or_a_note_waits_for_nobody(kind):
    assert not needs_person(said(None, kind=kind))


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    assert normalise(normalise(text)) == normalise(text)
