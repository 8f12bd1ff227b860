"""Conformance: what every channel folder must do with what a platform, or a stranger, posts to us.

A channel takes part by being found by `channels.registry`. Beside its code it ships

* `fixtures/`: one file an event kind and message kind, in the platform's true shape (whole webhook bodies);
* `tests/samples.py`: a plain module (no `__init__.py` beside it) with `ACCOUNT`, `sign`, `body_of`,
  `unknown_event_body`, `text_body`, `batch_body`, `duplicate_body` and, where needed, `target_of`:
  their signatures and meaning stand in `tests.channels.harness.Samples`;
* `guide.md` (begins with a heading, names `/webhooks/<channel>/`) and `quality.toml`, whose `[abilities]`
  table gives each row of `test_every_card.ROWS`, and more of the channel's own, as
  `"done"` or `{ exempt = "the reason." }`.

The sending half is `test_every_send.py`, the card and guide are `test_every_card.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.channel import (
    Account,
    Inbound,
    Kind,
    MessageType,
    UnreadableBody,
    WebhookRequest,
)
from tests.channels.harness import (
    CHANNELS,
    MARK,
    PUBLIC_URL,
    bend,
    fixtures,
    is_json,
    quality,
    read_all,
    request_of,
    samples,
    split,
    telling,
)

every_channel = pytest.mark.parametrize("name", CHANNELS)
# A platform may repeat a shared word instead of signing; its quality card then says so.
every_signing_channel = pytest.mark.parametrize(
    "name", [name for name in CHANNELS if quality(name)["abilities"]["signature"] == "done"]
)
every_fixture = pytest.mark.parametrize(("name", "fixture"), fixtures())
# fmt: off
BENT = [..., None, 1, -1, 10**30, 1.5, True, "", "x", "\x00", "\ud83d", "٣", [], {}, [None], {"id": 1}]
# fmt: on


def storable(inbound: Inbound) -> str:
    """Return the event as JSON after checking that PostgreSQL could hold every text of it."""
    encoded = msgspec.json.encode(inbound).decode()
    # A customer may write the six characters of an escape; those stand after an escaped backslash.
    assert "\\u0000" not in encoded.replace("\\\\", "")
    return encoded


def read_or_refuse(name: str, body: bytes) -> list[Inbound]:
    """Split and read a hostile body; nothing but UnreadableBody may come out."""
    try:
        events = read_all(name, body)
    except UnreadableBody:
        return []
    for event in events:
        storable(event)
    return events


@every_fixture
def test_a_fixture_is_signed_split_and_read(name, fixture):
    body = samples(name).body_of(fixture)
    request = request_of(name, body)
    assert CHANNELS[name].verify(samples(name).ACCOUNT, request)
    for entry in CHANNELS[name].split(request):
        event = CHANNELS[name].read(entry.payload)
        storable(event)
        assert entry.key
        assert entry.key == event.external_event_id or entry.key.endswith(
            f":{event.external_event_id}"
        )
        assert entry.lane == (event.chat.id if event.chat else event.contact_external_id or "")
        if event.kind is Kind.MESSAGE:
            assert event.message_type is not None
            assert event.text is not None
    assert CHANNELS[name].split(request) == CHANNELS[name].split(request)


@every_channel
def test_it_has_fixtures_and_they_hold_messages(name):
    kinds = {
        e.kind
        for owner, file in fixtures()
        if owner == name
        for e in read_all(name, samples(name).body_of(file))
    }
    assert {Kind.MESSAGE, Kind.POSTBACK} <= kinds


@every_signing_channel
def test_a_tampered_body_is_not_verified(name):
    request = request_of(name, samples(name).text_body(MARK))
    forged = msgspec.structs.replace(
        request, body=request.body.replace(MARK.encode(), b"OTHER-TEXT!")
    )
    assert forged.body != request.body
    assert CHANNELS[name].verify(samples(name).ACCOUNT, request)
    assert not CHANNELS[name].verify(samples(name).ACCOUNT, forged)


@every_channel
def test_an_unsigned_call_is_not_verified(name):
    request = request_of(name, samples(name).text_body("hello"))
    kept = {"content-type": request.headers.get("content-type", "")}
    bare = msgspec.structs.replace(request, headers=kept)
    assert not CHANNELS[name].verify(samples(name).ACCOUNT, bare)


@every_channel
@pytest.mark.parametrize(
    "value", ["", "=", "sha256=", "é" * 44, "\udcff", "A" * 44, "x" * 100_000, "\x00"]
)
def test_a_malformed_signature_is_not_verified(name, value):
    request = request_of(name, samples(name).text_body("hello"))
    bent = {key: value if key.startswith("x-") else kept for key, kept in request.headers.items()}
    assert bent != request.headers
    assert not CHANNELS[name].verify(
        samples(name).ACCOUNT, msgspec.structs.replace(request, headers=bent)
    )


@every_channel
def test_somebody_elses_secret_does_not_verify(name):
    mine = samples(name).ACCOUNT
    other = msgspec.structs.replace(mine, secret="0123456789abcdef0123456789abcdef", shared_keys={})
    request = request_of(name, samples(name).text_body("hello"), signer=other)
    assert CHANNELS[name].verify(other, request)
    assert not CHANNELS[name].verify(mine, request)


@every_channel
def test_an_account_without_a_secret_verifies_nothing(name):
    empty = msgspec.structs.replace(samples(name).ACCOUNT, secret="", shared_keys={})
    request = request_of(name, samples(name).text_body("hello"), signer=empty)
    assert not CHANNELS[name].verify(empty, request)


@every_channel
def test_a_handshake_without_its_token_fails(name):
    account: Account = samples(name).ACCOUNT
    for query in ({}, {"hub.mode": "subscribe", "hub.verify_token": "é", "hub.challenge": "<b>"}):
        request = WebhookRequest(
            method="GET", target="/webhooks/x/demo", query=query, headers={}, public_url=PUBLIC_URL
        )
        assert CHANNELS[name].handshake(account, request) is None
        unset = msgspec.structs.replace(account, verify_token="")
        bare = msgspec.structs.replace(request, query={**query, "hub.verify_token": ""})
        assert CHANNELS[name].handshake(unset, bare) is None


@every_channel
def test_the_answer_says_nothing_to_the_customer(name):
    body, content_type = CHANNELS[name].answer()
    assert content_type.split(";")[0] in {"text/plain", "application/json", "text/xml"}
    assert body in {"", "ok", "{}", "<Response/>"}


@every_channel
@pytest.mark.parametrize("depth", [200, 20_000])
def test_deep_nesting_is_refused_or_read(name, depth):
    nest = b"[" * depth + b"]" * depth
    marked = samples(name).text_body(MARK)
    for body in (
        nest,
        b'{"events":' + nest + b"}",
        b'{"destination":"U1","events":[{"type":"x","source":' + nest + b"}]}",
        b'{"object":"page","entry":' + nest + b"}",
        b'{"object":"page","entry":[{"id":"1","messaging":[' + nest + b"]}]}",
        b'{"a":' * depth + b"1" + b"}" * depth,
        marked.replace(b'"' + MARK.encode() + b'"', nest),
        marked.replace(MARK.encode(), nest),
    ):
        read_or_refuse(name, body)


@every_channel
@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"null",
            b"[]",
            b"1",
            b'"x"',
            b"true",
            b"{}",
            b"NaN",
            b"\xef\xbb\xbf{}",
            b"\x00",
            b"&=&",
            b"%",
        ),
        *(
            b'{"events":{}}',
            b'{"events":null}',
            b'{"events":[null,1,"x",[]]}',
            b'{"entry":{}}',
            b'{"entry":[1]}',
        ),
        *(
            b'{"object":"page","entry":[{"messaging":{}}]}',
            b'{"events":[{}]}',
            b"MessageSid=&From=&To=&AccountSid=",
        ),
    ],
)
def test_a_wrong_root_is_refused_or_ignored(name, body):
    read_or_refuse(name, body)


@every_channel
def test_a_truncated_body_is_refused_or_read(name):
    body = samples(name).text_body("hello")
    for end in range(0, len(body), 7):
        read_or_refuse(name, body[:end])
    if is_json(body):
        with pytest.raises(UnreadableBody):
            split(name, body[:-1])


@every_channel
@pytest.mark.parametrize(
    "junk", [b"\xff\xfe", b"\xed\xa0\xbd", b"\xc3", b"%FF%FE", b"%ED%A0%BD", b"%C3", b"%zz"]
)
def test_text_that_is_not_utf_8_is_refused_or_repaired(name, junk):
    read_or_refuse(name, samples(name).text_body(MARK).replace(MARK.encode(), junk))


@every_channel
@pytest.mark.parametrize("escape", ["\\ud83d", "\\udc00 a \\ud83d", "a\\u0000b", "\\ud83d\\ude00"])
def test_a_lone_surrogate_or_nul_costs_neither_the_message_nor_the_batch(name, escape):
    body = samples(name).text_body(MARK)
    [event] = read_or_refuse(name, body.replace(MARK.encode(), escape.encode()))
    assert event.kind is Kind.MESSAGE
    assert event.external_event_id == read_all(name, body)[0].external_event_id


@every_channel
def test_a_percent_encoded_nul_is_stripped(name):
    body = samples(name).text_body(MARK).replace(MARK.encode(), b"a%00b")
    [event] = read_or_refuse(name, body)
    assert "\x00" not in (event.text or "")


@every_channel
def test_ten_thousand_characters_arrive_whole(name):
    text = "奶茶 latte😀 " * 1112
    [event] = read_all(name, samples(name).text_body(text[:10_000]))
    assert (event.kind, event.message_type, event.text) == (
        Kind.MESSAGE,
        MessageType.TEXT,
        text[:10_000],
    )


@every_channel
def test_a_hundred_events_keep_their_order_keys_and_times(name):
    bodies = samples(name).batch_body(100)
    entries = [entry for body in bodies for entry in split(name, body)]
    events = [CHANNELS[name].read(entry.payload) for entry in entries]
    assert len(entries) == len({entry.key for entry in entries}) == 100
    times = [event.timestamp_ms for event in events if event.timestamp_ms is not None]
    assert times == sorted(times, reverse=True)


@every_channel
def test_a_duplicate_has_the_same_key(name):
    entries = [entry for body in samples(name).duplicate_body() for entry in split(name, body)]
    assert len(entries) == 2
    assert len({entry.key for entry in entries}) == 1


@every_channel
def test_an_unknown_kind_is_kept_as_unknown(name):
    [event] = read_all(name, samples(name).unknown_event_body())
    assert event.kind is Kind.UNKNOWN
    assert event.external_event_id
    storable(event)


@every_channel
def test_the_account_is_named_where_the_platform_names_it(name):
    [entry] = split(name, samples(name).text_body("hello"))
    assert entry.account_external_id in {None, samples(name).ACCOUNT.external_id}


@every_channel
@settings(deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(name, body):
    read_or_refuse(name, body)


def read_bent(name: str, fixture: str, choose: Callable[[int], int], value: object) -> None:
    """Read a fixture with one of its values bent; a failure tells which one."""
    chosen: list[int] = []

    def choosing(count: int) -> int:
        chosen.append(choose(count))
        return chosen[-1]

    with telling(lambda: f"{name}/{fixture}, place {chosen} bent to {value!r}"):
        read_or_refuse(name, bend(samples(name).body_of(fixture), choosing, value))


@every_fixture
def test_a_fixture_with_any_value_bent_is_refused_or_read(name, fixture):
    rng = random.Random(f"{name}/{fixture}")  # noqa: S311 (the same values each run)
    for value in rng.choices(BENT, k=40):
        read_bent(name, fixture, rng.randrange, value)


@pytest.mark.soak
@every_channel
@settings(deadline=None, max_examples=20_000)
@given(data=st.data())
def test_fixtures_bent_in_ever_new_ways_are_refused_or_read(name, data):
    fixture = data.draw(st.sampled_from([file for owner, file in fixtures() if owner == name]))
    place, value = data.draw(st.integers(0, 10_000)), data.draw(st.sampled_from(BENT))
    read_bent(name, fixture, lambda count: place % count, value)


@every_channel
def test_a_link_opens_its_chat_and_carries_words_in_any_script(name):
    channel, account = CHANNELS[name], samples(name).ACCOUNT
    link = channel.chat_link(account, "拿鐵 & more")
    assert link is not None
    assert link.startswith("https://")
    assert "%E6%8B%BF%E9%90%B5%20%26%20more" in link
    assert channel.chat_link(msgspec.structs.replace(account, address=""), "latte") is None


@every_channel
def test_the_address_to_enter_at_the_platform_is_the_webhook_itself(name):
    url = "https://shop.example/webhooks/x/demo"
    assert CHANNELS[name].webhook_address(url).partition("#")[0] == url
