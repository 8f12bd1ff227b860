"""The signature check agrees with line-bot-sdk's own."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from linebot.v3.webhook import SignatureValidator

from channels.line import signature

secrets = st.text(alphabet="0123456789abcdef", min_size=1, max_size=32)
# The SDK takes text, so it can only speak for bodies that are UTF-8.
bodies = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@settings(deadline=None)
@given(secret=secrets, body=bodies)
def test_what_we_sign_the_sdk_accepts(secret, body):
    signed = signature.sign(secret, body.encode()).decode()
    assert SignatureValidator(secret).validate(body, signed)
    assert signature.verify(secret, body.encode(), signed)


@settings(deadline=None)
@given(secret=secrets, other=secrets, body=bodies, changed=bodies)
def test_what_the_sdk_refuses_we_refuse(secret, other, body, changed):
    signed = signature.sign(other, changed.encode()).decode()
    agreed = SignatureValidator(secret).validate(body, signed)
    assert signature.verify(secret, body.encode(), signed) is agreed


def test_the_raw_bytes_count_even_where_they_are_no_text():
    body = b'{"destination":"\xff\xfe","events":[]}'
    signed = signature.sign("secret", body).decode()
    assert signature.verify("secret", body, signed)
    assert not signature.verify("secret", body + b" ", signed)


def test_an_empty_secret_verifies_nothing():
    assert not signature.verify("", b"{}", signature.sign("", b"{}").decode())


def test_letter_case_padding_and_spaces_matter():
    signed = signature.sign("secret", b"{}").decode()
    for bent in (signed.swapcase(), signed.rstrip("="), f" {signed}", f"{signed}\n"):
        assert not signature.verify("secret", b"{}", bent)
