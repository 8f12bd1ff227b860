"""Handshake and signature of Meta's webhooks."""

from __future__ import annotations

import hashlib
import hmac

import msgspec
import pytest

from channels.messenger.tests.samples import ACCOUNT, sign, text_body
from channels.meta_graph.signature import handshake, verify
from conversations.channel import WebhookRequest

SUBSCRIBE = {
    "hub.mode": "subscribe",
    "hub.verify_token": ACCOUNT.verify_token,
    "hub.challenge": "1158201444",
}


def asked(**changes):
    query = {**SUBSCRIBE, **{f"hub.{name}": value for name, value in changes.items()}}
    return WebhookRequest(method="GET", target="/", query=query, headers={})


def posted(body, headers):
    return WebhookRequest(method="POST", target="/", query={}, headers=headers, body=body)


def test_the_challenge_is_answered_as_it_came():
    assert handshake(ACCOUNT, asked()) == "1158201444"


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"verify_token": "a-word-of-theirs"},
        {"verify_token": ""},
        {"verify_token": "é"},
        {"challenge": ""},
    ],
)
def test_a_handshake_with_anything_wrong_fails(changes):
    assert handshake(ACCOUNT, asked(**changes)) is None


def test_an_account_without_a_verify_token_shakes_no_hand():
    assert handshake(msgspec.structs.replace(ACCOUNT, verify_token=""), asked()) is None


def test_the_bytes_are_hashed_as_meta_escaped_them():
    body = text_body("拿鐵 https://tea.example/")
    assert b"\\u62ff" in body
    assert b"https:\\/\\/" in body
    assert verify(ACCOUNT, posted(body, sign(body, ACCOUNT, "/", "")))


def test_the_same_json_written_differently_is_not_verified():
    body = text_body("拿鐵")
    other = msgspec.json.encode(msgspec.json.decode(body))
    assert not verify(ACCOUNT, posted(other, sign(body, ACCOUNT, "/", "")))


def test_the_legacy_sha1_header_is_not_enough():
    body = text_body("hello")
    headers = sign(body, ACCOUNT, "/", "")
    del headers["x-hub-signature-256"]
    assert not verify(ACCOUNT, posted(body, headers))


@pytest.mark.parametrize("name", ["sha1", "md5", "sha512"])
def test_the_hash_is_not_chosen_by_the_sender(name):
    body = text_body("hello")
    digest = hmac.new(ACCOUNT.secret.encode(), body, getattr(hashlib, name)).hexdigest()
    for scheme in (name, "sha256"):
        headers = {"x-hub-signature-256": f"{scheme}={digest}"}
        assert not verify(ACCOUNT, posted(body, headers))


def test_a_signature_in_upper_case_is_not_metas():
    body = text_body("hello")
    headers = sign(body, ACCOUNT, "/", "")
    scheme, _, digest = headers["x-hub-signature-256"].partition("=")
    shouted = {"x-hub-signature-256": f"{scheme}={digest.upper()}"}
    assert not verify(ACCOUNT, posted(body, shouted))
