"""Each fixture becomes exactly these events; absent facts are left out."""

from __future__ import annotations

import json

import msgspec
import pytest

from channels.messenger import inbound
from channels.messenger.tests.samples import ACCOUNT, CUSTOMER, FIXTURES, body_of, body_with, item

MID = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_"
AT = 1763712000123
CDN = "https://scontent.xx.fbcdn.net/v/t1.15752-9/"
STICKER = {
    "type": "sticker",
    "id": "369239263222822",
    "url": "https://scontent.xx.fbcdn.net/v/t39.1997-6/39178562_n.png?oh=s",
}
LINK = {"type": "share", "url": "https://tea.example/spring", "title": "春茶"}


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


def sent(mid, *attachments, form):
    return said(mid, form=form, attachments=list(attachments))


def tap(mid, title, payload, **facts):
    return told(
        "postback",
        MID + mid,
        external_message_id=MID + mid,
        text=title,
        payload=payload,
        **facts,
    )


BY_TIME = f"{CUSTOMER}:{AT}"
APP = {"app_id": "1517776481860111"}
AD = {"ref": "ad-summer", "ref_source": "ADS", "ad_id": "6045246247433"}
POSTER = {"ref": "poster-7", "ref_source": "SHORTLINK"}
FIRST, SECOND = (f"018f3d2a-0000-7000-8000-00000000000{n}" for n in (1, 2))
TOKEN = "1234567890123456789"

EXPECTED = {
    "message_text": [said("text", "我要一杯拿鐵 latte ☕ 50% <off> https://tea.example/menu")],
    "message_quick_reply": [said("quick", "領取優惠券", payload="c:spring:1")],
    "message_reply": [said("reply", "Yes, this one", reply_to=f"{MID}earlier")],
    "message_image": [
        sent("image", {"type": "image", "url": f"{CDN}1_n.jpg?_nc_cat=1&oh=aa&oe=bb"}, form="image")
    ],
    "message_images": [
        sent(
            "images",
            {"type": "image", "url": f"{CDN}1_n.jpg?oh=1"},
            {"type": "image", "url": f"{CDN}2_n.jpg?oh=2"},
            form="image",
        )
    ],
    "message_video": [
        sent(
            "video",
            {"type": "video", "url": "https://video.xx.fbcdn.net/v/t42/1.mp4?oh=a"},
            form="video",
        )
    ],
    "message_audio": [
        sent(
            "audio",
            {"type": "audio", "url": "https://cdn.fbsbx.com/v/t59/audioclip-1.mp4?oh=a"},
            form="audio",
        )
    ],
    "message_file": [
        sent(
            "file",
            {
                "type": "file",
                "url": "https://cdn.fbsbx.com/v/t59.2708-21/%E8%8F%9C%E5%96%AE.pdf?_nc_cat=1&oh=a",
                "name": "菜單.pdf",
            },
            form="file",
        )
    ],
    "message_location": [
        sent(
            "location",
            {
                "type": "location",
                "url": "https://l.facebook.com/l.php?u=x",
                "lat": 25.033,
                "lon": 121.5654,
                "title": "Mei's Location",
            },
            form="location",
        )
    ],
    "message_link": [said("link", "https://tea.example/spring", attachments=[LINK])],
    "message_share": [sent("share", LINK, form="share")],
    "message_reel": [
        sent(
            "reel",
            {
                "type": "reel",
                "id": "3210987654321",
                "url": "https://video.xx.fbcdn.net/v/reel.mp4",
                "title": "Latte art",
            },
            form="reel",
        )
    ],
    "message_ig_reel": [
        sent(
            "igreel",
            {
                "type": "reel",
                "id": "3210987654322",
                "url": "https://video.xx.fbcdn.net/v/igreel.mp4",
                "title": "拉花",
            },
            form="reel",
        )
    ],
    "message_sticker": [sent("sticker", STICKER, form="sticker")],
    "message_sticker_as_image": [sent("stickerimage", STICKER, form="sticker")],
    "message_sticker_doubled": [sent("stickertwice", STICKER, form="sticker")],
    "message_from_ad": [said("ad", "Is this still on?", **AD)],
    "message_unsupported": [said("unsupported", form="unsupported")],
    "message_unknown_attachment": [
        sent("newkind", {"type": "unknown", "url": "https://cdn.fbsbx.com/h"}, form="unknown")
    ],
    "echo_app": [said("echoapp", "您的優惠券", kind="echo", metadata=FIRST, **APP)],
    "echo_native": [said("echonative", "好的，為您保留", kind="echo")],
    "echo_template": [
        said(
            "echotemplate",
            kind="echo",
            form="unknown",
            metadata=SECOND,
            attachments=[{"type": "unknown", "title": "Latte 50"}],
            **APP,
        )
    ],
    "postback": [tap("postback", "領取", "c:spring:1")],
    "postback_get_started": [tap("started", "開始使用", "GET_STARTED", **POSTER)],
    "postback_from_ad": [tap("startedad", "Get Started", "GET_STARTED", **AD)],
    "referral": [told("referral", BY_TIME, **POSTER)],
    "referral_ad": [told("referral", BY_TIME, **AD)],
    "template_coupon": [
        told("coupon_reveal", f"{BY_TIME}:c:spring:1", payload="c:spring:1", coupon_code="TEA-50")
    ],
    "delivery": [
        told(
            "delivery",
            f"{CUSTOMER}:{AT - 1000}",
            mids=[f"{MID}a", f"{MID}b"],
            watermark_ms=AT - 1000,
        )
    ],
    "delivery_without_mids": [told("delivery", f"{CUSTOMER}:{AT - 900}", watermark_ms=AT - 900)],
    "read": [told("read", f"{CUSTOMER}:{AT - 1000}", watermark_ms=AT - 1000)],
    "reaction": [
        told(
            "reaction",
            f"{MID}a:{CUSTOMER}:react:{AT}",
            action="react",
            emoji="❤",
            target_message_id=f"{MID}a",
        )
    ],
    "reaction_taken_back": [
        told(
            "reaction",
            f"{MID}a:{CUSTOMER}:unreact:{AT}",
            action="unreact",
            target_message_id=f"{MID}a",
        )
    ],
    "message_edit": [told("edit", f"{MID}text:2", text="兩杯拿鐵", target_message_id=f"{MID}text")],
    "account_linked": [told("account_link", BY_TIME, result="linked", authorization_code="AQD-7x")],
    "account_unlinked": [told("account_link", BY_TIME, result="unlinked")],
    "optin_ref": [told("optin", BY_TIME, ref="newsletter")],
    "optin_user_ref": [
        {
            "kind": "optin",
            "external_event_id": "checkbox-41",
            "alt_external_id": "checkbox-41",
            "timestamp_ms": AT,
            "ref": "checkout",
        }
    ],
    "optin_notification_messages": [told("optin", TOKEN, payload="weekly")],
    "optin_notification_messages_stopped": [
        told("optin", f"{TOKEN}:STOP_NOTIFICATIONS", payload="weekly", status="STOP_NOTIFICATIONS")
    ],
    "standby_message": [said("standby", "有人在嗎", mode="standby")],
    "time_in_seconds": [said("seconds", "hello") | {"timestamp_ms": 1763712000000}],
    "time_only_in_entry": [said("untimed", "hello") | {"timestamp_ms": 1763712001000}],
    "two_pages": [
        said("one", "一"),
        said("two", "二") | {"contact_external_id": "6987654321098765"},
        tap("three", "三", "c:3"),
        told("read", f"{CUSTOMER}:{AT}", watermark_ms=AT),
    ],
}
UNKNOWN = {"changes_feed", "pass_thread_control", "take_thread_control", "policy_enforcement"}


def events(fixture):
    read = [inbound.read(entry.payload) for entry in inbound.split(body_of(f"{fixture}.json"))]
    return json.loads(msgspec.json.encode(read))


@pytest.mark.parametrize("fixture", EXPECTED)
def test_a_fixture_becomes_these_events(fixture):
    assert events(fixture) == EXPECTED[fixture]


@pytest.mark.parametrize("fixture", sorted(UNKNOWN))
def test_hand_over_policy_and_page_feed_are_kept_as_unknown(fixture):
    [event] = events(fixture)
    assert event["kind"] == "unknown"
    assert event["external_event_id"].startswith("sha256:")


def test_every_fixture_is_expected():
    assert {path.stem for path in FIXTURES.iterdir()} == set(EXPECTED) | UNKNOWN


def test_fixtures_are_written_as_meta_writes():
    for path in FIXTURES.iterdir():
        body = path.read_bytes()
        assert body.isascii()
        assert b"/" not in body.replace(b"\\/", b"")


def test_entries_of_two_pages_name_their_page():
    pages = [entry.account_external_id for entry in inbound.split(body_of("two_pages.json"))]
    assert pages == [ACCOUNT.external_id, "104599999999999", *[ACCOUNT.external_id] * 2]


def test_an_echo_stands_in_the_lane_of_its_customer():
    [entry] = inbound.split(body_of("echo_app.json"))
    assert entry.lane == CUSTOMER


def test_reading_a_message_after_its_delivery_is_another_event():
    receipt = {"watermark": AT}
    delivery, read = inbound.split(body_with(item(delivery=receipt), item(read=receipt)))
    assert delivery.key != read.key


def test_a_template_other_than_a_coupon_is_unknown():
    [entry] = inbound.split(body_with(item(template={"type": "poll", "payload": "p"})))
    assert inbound.read(entry.payload).kind == "unknown"


def test_an_instagram_body_holds_nothing_for_a_page():
    body = body_of("message_text.json").replace(b'"page"', b'"instagram"')
    assert inbound.split(body) == []


def test_a_payload_that_is_none_of_ours_is_unknown():
    event = inbound.read(b"\xff{")
    assert (event.kind, event.contact_external_id) == ("unknown", None)


def test_a_message_without_its_id_is_named_by_its_bytes():
    [entry] = inbound.split(body_with(item(message={"text": "hello"})))
    assert entry.key.startswith("sha256:")
    assert inbound.read(entry.payload).text == "hello"


def test_a_file_whose_address_is_broken_has_no_name():
    attached = {"type": "file", "payload": {"url": "https://[cdn/menu.pdf"}}
    [entry] = inbound.split(body_with(item(message={"mid": "m_1", "attachments": [attached]})))
    [attachment] = inbound.read(entry.payload).attachments
    assert (attachment.url, attachment.name) == ("https://[cdn/menu.pdf", None)
