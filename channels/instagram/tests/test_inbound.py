"""Each fixture becomes exactly these events; absent facts are left out."""

from __future__ import annotations

import json

import msgspec
import pytest

from channels.instagram import inbound
from channels.instagram.tests.samples import CUSTOMER, FIXTURES, body_of, body_with, item

MID = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE"
AT = 1763712000123
ASSET = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id="


def told(kind, key, **facts):
    return {
        "kind": kind,
        "external_event_id": key,
        "contact_external_id": CUSTOMER,
        "timestamp_ms": AT,
        **facts,
    }


def said(mid, text="", *, kind="message", form="text", **facts):
    return told(
        kind,
        MID + mid,
        external_message_id=MID + mid,
        message_type=form,
        text=text,
        **facts,
    )


def sent(mid, asset, form, **facts):
    attachment = {"type": form, "url": f"{ASSET}{asset}&signature=aa", **facts}
    return [said(mid, form=form, attachments=[attachment])]


def tap(mid, title, payload, **facts):
    return told(
        "postback",
        MID + mid,
        external_message_id=MID + mid,
        text=title,
        payload=payload,
        **facts,
    )


AD = {"ref": "ad-summer", "ref_source": "ADS", "ad_id": "23850000000000001"}
POSTER = {"ref": "poster-7", "ref_source": "IG_ME_LINK"}
FIRST = "018f3d2a-0000-7000-8000-000000000001"
ECHO = f"{MID}echoapp"

EXPECTED = {
    "message_text": [said("text", "想喝珍珠奶茶 🧋 https://tea.example/menu")],
    "message_quick_reply": [said("quick", "領取優惠券", payload="c:spring:1")],
    "message_reply": [said("reply", "Yes, this one", reply_to=f"{MID}earlier")],
    "message_image": sent("image", 1, "image"),
    "message_video": sent("video", 2, "video"),
    "message_audio": sent("audio", 3, "audio"),
    "message_file": sent("file", 4, "file"),
    "message_share": sent("share", 5, "share"),
    "message_post": sent("post", 5, "share", title="春茶上市"),
    "message_ig_reel": sent("igreel", 6, "reel", id="1800000000000002", title="拉花"),
    "message_reel": sent("reel", 7, "reel"),
    "message_like_heart": [
        said("heart", form="sticker", attachments=[{"type": "sticker", "title": "like_heart"}])
    ],
    "message_sticker": sent("sticker", 8, "sticker", id="369239263222822"),
    "story_mention": sent("mention", 9, "story_mention"),
    "story_reply": [
        said(
            "story",
            "這杯多少錢？",
            form="story_reply",
            story_id="17999999999999999",
            attachments=[
                {
                    "type": "story_reply",
                    "id": "17999999999999999",
                    "url": f"{ASSET}10&signature=aa",
                }
            ],
        )
    ],
    "message_unsupported": [
        said("unsupported", form="unsupported", attachments=[{"type": "unsupported"}])
    ],
    "message_from_ad": [said("ad", "Hi", **AD)],
    "message_from_link": [said("link", "Hi", **POSTER)],
    "message_unsent": [told("unsend", f"{MID}text:deleted", target_message_id=f"{MID}text")],
    "echo_app": [
        said("echoapp", "您的優惠券", kind="echo", app_id="1517776481860111", metadata=FIRST)
    ],
    "echo_native": [said("echonative", "謝謝光臨", kind="echo")],
    "echo_unsent": [
        told("unsend", f"{MID}echonative:deleted", target_message_id=f"{MID}echonative")
    ],
    "postback": [tap("postback", "領取", "c:spring:1")],
    "postback_ice_breaker": [tap("ice", "營業時間？", "HOURS", **POSTER)],
    "referral": [told("referral", f"{CUSTOMER}:{AT}", **POSTER)],
    "read": [told("read", f"{CUSTOMER}:{ECHO}", mids=[ECHO], target_message_id=ECHO)],
    "reaction": [
        told(
            "reaction",
            f"{ECHO}:{CUSTOMER}:react:{AT}",
            action="react",
            emoji="❤",
            target_message_id=ECHO,
        )
    ],
    "reaction_taken_back": [
        told(
            "reaction",
            f"{ECHO}:{CUSTOMER}:unreact:{AT}",
            action="unreact",
            target_message_id=ECHO,
        )
    ],
    "message_edit": [told("edit", f"{MID}text:1", text="兩杯", target_message_id=f"{MID}text")],
    "optin_notification_messages": [told("optin", "9234567890123456789", payload="weekly")],
    "standby_message": [said("standby", "有人在嗎", mode="standby")],
    "time_in_seconds": [said("seconds", "hello") | {"timestamp_ms": 1763712000000}],
}
UNKNOWN = {"changes_comment", "changes_test_button", "pass_thread_control"}


def events(fixture):
    read = [inbound.read(entry.payload) for entry in inbound.split(body_of(f"{fixture}.json"))]
    return json.loads(msgspec.json.encode(read))


@pytest.mark.parametrize("fixture", EXPECTED)
def test_a_fixture_becomes_these_events(fixture):
    assert events(fixture) == EXPECTED[fixture]


@pytest.mark.parametrize("fixture", sorted(UNKNOWN))
def test_comments_and_hand_over_are_kept_as_unknown(fixture):
    [event] = events(fixture)
    assert event["kind"] == "unknown"
    assert event["external_event_id"].startswith("sha256:")


def test_a_change_names_nobody_to_write_to():
    [entry] = inbound.split(body_of("changes_comment.json"))
    assert entry.lane == ""
    assert inbound.read(entry.payload).contact_external_id is None


def test_every_fixture_is_expected():
    assert {path.stem for path in FIXTURES.iterdir()} == set(EXPECTED) | UNKNOWN


def test_fixtures_are_written_as_meta_writes():
    for path in FIXTURES.iterdir():
        body = path.read_bytes()
        assert body.isascii()
        assert b"/" not in body.replace(b"\\/", b"")


def test_unsending_is_not_a_duplicate_of_the_message():
    [said_first] = inbound.split(body_of("message_text.json"))
    [unsent] = inbound.split(body_of("message_unsent.json"))
    assert said_first.key != unsent.key


def test_reading_a_message_is_not_a_duplicate_of_its_echo():
    [echo] = inbound.split(body_of("echo_app.json"))
    [read] = inbound.split(body_of("read.json"))
    assert echo.key != read.key


def test_what_the_account_itself_does_belongs_to_its_customer():
    mark = {"mid": ECHO, "action": "react", "emoji": "👍"}
    turned = item(reaction=mark)
    turned["sender"], turned["recipient"] = turned["recipient"], turned["sender"]
    [entry] = inbound.split(body_with(turned))
    assert entry.lane == CUSTOMER
    assert inbound.read(entry.payload).contact_external_id == CUSTOMER


def test_a_pages_body_holds_nothing_for_an_instagram_account():
    body = body_of("message_text.json").replace(b'"instagram"', b'"page"', 1)
    assert inbound.split(body) == []
