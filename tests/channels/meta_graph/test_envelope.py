"""Bodies are cut into events the quick way or the forgiving way, and both give the same events."""

from __future__ import annotations

import json

import pytest

from channels import registry
from channels.messenger import inbound
from channels.messenger.tests.samples import ACCOUNT, CUSTOMER, START_MS, item, meta_json
from channels.meta_graph import envelope
from channels.meta_graph.facts import degrees, instant_ms, text
from conversations.channel import UnreadableBody
from tests.channels.harness import fixtures, read_all, samples

CHANNELS = registry.load()
OURS = [(name, file) for name, file in fixtures() if name in {"messenger", "instagram"}]
HELLO = item(message={"mid": "m_1", "text": "hello"})


def body(*entries):
    return meta_json({"object": "page", "entry": list(entries)})


def entry(*items, where="messaging", **facts):
    return {"id": ACCOUNT.external_id, "time": START_MS, where: list(items), **facts}


def read(raw):
    return [inbound.read(cut.payload) for cut in inbound.split(raw)]


@pytest.mark.parametrize(("name", "fixture"), OURS)
def test_the_forgiving_way_reads_the_same(name, fixture):
    raw = samples(name).body_of(fixture)
    root = json.loads(raw)
    root["entry"].append({"id": "1", "messaging": ["\ud83d"]})
    forgiven = read_all(name, json.dumps(root).encode())
    quick = read_all(name, raw)
    assert [event for event in forgiven if event.kind != "unknown"] == [
        event for event in quick if event.kind != "unknown"
    ]
    assert len(forgiven) == len(quick)


def test_a_lone_surrogate_becomes_a_replacement_character():
    [event] = read(body(entry(item(message={"mid": "m_1", "text": "a\ud83d b"}))))
    assert event.text == "a\ufffd b"


def test_a_pair_beside_a_lone_surrogate_stays_an_emoji():
    [event] = read(body(entry(item(message={"mid": "m_1", "text": "\ud83d\ude00\ud83d"}))))
    assert event.text == "😀\ufffd"


def test_a_number_beyond_all_bounds_costs_only_itself():
    raw = body(entry(HELLO, item(read={"watermark": 1}))).replace(
        b'"watermark":1', b'"watermark":1e999'
    )
    first, second = read(raw)
    assert first.text == "hello"
    assert (second.kind, second.watermark_ms) == ("read", None)


def test_what_is_not_an_item_is_left_out():
    raw = body(entry(None, 1, "x", [], HELLO), None, {"id": None}, {"messaging": [HELLO]})
    assert [event.text for event in read(raw)] == ["hello"]


def test_items_in_another_form_than_a_list_are_left_out():
    assert read(body(entry(HELLO), {"id": "1", "messaging": {}, "changes": None})) != []


def test_an_entrys_id_may_be_a_number():
    [cut] = inbound.split(body({**entry(HELLO), "id": 104512345678901}))
    assert cut.account_external_id == ACCOUNT.external_id


def test_an_entry_without_a_name_is_left_out():
    assert inbound.split(body({**entry(HELLO), "id": ""})) == []
    assert inbound.split(body({**entry(HELLO), "id": "\x00"})) == []


def test_one_entry_may_hold_items_of_both_kinds():
    raw = body(entry(HELLO, standby=[item(message={"mid": "m_2", "text": "there"})]))
    assert [(event.text, event.mode) for event in read(raw)] == [
        ("hello", None),
        ("there", "standby"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"object":"page"}',
        b'{"object":"page","entry":{}}',
        b'{"entry":[]}',
        b'{"object":null,"entry":[]}',
        b'{"object":"page","entry":[{"id":"1","messaging":[{"a":NaN}]}]}',
        b'{"object":"page","entry":[{"id":"1","messaging":[{"a":"\xff"}]}]}',
        b'{"object":"page","entry":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"object":"page","entry":[{"id":"1","messaging":["\\ud83d",' + b"1" * 5000 + b"]}]}",
    ],
)
def test_an_undecodable_body_or_root_is_unreadable(raw):
    with pytest.raises(UnreadableBody):
        inbound.split(raw)


def test_another_product_has_no_events_here_also_the_forgiving_way():
    raw = b'{"object":"user","entry":[{"id":7,"messaging":["\\ud83d"]}]}'
    assert inbound.split(raw) == []


def test_a_payload_holds_the_events_own_bytes():
    [cut] = inbound.split(body(entry(HELLO)))
    assert meta_json(HELLO) in cut.payload
    assert cut.lane == CUSTOMER


def test_a_payload_without_an_item_opens_to_nothing():
    assert envelope.unwrap(b'{"account":"1","time_ms":1,"found_in":"messaging"}') is None


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (1763712000, 1763712000000),
        (1763712000123, 1763712000123),
        (10**30, None),
        (-1, None),
        (0, None),
        (True, None),
        ("1763712000", None),
        (1.5, None),
    ],
)
def test_times_are_milliseconds_also_from_seconds(value, instant):
    assert instant_ms(value) == instant


def test_facts_of_another_shape_are_absent():
    shapes: tuple[object, ...] = (None, [], {}, True, 1.5)
    assert [text(value) for value in shapes] == [None] * 5
    assert text("a\x00b") == "ab"
    assert [degrees(value) for value in (True, "1", float("inf"), 1e6)] == [None] * 4
    assert degrees(25) == 25.0
