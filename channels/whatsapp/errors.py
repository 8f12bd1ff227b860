"""Twilio's error numbers as answers: retry, alert, what the agent reads, are the credentials bad. Pure.

The same numbers come at once (status and JSON of the POST) and later (`ErrorCode` of a status callback).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from conversations.channel import SendError
from runtime.words import mark

RETRY_AFTER_MAX_S = 3_600.0
# What a check tells; a refused one is kept as the reason to connect the account again.
NOT_OPENED = mark("Twilio did not open the account (%(why)s).")
STATUS = mark("The Twilio account is %(status)s.")
NO_STATUS = mark("Twilio did not say whether the account is active.")

_RATE = SendError(
    code="rate_limited",
    agent_text=mark("WhatsApp is busy; the message will be sent again shortly."),
    retry=True,
)
_CHANNEL_LIMIT = SendError(
    code="rate_limited",
    agent_text=mark("The shop's WhatsApp number has reached its sending rate; the message waits."),
    retry=True,
    retry_after_s=60.0,
)
_TEMPORARY = SendError(
    code="temporary",
    agent_text=mark("WhatsApp could not take the message for the moment; it will be sent again."),
    retry=True,
)
_WINDOW = SendError(
    code="window_closed",
    agent_text=mark(
        "More than 24 hours have passed since the customer wrote: send an approved template."
    ),
    window_closed=True,
)
_NOBODY = SendError(
    code="no_such_recipient",
    agent_text=mark("This address has no WhatsApp, or does not take messages from businesses."),
    unreachable=True,
)
_BLOCKED = SendError(
    code="blocked",
    agent_text=mark("The customer has blocked the shop or asked for no more messages."),
    unreachable=True,
)
_CONTENT = SendError(
    code="content_refused",
    agent_text=mark(
        "WhatsApp refused what the message holds: check its text, file, buttons and links."
    ),
)
_SETUP = SendError(
    code="setup",
    agent_text=mark(
        "The shop's WhatsApp number is not set up to send; an administrator has been told."
    ),
    alert=True,
)
_USER_LIMIT = SendError(
    code="user_limit",
    agent_text=mark("WhatsApp limits how many messages this customer gets: try again another day."),
)
_DAILY_CAP = SendError(
    code="daily_cap",
    agent_text=mark("The shop's Twilio account has reached its limit of messages for today."),
    alert=True,
)
_PAUSED = SendError(
    code="template_paused",
    agent_text=mark("WhatsApp has paused this template because of its quality: use another one."),
    alert=True,
)
_TOO_LONG = SendError(
    code="too_long",
    agent_text=mark("The message is longer than 1,600 characters: shorten it or send it in parts."),
)
_VARIABLES = SendError(
    code="bad_variables",
    agent_text=mark("The values filled into the template do not fit it: check each of them."),
    alert=True,
)
_CREDENTIALS = SendError(
    code="credentials",
    agent_text=mark("Twilio refuses the shop's credentials; an administrator has been told."),
    alert=True,
    credentials_bad=True,
)
_REJECTED = SendError(
    code="rejected",
    agent_text=mark("WhatsApp did not take the message."),
)
_UNCERTAIN = SendError(
    code="uncertain",
    agent_text=mark(
        "It is not known whether WhatsApp took the message; look at the customer's answers first."
    ),
    unknown=True,
)

_BY_NUMBER = {
    **dict.fromkeys((20429, 63012, 63017), _RATE),
    **dict.fromkeys((63018,), _CHANNEL_LIMIT),
    **dict.fromkeys((30001, 63009, 63010, 63019, 20500, 20503), _TEMPORARY),
    **dict.fromkeys((63016,), _WINDOW),
    **dict.fromkeys((63003, 63024, 21211), _NOBODY),
    **dict.fromkeys((63014, 63033, 21610), _BLOCKED),
    **dict.fromkeys((63005, 63006, 63021, 63028), _CONTENT),
    **dict.fromkeys((63007, 63008, 63015), _SETUP),
    63032: _USER_LIMIT,
    63038: _DAILY_CAP,
    63041: _PAUSED,
    21617: _TOO_LONG,
    21656: _VARIABLES,
    20003: _CREDENTIALS,
}

NOT_SENT = msgspec.structs.replace(_TEMPORARY, detail="no connection was made")
TIMED_OUT = msgspec.structs.replace(_UNCERTAIN, detail="no answer in time")
CUT_OFF = msgspec.structs.replace(_UNCERTAIN, detail="the connection was lost")
NO_ADDRESS = msgspec.structs.replace(
    _SETUP,
    code="no_address",
    agent_text=mark(
        "The account has no WhatsApp number yet: a customer must write first, or an "
        "administrator enters it."
    ),
)
NO_PROFILE = SendError(
    code="not_available",
    agent_text=mark("WhatsApp tells no more about a customer than the name in their messages."),
)
MANY_PARTS = msgspec.structs.replace(
    _REJECTED, code="too_many_parts", detail="one message a call", alert=True
)


def classify_status_error(error_code: int | None) -> SendError:
    """Classify a failure told by a status callback."""
    if error_code is None:
        return _REJECTED
    known = _BY_NUMBER.get(error_code, _REJECTED)
    return msgspec.structs.replace(known, detail=f"Twilio {error_code}")


def classify_answer(status: int, headers: Mapping[str, str], body: bytes) -> SendError:
    """Classify an answer of Twilio's API that is not a success."""
    code, message = _told(body)
    known = _BY_NUMBER.get(code) if code is not None else None
    error = _by_status(status, known)
    detail = f"HTTP {status}" + (f", Twilio {code}: {message}" if code is not None else "")
    wait = _retry_after(headers.get("Retry-After", "")) if error.retry else None
    return msgspec.structs.replace(
        error, detail=detail[:500], retry_after_s=wait if wait is not None else error.retry_after_s
    )


def _by_status(status: int, known: SendError | None) -> SendError:
    """Choose by status first where it says whether the message was processed."""
    if status == 429:
        return known or _RATE
    if status >= 500:
        # 20503 is said before the message is looked at; any other 5xx may follow an accepted message.
        return known if known is _TEMPORARY and status == 503 else _UNCERTAIN
    if known is not None:
        return known
    return {401: _CREDENTIALS, 403: _SETUP, 404: _SETUP}.get(status, _REJECTED)


def _told(body: bytes) -> tuple[int | None, str]:
    """Return code and message of Twilio's error JSON; (None, "") when it is something else."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(told, dict):
        return None, ""
    code, message = told.get("code"), told.get("message")
    return code if type(code) is int else None, message if isinstance(message, str) else ""


def _retry_after(told: str) -> float | None:
    """Return the seconds of a Retry-After header, within an hour."""
    if not (told.isascii() and told.isdigit() and len(told) <= 9):
        return None
    return min(float(told), RETRY_AFTER_MAX_S)
