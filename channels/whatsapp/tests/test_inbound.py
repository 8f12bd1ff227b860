"""Every kind of event Twilio posts, read into what the gateway stores."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from channels.whatsapp import form
from channels.whatsapp.channel import CHANNEL
from channels.whatsapp.tests.samples import (
    ACCOUNT,
    DELIVERY,
    FIXTURES,
    body_of,
    is_json,
    message_body,
    sign,
    target_of,
)
from conversations.channel import Entry, UnreadableBody, WebhookRequest

AC = ACCOUNT.external_id
MEI, MEI_ID = "+886912345678", "TW.1234567890"
OURS = f"SM{0xABC:032x}"
MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{AC}/Messages/"


def call(body: bytes, target: str | None = None) -> WebhookRequest:
    target = target_of(body) if target is None else target
    return WebhookRequest(
        method="POST",
        target=target,
        query={"m": target.partition("?m=")[2]} if "?m=" in target else {},
        headers=sign(body, ACCOUNT, target, "https://shop.example"),
        body=body,
        public_url="https://shop.example",
    )


def posted(**fields: str) -> bytes:
    told = dict(form.fields(message_body(1, "hello")))
    told.update(fields)
    return urlencode(told).encode()


def only(body: bytes) -> tuple[Entry, dict[str, Any]]:
    [entry] = CHANNEL.split(call(body))
    return entry, msgspec.json.decode(msgspec.json.encode(CHANNEL.read(entry.payload)))


def message(**facts: object) -> dict[str, Any]:
    plain = {
        "kind": "message",
        "contact_external_id": MEI,
        "profile_name": "Mei 林",
        "message_type": "text",
        "text": "",
    }
    return {name: value for name, value in {**plain, **facts}.items() if value is not None}


def file(kind: str, content_type: str, **more: object) -> dict[str, Any]:
    return {"type": kind, "content_type": content_type, **more}


def status(name: str, **facts: object) -> dict[str, Any]:
    return {
        "kind": "status",
        "status": name,
        "contact_external_id": MEI,
        "external_message_id": OURS,
        "external_event_id": f"{OURS}:{name}",
        "metadata": DELIVERY,
        **facts,
    }


EXPECTED: dict[str, dict[str, Any]] = {
    "text": message(text="想要一杯 latte 😀 & more"),
    "text_blank_fields": message(text="hello"),
    "text_reply": message(text="yes please", reply_to=OURS),
    "text_forwarded": message(text="look"),
    "text_bsuid_alias": message(text="hi", alt_external_id=MEI_ID),
    "text_bsuid_only": message(text="hi", contact_external_id=MEI_ID),
    "text_messaging_service": message(text="hi"),
    "image": message(
        text="my drink", message_type="image", attachments=[file("image", "image/jpeg")]
    ),
    "images_two": message(
        message_type="image", attachments=[file("image", "image/jpeg"), file("image", "image/png")]
    ),
    "video": message(message_type="video", attachments=[file("video", "video/mp4")]),
    "audio": message(message_type="audio", attachments=[file("audio", "audio/ogg")]),
    "document": message(
        text="menu.pdf", message_type="file", attachments=[file("file", "application/pdf")]
    ),
    "sticker": message(message_type="sticker", attachments=[file("sticker", "image/webp")]),
    "contacts": message(message_type="contacts", attachments=[file("contacts", "text/vcard")]),
    "location": message(
        message_type="location",
        attachments=[
            {
                "type": "location",
                "lat": 25.033,
                "lon": 121.5654,
                "title": "Tea house, 1 Songzhi Rd, Taipei",
            }
        ],
    ),
    "location_bare": message(
        message_type="location", attachments=[{"type": "location", "lat": -33.86, "lon": 151.2}]
    ),
    "quick_reply_tap": message(
        kind="postback",
        message_type=None,
        text="Show the menu",
        payload="c:menu:1",
        reply_to=OURS,
    ),
    "quick_reply_tap_without_payload": message(
        kind="postback", message_type=None, text="Confirm", payload="Confirm"
    ),
    "list_tap": message(kind="postback", message_type=None, text="Oolong", payload="p:oolong"),
    "flow_answers": message(
        message_type="unknown", params={"size": "large", "ice": 0.5, "toppings": ["pearls"]}
    ),
    "advert_referral": message(
        text="Tell me more",
        ref="https://fb.me/3example",
        ref_source="ad",
        ad_id="120200000000000001",
        ctwa_clid="ARAkLkA8rmlFeiCktEJQ",
    ),
    "post_referral": message(text="Hi", ref="https://fb.me/4example", ref_source="post"),
    "reaction": message(
        kind="reaction",
        message_type=None,
        text="👍",
        emoji="👍",
        action="react",
        target_message_id=OURS,
    ),
    "reaction_removed": message(
        kind="reaction", message_type=None, action="unreact", target_message_id=OURS
    ),
    "unsupported": message(message_type="unsupported"),
    "unknown_form": message(message_type="unknown"),
    "status_queued": status("queued"),
    "status_sent": status("sent"),
    "status_delivered": status("delivered"),
    "status_read": status("read"),
    "status_failed": status("failed", error_code=63016),
    "status_undelivered": status("undelivered", error_code=63024),
    "status_bsuid": status("sent", contact_external_id=MEI_ID),
    "status_unheard_of": status("frozen", kind="unknown"),
    "debugger": {"kind": "unknown", "external_event_id": f"NO{1:032x}"},
    "event_stream": {
        "kind": "unknown",
        "external_event_id": "EZ0123456789abcdef0123456789abcdef",
    },
    "json_event": {"kind": "unknown", "external_event_id": "WH0123456789abcdef0123456789abcdef"},
}


def test_every_fixture_is_expected():
    assert {path.stem for path in FIXTURES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("fixture", sorted(path.name for path in FIXTURES.iterdir()))
def test_an_event_is_read_field_by_field(fixture):
    body = body_of(fixture)
    entry, event = only(body)
    expected = dict(EXPECTED[fixture.partition(".")[0]])
    if expected["kind"] in {"message", "postback", "reaction"}:
        sid = form.fields(body)["MessageSid"]
        expected |= {"external_event_id": sid, "external_message_id": sid}
        assert entry.account_address == "+886223456789"
    for attachment in event.get("attachments", ()):
        if attachment["type"] != "location":
            assert attachment.pop("url").startswith(MEDIA)
    assert event == expected
    assert entry.account_external_id == AC
    assert entry.key == expected["external_event_id"]


def test_the_payload_of_a_message_is_the_body_as_it_came():
    body = body_of("text.form")
    assert only(body)[0].payload == body


def test_a_callback_without_our_delivery_id_tells_none():
    [entry] = CHANNEL.split(call(body_of("status_sent.form"), "/webhooks/whatsapp/demo"))
    assert CHANNEL.read(entry.payload).metadata is None


def test_a_hostile_delivery_id_stays_one_value():
    query = {"m": "x&MessageStatus=failed&\ud83d"}
    request = msgspec.structs.replace(call(body_of("status_sent.form")), query=query)
    [entry] = CHANNEL.split(request)
    event = CHANNEL.read(entry.payload)
    assert (event.status, event.metadata) == ("sent", "x&MessageStatus=failed&?")


def test_a_read_mark_may_come_as_an_event_type_alone():
    fields = form.fields(body_of("status_read.form"))
    del fields["MessageStatus"]
    assert only(urlencode(fields).encode())[1]["status"] == "read"


@pytest.mark.parametrize(
    ("fields", "contact", "alias"),
    [
        ({"From": "+886912345678"}, MEI, None),
        ({"From": "whatsapp:TW.1234567890"}, MEI_ID, MEI),
        ({"From": "whatsapp:TW.1234567890", "WaId": "٣"}, MEI_ID, None),
        ({"ExternalUserId": "whatsapp:foo_bar"}, MEI, None),
        ({"ExternalUserId": "whatsapp:+886912345678"}, MEI, None),
    ],
)
def test_a_person_is_known_by_number_and_by_business_scoped_id(fields, contact, alias):
    event = only(posted(**fields))[1]
    assert (event["contact_external_id"], event.get("alt_external_id")) == (contact, alias)


@pytest.mark.parametrize("sender", ["messenger:1234", "rcs:+886912345678", "whatsapp:"])
def test_another_channels_address_is_kept_as_unknown(sender):
    assert only(posted(From=sender))[1]["kind"] == "unknown"


@pytest.mark.parametrize("name", ["AccountSid", "From", "To"])
def test_a_message_without_its_addresses_is_of_the_wrong_shape(name):
    with pytest.raises(UnreadableBody, match=name):
        CHANNEL.split(call(posted(**{name: ""})))


@pytest.mark.parametrize(
    "body", [b"null", b"1", b"[1]", b'"x"', b"[" * 20_000, b'{"a":', b"\xff{}", b'{"a":"\xff"}']
)
def test_json_of_the_wrong_shape_is_refused(body):
    request = call(b"{}")
    with pytest.raises(UnreadableBody):
        CHANNEL.split(msgspec.structs.replace(request, body=body))


def test_too_many_fields_are_refused():
    with pytest.raises(UnreadableBody):
        CHANNEL.split(call(b"&".join(b"a=1" for _ in range(1_001))))
    assert CHANNEL.read(b"&".join(b"a=1" for _ in range(1_001))).kind == "unknown"


def test_a_json_list_is_cut_into_its_events():
    body = (
        b'[{"id":"1","data":{"accountSid":"AC1"}},{"text":"\\ud83d\\u0000"},{"AccountSid":"AC2"}]'
    )
    assert is_json(body)
    entries = CHANNEL.split(call(body))
    assert [entry.account_external_id for entry in entries] == ["AC1", None, "AC2"]
    assert len({entry.key for entry in entries}) == 3
    assert entries[0].key == "1"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('{"a":"\\u0000\\ud83d"}', {"a": "?"}),
        (
            '{"a":1e999,"b":NaN,"c":12345678901234567890}',
            {"a": None, "b": None, "c": "12345678901234567890"},
        ),
        ("[1]", {"data": [1]}),
        ("{broken", {"data": "{broken"}),
        ("[" * 20_000, {"data": "[" * 20_000}),
    ],
)
def test_answers_of_a_flow_can_always_be_stored(told, expected):
    event = CHANNEL.read(posted(InteractiveData=told))
    assert event.params == expected
    msgspec.json.encode(event)


@pytest.mark.parametrize(
    ("lat", "lon"), [("nan", "1"), ("1", "inf"), ("91", "0"), ("0", "-181"), ("x", "1"), ("", "")]
)
def test_a_place_off_this_planet_is_no_place(lat, lon):
    assert "attachments" not in only(posted(Latitude=lat, Longitude=lon))[1]


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/webp", "sticker"),
        ("IMAGE/JPEG; q=1", "image"),
        ("text/x-vcard", "contacts"),
        ("application/pdf", "file"),
        ("", "file"),
        ("model/gltf", "file"),
    ],
)
def test_a_file_is_named_by_its_content_type(content_type, kind):
    event = only(posted(NumMedia="1", MediaUrl0="https://x/1", MediaContentType0=content_type))[1]
    assert event["message_type"] == kind


def test_at_most_twenty_files_are_read():
    many = {f"MediaUrl{place}": "https://x/1" for place in range(40)}
    assert len(only(posted(**many))[1]["attachments"]) == 20


@pytest.mark.parametrize("code", ["", "x", "٣", "9" * 30, "-1"])
def test_an_error_code_that_is_no_number_is_left_out(code):
    body = urlencode({**form.fields(body_of("status_failed.form")), "ErrorCode": code}).encode()
    assert "error_code" not in only(body)[1]


def test_a_message_found_by_the_repair_job_tells_its_time():
    assert CHANNEL.read(posted(_t="1790000000000")).timestamp_ms == 1_790_000_000_000
    assert CHANNEL.read(posted(_t="soon")).timestamp_ms is None


def test_the_first_of_two_equal_names_counts():
    body = posted() + b"&Body=second"
    assert CHANNEL.read(body).text == "hello"
