"""Logs are JSON lines without secrets."""

from __future__ import annotations

import pytest

from config.logs import HIDDEN, redact


@pytest.mark.parametrize(
    "event",
    [
        {"token": "abc"},
        {"headers": {"Authorization": "Bearer abcdefghij"}},
        {"event": "GET https://api.example/me?access_token=abcdefghij failed"},
        {"event": "postgresql://me:abcdefghij@db/tessera"},
        {"path": "/c/abcdefghij"},
        {"path": "/console/invitation/abcdefghij"},
        {"path": "/console/password/abcdefghij"},
        {"items": [{"channel_secret": "abc"}]},
        {"X-Line-Signature": "abcdefghij"},
    ],
)
def test_a_secret_is_redacted_wherever_it_stands(event):
    printed = str(redact(None, "info", dict(event)))
    assert "abc" not in printed
    assert HIDDEN in printed


def test_other_words_stay():
    event = {"event": "sent", "channel": "line", "count": 3}
    assert redact(None, "info", dict(event)) == event
