"""Every error of Twilio, at once and later: retry, alert, what the agent reads."""

from __future__ import annotations

import pytest

from channels.whatsapp.channel import CHANNEL
from channels.whatsapp.tests.twilio_server import (
    MESSAGES,
    RETRY,
    call,
    connected,
    flags,
)
from conversations.channel import SendError
from conversations.content import Text

# Every row of Twilio's errors: number, status of the POST, code, flags. The same number comes later by callback.

ALERT = {"alert"}
ROWS = [
    (20429, 429, "rate_limited", RETRY),
    (30001, 400, "temporary", RETRY),
    (63009, 400, "temporary", RETRY),
    (63010, 400, "temporary", RETRY),
    (63012, 400, "rate_limited", RETRY),
    (63017, 400, "rate_limited", RETRY),
    (63018, 400, "rate_limited", RETRY),
    (63019, 400, "temporary", RETRY),
    (20503, 503, "temporary", RETRY),
    (63016, 400, "window_closed", {"window_closed"}),
    (63003, 400, "no_such_recipient", {"unreachable"}),
    (63024, 400, "no_such_recipient", {"unreachable"}),
    (21211, 400, "no_such_recipient", {"unreachable"}),
    (63014, 400, "blocked", {"unreachable"}),
    (63033, 400, "blocked", {"unreachable"}),
    (21610, 400, "blocked", {"unreachable"}),
    (63005, 400, "content_refused", set()),
    (63006, 400, "content_refused", set()),
    (63021, 400, "content_refused", set()),
    (63028, 400, "content_refused", set()),
    (63007, 400, "setup", ALERT),
    (63008, 400, "setup", ALERT),
    (63015, 400, "setup", ALERT),
    (63032, 400, "user_limit", set()),
    (63038, 429, "daily_cap", ALERT),
    (99999, 429, "rate_limited", RETRY),
    (63038, 400, "daily_cap", ALERT),
    (63041, 400, "template_paused", ALERT),
    (21617, 400, "too_long", set()),
    (21656, 400, "bad_variables", ALERT),
    (20003, 401, "credentials", {"alert", "credentials_bad"}),
    (99999, 400, "rejected", set()),
    (99999, 401, "credentials", {"alert", "credentials_bad"}),
    (99999, 403, "setup", ALERT),
    (20404, 404, "setup", ALERT),
    (20500, 500, "uncertain", {"unknown"}),
    (20503, 502, "uncertain", {"unknown"}),
    (99999, 503, "uncertain", {"unknown"}),
]


@pytest.mark.parametrize(("number", "status", "code", "expected"), ROWS)
async def test_an_error_is_classified(number, status, code, expected):
    """Lesson 25: retry later, slow down, stop and permanent are told apart."""
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = (status, {"code": number, "message": "why", "status": status})
        error = await client.send(call(Text("x")))
    assert isinstance(error, SendError)
    assert (error.code, flags(error)) == (code, expected)
    assert error.detail == f"HTTP {status}, Twilio {number}: why"
    assert error.agent_text.endswith(".")


@pytest.mark.parametrize(
    ("number", "status", "code", "expected"), [row for row in ROWS if row[1] == 400]
)
def test_the_same_number_means_the_same_when_it_comes_later(number, status, code, expected):
    error = CHANNEL.status_error(number)
    assert (error.code, flags(error), error.detail) == (code, expected, f"Twilio {number}")


def test_late_failures_of_the_platform_itself_may_be_repeated():
    assert flags(CHANNEL.status_error(20500)) == flags(CHANNEL.status_error(20503)) == RETRY
    assert CHANNEL.status_error(None).code == CHANNEL.status_error(1).code == "rejected"


@pytest.mark.parametrize(
    ("told", "wait"), [("7", 7.0), ("999999", 3600.0), ("soon", None), ("-1", None), ("٣", None)]
)
async def test_the_wait_twilio_asks_for_is_kept_within_an_hour(told, wait):
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = (429, {"code": 20429})
        twilio.headers = {"Retry-After": told.encode("utf-8").decode("latin-1")}
        assert (await client.send(call(Text("x")))).retry_after_s == wait


def test_a_sending_rate_waits_a_minute_when_nothing_is_told():
    assert CHANNEL.status_error(63018).retry_after_s == 60.0
