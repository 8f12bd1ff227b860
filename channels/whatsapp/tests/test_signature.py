"""Is this request from Twilio? Checked against the vendor's own validator."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.whatsapp.channel import CHANNEL
from channels.whatsapp.signature import addresses
from channels.whatsapp.tests.samples import ACCOUNT
from conversations.channel import WebhookRequest

TARGET = "/webhooks/whatsapp/demo"
FORM = "application/x-www-form-urlencoded"
BASES = [
    "https://shop.example",
    "https://shop.example:443",
    "https://shop.example:8443",
    "http://localhost:8080",
    "https://shop.example/tessera",
]
PAIRS = [("MessageSid", "SM1"), ("AccountSid", ACCOUNT.external_id), ("Body", "兌換 & more")]
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def request(body, signature, target=TARGET, base=BASES[0], **headers) -> WebhookRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(
        method="POST",
        target=target,
        query={},
        headers={"content-type": FORM, "x-twilio-signature": signature, **named},
        body=body,
        public_url=base,
    )


def vendor(pairs, url, secret=ACCOUNT.secret, algorithm=None) -> str:
    return str(RequestValidator(secret).compute_signature(url, MultiDict(pairs), algorithm))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("target", [TARGET, f"{TARGET}?m=1&x=%E5%85%8C+%2F", f"{TARGET}?"])
def test_what_the_vendor_signs_is_accepted_with_and_without_the_port(base, target):
    for address in addresses(base, target):
        call = request(urlencode(PAIRS).encode(), vendor(PAIRS, address), target, base)
        assert CHANNEL.verify(ACCOUNT, call)


def test_the_addresses_have_no_port_and_one_and_never_a_fragment():
    assert addresses("https://shop.example", "/w?m=1#rc=5") == (
        "https://shop.example/w?m=1",
        "https://shop.example:443/w?m=1",
    )
    assert addresses("http://localhost:8080/", "/w") == (
        "http://localhost/w",
        "http://localhost:8080/w",
    )
    assert addresses("http://[::1]", "/w")[1] == "http://[::1]:80/w"
    assert addresses("http://[::1]:81", "/w")[0] == "http://[::1]/w"


@pytest.mark.parametrize(
    "pairs",
    [
        [*PAIRS, ("Body", "another"), ("Body", "a third")],
        [*PAIRS, ("Body", "兌換 & more")],
        [*PAIRS, ("ToCity", ""), ("FromZip", "")],
        [*PAIRS, (" Padded ", "  kept  ")],
        [("b", "1"), ("B", "2"), ("a", "3"), ("é", "4"), ("兌", "5"), ("😀", "6")],
        [],
    ],
)
def test_duplicates_blanks_and_byte_order_are_signed_as_the_vendor_does(pairs):
    body = urlencode(pairs).encode()
    signature = vendor(pairs, BASES[0] + TARGET)
    assert CHANNEL.verify(ACCOUNT, request(body, signature))


@given(pairs=st.lists(st.tuples(words, words), max_size=8))
def test_any_form_is_signed_as_the_vendor_does(pairs):
    signature = vendor(pairs, BASES[0] + TARGET)
    assert CHANNEL.verify(ACCOUNT, request(urlencode(pairs).encode(), signature))


@given(
    pairs=st.lists(st.tuples(words, words), min_size=1, max_size=6),
    place=st.integers(0, 5),
    word=words,
)
def test_a_changed_value_is_accepted_only_where_the_vendor_accepts_it(pairs, place, word):
    url = BASES[0] + TARGET
    signature = vendor(pairs, url)
    bent = list(pairs)
    bent[place % len(pairs)] = (bent[place % len(pairs)][0], word)
    expected = RequestValidator(ACCOUNT.secret).validate(url, MultiDict(bent), signature)
    assert CHANNEL.verify(ACCOUNT, request(urlencode(bent).encode(), signature)) is expected


@pytest.mark.parametrize(
    "change",
    [
        {"target": "/webhooks/whatsapp/other"},
        {"target": f"{TARGET}?m=2"},
        {"base": "https://evil.example"},
        {"base": "http://shop.example"},
        {
            "host": "shop.example",
            "x_forwarded_host": "shop.example",
            "base": "https://else.example",
        },
    ],
)
def test_another_address_is_not_accepted(change):
    signature = vendor(PAIRS, BASES[0] + TARGET)
    assert not CHANNEL.verify(ACCOUNT, request(urlencode(PAIRS).encode(), signature, **change))


def test_bytes_that_are_not_utf_8_are_signed_as_they_came():
    body = b"Body=%FF%FE&AccountSid=AC1"
    told = (BASES[0] + TARGET).encode() + b"AccountSidAC1" + b"Body\xff\xfe"
    mac = hmac.new(ACCOUNT.secret.encode(), told, hashlib.sha1).digest()
    assert CHANNEL.verify(ACCOUNT, request(body, base64.b64encode(mac).decode()))


@pytest.mark.parametrize("target", [f"{TARGET}?\ud83d", f"{TARGET}\udcff", "//[", "*", ""])
def test_an_odd_target_is_refused_without_an_error(target):
    for kind in (FORM, "application/json"):
        call = request(b"{}", "AAAA", target, content_type=kind)
        assert not CHANNEL.verify(ACCOUNT, call)


def test_too_many_fields_are_not_worked_through():
    pairs = [(f"f{number}", "1") for number in range(1_001)]
    signature = vendor(pairs, BASES[0] + TARGET)
    assert not CHANNEL.verify(ACCOUNT, request(urlencode(pairs).encode(), signature))


def json_call(body, target, signature, **headers) -> WebhookRequest:
    return request(body, signature, target, content_type="application/json", **headers)


def hashed(body: bytes, name="bodySHA256") -> str:
    return f"{TARGET}?{name}={hashlib.sha256(body).hexdigest()}"


def test_a_json_body_is_vouched_for_by_its_hash_in_the_signed_address():
    body = '{"text":"兌換"}'.encode()
    target = hashed(body)
    signature = vendor([], BASES[0] + target)
    assert RequestValidator(ACCOUNT.secret).validate(BASES[0] + target, body.decode(), signature)
    assert CHANNEL.verify(ACCOUNT, json_call(body, target, signature))
    assert not CHANNEL.verify(ACCOUNT, json_call(body + b" ", target, signature))


def test_a_json_body_without_its_hash_is_unsigned():
    signature = vendor([], BASES[0] + TARGET)
    assert not CHANNEL.verify(ACCOUNT, json_call(b"{}", TARGET, signature))
    wrong_name = hashed(b"{}", "bodysha256")
    assert not CHANNEL.verify(
        ACCOUNT, json_call(b"{}", wrong_name, vendor([], BASES[0] + wrong_name))
    )


def test_two_hashes_vouch_for_nothing():
    target = f"{hashed(b'{}')}&bodySHA256={'0' * 64}"
    assert not CHANNEL.verify(ACCOUNT, json_call(b"{}", target, vendor([], BASES[0] + target)))


def test_a_json_body_cannot_ride_on_the_signature_of_a_form():
    body = urlencode(PAIRS).encode()
    signature = vendor(PAIRS, BASES[0] + TARGET)
    assert not CHANNEL.verify(ACCOUNT, json_call(body, TARGET, signature))


def test_a_form_cannot_ride_on_the_signature_of_a_json_body():
    target = hashed(b"{}")
    signature = vendor([], BASES[0] + target)
    assert not CHANNEL.verify(ACCOUNT, request(urlencode(PAIRS).encode(), signature, target))


SHARED = "webhooks_sharedkey_1"
SETTINGS = f"key={SHARED},algorithm=HMAC_SHA256"


def shared_call(settings: str, secret: str, algorithm: str) -> WebhookRequest:
    signature = vendor(PAIRS, BASES[0] + TARGET, secret, algorithm)
    return request(
        urlencode(PAIRS).encode(), signature, x_twilio_webhooks_signature_settings=settings
    )


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        f"algorithm=HMAC_SHA256,key={SHARED}",
        f" key = {SHARED} , algorithm = HMAC_SHA256 ",
    ],
)
def test_a_shared_key_is_chosen_by_its_id(settings):
    call = shared_call(settings, ACCOUNT.shared_keys[SHARED], "HMAC_SHA256")
    assert CHANNEL.verify(ACCOUNT, call)


def test_a_shared_key_signs_json_too():
    body = b'{"a":1}'
    target = hashed(body)
    secret = ACCOUNT.shared_keys[SHARED]
    signature = vendor([], BASES[0] + target, secret, "HMAC_SHA256")
    call = json_call(body, target, signature, x_twilio_webhooks_signature_settings=SETTINGS)
    assert CHANNEL.verify(ACCOUNT, call)


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("secret", [ACCOUNT.secret, ACCOUNT.shared_keys[SHARED], "-"])
@pytest.mark.parametrize(
    "settings",
    [
        f"key={SHARED},algorithm=HMAC_SHA1",
        f"key={SHARED},algorithm=none",
        f"key={SHARED},algorithm=hmac_sha256",
        f"key={SHARED}",
        "key=unknown,algorithm=HMAC_SHA256",
        "algorithm=HMAC_SHA256",
        "algorithm=HMAC_SHA1",
        f"{SETTINGS},algorithm=HMAC_SHA1",
        f"{SETTINGS},key=unknown",
        "nonsense",
        ",",
    ],
)
def test_the_header_cannot_weaken_or_swap_a_secret(settings, secret, algorithm):
    assert not CHANNEL.verify(ACCOUNT, shared_call(settings, secret, algorithm))


def test_the_auth_token_does_not_stand_for_a_shared_key_nor_the_reverse():
    assert not CHANNEL.verify(ACCOUNT, shared_call(SETTINGS, ACCOUNT.secret, "HMAC_SHA256"))
    assert not CHANNEL.verify(ACCOUNT, shared_call("", ACCOUNT.shared_keys[SHARED], "HMAC_SHA256"))


def test_an_empty_shared_key_verifies_nothing():
    account = msgspec.structs.replace(ACCOUNT, shared_keys={SHARED: "", "": "x"})
    assert not CHANNEL.verify(account, shared_call(SETTINGS, "", "HMAC_SHA256"))
    assert not CHANNEL.verify(account, shared_call("key=,algorithm=HMAC_SHA1", "x", "HMAC_SHA1"))
