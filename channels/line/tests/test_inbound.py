"""Every event kind and message kind of LINE, from its recorded shape to the normalised event."""

from __future__ import annotations

import json

import msgspec
import pytest

from channels.line import inbound
from channels.line.tests import samples
from conversations.channel import UnreadableBody

U = "U4af4980629e1c9fa8a4d8bbbf0b9bd2d"
U2 = "U91eeaf62d9e5b4b0ec6f0e53d9b8f6cf"
GROUP = {"type": "group", "id": "C4af4980629e1c9fa8a4d8bbbf0b9bd2d"}
ROOM = {"type": "room", "id": "Ra8dbf4673c4c812cd491258042226c99"}
MINE = {"contact_external_id": U}
IMAGE_SET = "E005D41A7288F41B65593ED38FF6E9834B046AB36A37921A56BC236F13A91855"


def message(kind: str, text: str = "", **facts):
    return {**MINE, "kind": "message", "message_type": kind, "text": text, **facts}


def unknown(name: str, **facts):
    return {"kind": "unknown", "params": {"type": name}, **facts}


EXPECTED = {
    "text": message("text", "latte, 請給我一杯 ☕"),
    "text_emoji": message("text", "Hi (moon)"),
    "text_quote": message("text", "this one, please", reply_to="601234567890000001"),
    "text_mention": message("text", "@Tea House hello @Mei", chat=GROUP, mentions_self=True),
    "text_mention_all": message("text", "@All lunch?", chat=GROUP, mentions_self=False),
    "text_room": message("text", "hello room", chat=ROOM),
    "text_group_anonymous": {
        "kind": "message", "message_type": "text", "text": "who am I", "chat": GROUP,
    },
    "text_standby": message("text", "for another module", mode="standby"),
    "text_redelivered": message("text", "again"),
    "image": message("image", attachments=[{"type": "image"}]),
    "image_external": message(
        "image", attachments=[{"type": "image", "url": "https://pictures.example/a.jpg"}]
    ),
    "image_set": message(
        "image",
        attachments=[{"type": "image"}],
        params={"imageSet": {"id": IMAGE_SET, "total": 2, "index": 1}},
    ),
    "video": message("video", attachments=[{"type": "video"}], params={"duration": 60000}),
    "video_external": message(
        "video",
        attachments=[{"type": "video", "url": "https://films.example/a.mp4"}],
        params={"duration": 60000},
    ),
    "audio": message("audio", attachments=[{"type": "audio"}], params={"duration": 5600}),
    "file": message("file", attachments=[{"type": "file", "name": "收據.pdf", "size": 2138}]),
    "location": message(
        "location",
        attachments=[
            {
                "type": "location", "title": "Tea House", "name": "台北市信義區松智路1號",
                "lat": 25.0329694, "lon": 121.5654177,
            }
        ],
    ),
    "location_plain": message(
        "location",
        attachments=[
            {
                "type": "location", "name": "1-3 Kioicho, Chiyoda-ku, Tokyo",
                "lat": 35.67966, "lon": 139.73669,
            }
        ],
    ),
    "sticker": message(
        "sticker",
        attachments=[{"type": "sticker", "id": "1988", "title": "Hello"}],
        params={"packageId": "446"},
    ),
    "sticker_text": message(
        "sticker",
        "Let's\nhang out!",
        attachments=[{"type": "sticker", "id": "738839", "title": "Let's\nhang out!"}],
        params={"packageId": "12287"},
    ),
    "message_unknown": message("unknown"),
    "message_edited": {
        **MINE, "kind": "edit", "message_type": "text", "text": "latte, no sugar",
        "chat": GROUP, "target_message_id": "601234567890000001",
    },
    "unsend": {**MINE, "kind": "unsend", "target_message_id": "601234567890000001"},
    "follow": {**MINE, "kind": "follow", "is_unblocked": False},
    "follow_unblocked": {**MINE, "kind": "follow", "is_unblocked": True},
    "unfollow": {**MINE, "kind": "unfollow"},
    "join": {"kind": "join", "chat": GROUP},
    "leave": {"kind": "leave", "chat": GROUP},
    "member_joined": {"kind": "member_joined", "chat": GROUP, "members": [U, U2]},
    "member_left": unknown("memberLeft", chat=GROUP, members=[U]),
    "postback": {**MINE, "kind": "postback", "payload": "c:spring:42"},
    "postback_datetime": {
        **MINE, "kind": "postback", "payload": "pick:visit",
        "params": {"datetime": "2026-12-25T01:00"},
    },
    "postback_rich_menu": {
        **MINE, "kind": "postback", "payload": "menu",
        "params": {"newRichMenuAliasId": "alias-b", "status": "SUCCESS"},
    },
    "account_link": {
        **MINE, "kind": "account_link", "result": "ok", "nonce": "xxxxxxxxxxxxxxx0001",
    },
    "account_link_failed": {
        **MINE, "kind": "account_link", "result": "failed", "nonce": "xxxxxxxxxxxxxxx0002",
    },
    "beacon": unknown("beacon", **MINE),
    "video_play_complete": unknown("videoPlayComplete", **MINE),
    "membership_joined": unknown("membership", **MINE),
    "membership_renewed": unknown("membership", **MINE),
    "membership_left": unknown("membership", **MINE),
    "module": unknown("module"),
    "activated": unknown("activated"),
    "deactivated": unknown("deactivated", mode="standby"),
    "bot_suspended": unknown("botSuspended"),
    "bot_resumed": unknown("botResumed"),
    "delivery": unknown("delivery", **MINE),
}  # fmt: skip


def facts_of(fixture: str):
    """Return the first event of a fixture as LINE wrote it, and as read, without what is told of every event."""
    body = samples.body_of(f"{fixture}.json")
    written = json.loads(body)["events"][0]
    read = json.loads(msgspec.json.encode(inbound.read(inbound.split(body)[0].payload)))
    assert read.pop("external_event_id") == written["webhookEventId"]
    assert read.pop("timestamp_ms") == written["timestamp"]
    assert read.pop("reply_token", None) == written.get("replyToken")
    if read["mode"] == "active":
        del read["mode"]
    return written, read


@pytest.mark.parametrize("fixture", EXPECTED)
def test_an_event_is_read_as_it_was_meant(fixture):
    written, read = facts_of(fixture)
    if read["kind"] == "message":
        assert read.pop("external_message_id") == written["message"]["id"]
        for attached in read.get("attachments", ()):
            if attached["type"] in {"image", "video", "audio", "file"}:
                assert attached.pop("id") == written["message"]["id"]
    assert read == EXPECTED[fixture]


def test_every_fixture_of_one_event_is_in_the_table():
    names = {path.stem for path in samples.FIXTURES.iterdir()}
    assert names == set(EXPECTED) | {"verify", "batch"}


def test_the_verify_button_posts_no_event():
    assert inbound.split(samples.body_of("verify.json")) == []


def test_a_batch_keeps_each_persons_events_in_their_own_lane():
    entries = inbound.split(samples.body_of("batch.json"))
    kinds = [inbound.read(entry.payload).kind for entry in entries]
    assert kinds == ["message", "follow", "postback", "unknown", "message"]
    assert [entry.lane for entry in entries] == [U, U2, U2, U, U]
    assert {entry.account_external_id for entry in entries} == {samples.BOT}


def test_a_group_is_the_lane_of_its_members():
    [entry] = inbound.split(samples.body_of("text_mention.json"))
    assert entry.lane == GROUP["id"]


def test_an_event_without_an_id_is_known_by_its_bytes():
    body = (
        b'{"destination":"U1","events":[{"type":"follow"},{"type":"follow"},{"type":"unfollow"}]}'
    )
    keys = [entry.key for entry in inbound.split(body)]
    assert keys[0] == keys[1] != keys[2]
    assert inbound.read(b'{"type":"follow"}').external_event_id == keys[0]


def test_the_slow_way_cuts_as_the_fast_way_does():
    for path in sorted(samples.FIXTURES.iterdir()):
        body = samples.body_of(path.name)
        fast, slow = inbound._split_fast(body), inbound._split_slowly(body)
        assert [(e.key, e.lane) for e in fast] == [(e.key, e.lane) for e in slow]
        assert [inbound.read(e.payload) for e in fast] == [inbound.read(e.payload) for e in slow]


@pytest.mark.parametrize(
    ("written", "text"),
    [("\\ud83d", "�"), ("\\ud83d\\ude00", "😀"), ("a\\u0000b", "ab"), ("奶\\udc00茶", "奶�茶")],
)
def test_broken_characters_are_repaired_in_the_text_alone(written, text):
    body = samples.batch_body(2)[0].replace(b"text 0", written.encode())
    events = [inbound.read(entry.payload) for entry in inbound.split(body)]
    assert [event.text for event in events] == [text, "text 1"]


@pytest.mark.parametrize("number", ["1e400", "123456789012345678901234567890", "-1", "true", "1.5"])
def test_an_impossible_time_is_left_out(number):
    body = b'{"destination":"U1","events":[{"type":"follow","timestamp":' + number.encode() + b"}]}"
    [entry] = inbound.split(body)
    assert inbound.read(entry.payload).timestamp_ms is None


@pytest.mark.parametrize(
    "body",
    [b'{"events":[{"type":NaN}]}', b'{"destination":"U1"}', b"[]", b'{"events":{}}', b"\xff"],
)
def test_a_body_of_the_wrong_shape_is_unreadable(body):
    with pytest.raises(UnreadableBody):
        inbound.split(body)


def test_a_body_that_names_no_bot_belongs_to_no_account():
    assert [e.account_external_id for e in inbound.split(b'{"events":[{"type":"follow"}]}')] == [""]
    assert [e.account_external_id for e in inbound.split(b'{"destination":7,"events":[{}]}')] == [
        ""
    ]


def test_bytes_that_are_no_event_are_read_as_unknown():
    assert inbound.read(b"\xff").kind == "unknown"
    assert inbound.read(b"[" * 20_000).kind == "unknown"


def test_every_depth_around_the_recursion_limit_is_refused_or_read():
    outcomes = set()
    for depth in range(700, 1050, 2):
        nest = b"[" * depth + b"]" * depth
        for strange in (b"7", b'"\\u0000"', b'"\\ud83d"'):
            body = b'{"events":[{"webhookEventId":' + strange + b',"x":' + nest + b"}]}"
            try:
                [entry] = inbound.split(body)
            except UnreadableBody:
                outcomes.add("refused")
            else:
                outcomes.add(str(inbound.read(entry.payload).kind))
    assert outcomes == {"refused", "unknown"}
