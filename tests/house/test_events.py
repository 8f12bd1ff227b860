"""What `bin/tessera events` prints of every event we know: the names and forms others rely on."""

from __future__ import annotations

import json

import msgspec
import pytest

from gateway.commands.events import facts
from tests.channels.harness import fixtures, read_all, samples

WORDS = """
account kind contact_external_id message_type text payload external_event_id external_message_id reply_to
reply_token target_message_id ref ref_source ad_id status action emoji result nonce profile_name app_id metadata
coupon_code mode story_id alt_external_id authorization_code ctwa_clid
"""
FORMS = {
    **dict.fromkeys(WORDS.split(), str),
    **dict.fromkeys(("timestamp_ms", "watermark_ms", "error_code"), int),
    **dict.fromkeys(("is_unblocked", "mentions_self"), bool),
    **dict.fromkeys(("attachments", "members", "mids"), list),
    **dict.fromkeys(("chat", "params"), dict),
}
KINDS = """
message postback follow unfollow join leave member_joined account_link referral reaction read delivery status echo
unsend edit optin coupon_reveal unknown
"""
TYPES = """
text image video audio file sticker location share reel story_mention story_reply contacts unsupported unknown
"""
PARTS = {"type", "id", "url", "name", "size", "content_type", "lat", "lon", "title"}


def printed(channel, fixture):
    """Return the events of a fixture as they are read back from what is printed."""
    body = samples(channel).body_of(fixture)
    told = [facts(f"{channel}/demo", event) for event in read_all(channel, body)]
    return [json.loads(msgspec.json.encode(one)) for one in told]


@pytest.mark.parametrize(("channel", "fixture"), fixtures())
def test_every_event_is_printed_in_the_promised_form(channel, fixture):
    for told in printed(channel, fixture):
        assert told["account"] == f"{channel}/demo"
        assert told["kind"] in KINDS.split()
        assert told["external_event_id"]
        who = told.pop("contact_external_id")
        assert who is None or not who.startswith("whatsapp:")
        for name, value in told.items():
            assert type(value) is FORMS[name], (name, value)
        if told["kind"] == "message":
            assert told["message_type"] in TYPES.split()
            assert "text" in told
        if "chat" in told:
            assert set(told["chat"]) == {"type", "id"}
            assert told["chat"]["type"] in {"group", "room"}
        if "result" in told:
            assert told["result"] in {"ok", "failed", "linked", "unlinked"}
        for attachment in told.get("attachments", ()):
            assert "type" in attachment
            assert set(attachment) <= PARTS


def test_a_wordless_message_has_empty_text_and_an_event_of_nobody_no_contact():
    [picture] = printed("line", "image.json")
    assert (picture["text"], picture["message_type"]) == ("", "image")
    [module] = printed("line", "module.json")
    assert module["contact_external_id"] is None
    assert "text" not in module


def test_the_words_of_a_tap_and_the_two_sides_of_an_echo():
    [tap] = printed("messenger", "message_quick_reply.json")
    assert (tap["kind"], bool(tap["payload"])) == ("message", True)
    [pressed] = printed("messenger", "postback.json")
    assert (pressed["kind"], bool(pressed["payload"]), bool(pressed["text"])) == (
        "postback",
        True,
        True,
    )
    [echo] = printed("messenger", "echo_app.json")
    [said] = printed("messenger", "message_text.json")
    assert echo["contact_external_id"] == said["contact_external_id"]
