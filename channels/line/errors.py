"""What LINE's refusals mean: status and body to a SendError. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from channels.line.fields import list_of, text_of
from conversations.channel import SendError
from runtime.words import Words, mark

RATE_WAIT_S = 1.0
BUSY_WAIT_S = 0.2
DETAIL_LIMIT = 500
# Of LINE's own words in the agent's sentence, which is stored in 300 characters.
TOLD_LIMIT = 200

ODD_STATUS = mark("LINE answered in a way it never should (%(status)s); the message was not sent.")
NO_REASON = mark("LINE refused the message: it gave no reason.")
REFUSED = mark("LINE refused the message: %(told)s.")
TOO_MANY = mark("LINE takes 1 to %(most)s messages at once.")
LATE = mark("LINE reported that the message failed.")
LATE_CODE = mark("LINE reported that the message failed (%(code)s).")
SENTENCES = (ODD_STATUS, NO_REASON, REFUSED, TOO_MANY, LATE_CODE)


def classify(status: int, body: Any, *, push: bool) -> SendError:  # noqa: ANN401 (any JSON value)
    """Return what an answer other than success means; `body` is the decoded JSON, if there was any."""
    told = explanation(body)
    if status == 408:
        # Said of a connection that lay idle, it may meet a call that is just then made on it.
        return timed_out(push=push)
    if status == 429:
        return _limited(told)
    if status >= 500:
        return _server_error(status, told, push=push)
    if status == 400:
        return _bad_request(told, push=push)
    known = KNOWN.get(status)
    if known:
        return msgspec.structs.replace(known, detail=told)
    return SendError(
        code=f"http_{status}",
        agent_text=Words(ODD_STATUS, status=status),
        detail=told,
        alert=True,
    )


def timed_out(*, push: bool) -> SendError:
    """Return what it means that no answer came in time, or the connection broke."""
    return SendError(
        code="timeout",
        agent_text=mark("LINE did not answer in time; the message may have arrived."),
        retry=push,
        unknown=True,
    )


def not_connected(reason: str) -> SendError:
    """Return what it means that LINE could not be reached at all: nothing was sent."""
    return SendError(
        code="no_connection",
        agent_text=mark("LINE cannot be reached at the moment; nothing was sent."),
        detail=reason,
        retry=True,
    )


def misconfigured(reason: str) -> SendError:
    """Return what it means that the account's token or address cannot be used for a call at all."""
    return SendError(
        code="misconfigured",
        agent_text=mark(
            "This LINE account's token or address is malformed; an admin must correct it."
        ),
        detail=reason,
        alert=True,
    )


def refused(sentence: str) -> SendError:
    """Return the error for a message that breaks a limit of ours or LINE's before it is sent."""
    return SendError(code="content_refused", agent_text=sentence)


def explanation(body: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return LINE's own words: the message, and the property and reason of each detail."""
    if not isinstance(body, dict):
        return ""
    words = [text_of(body, "message") or ""]
    words += [
        f"{text_of(d, 'property')}: {text_of(d, 'message')}" for d in list_of(body, "details")
    ]
    return "; ".join(filter(None, words))[:DETAIL_LIMIT]


def _bad_request(told: str, *, push: bool) -> SendError:
    if not push and "invalid reply token" in told.lower():
        return SendError(
            code="reply_token",
            agent_text=mark("The time for a free reply is over; the message goes as a push."),
            detail=told,
            use_push=True,
        )
    if push and ("'to'" in told or "failed to send messages" in told.lower()):
        return SendError(
            code="no_such_contact",
            agent_text=mark("LINE does not know this customer under this account."),
            detail=told,
            unreachable=True,
        )
    reason = told[:TOLD_LIMIT].rstrip(".")
    sentence = Words(REFUSED, told=reason) if reason else NO_REASON
    return SendError(code="bad_request", agent_text=sentence, detail=told)


def _limited(told: str) -> SendError:
    lower = told.lower()
    if "monthly" in lower:
        return SendError(
            code="monthly_limit",
            agent_text=mark(
                "This LINE account has used up its messages for this month. Replies within a "
                "minute of a customer's message stay free; for more, raise the account's plan."
            ),
            detail=told,
            alert=True,
        )
    if "concurren" in lower:
        return SendError(
            code="concurrency",
            agent_text=mark("LINE is busy with other messages of this account; it is tried again."),
            detail=told,
            retry=True,
            retry_after_s=BUSY_WAIT_S,
        )
    return SendError(
        code="rate_limit",
        agent_text=mark("Too many messages at once for LINE; it is tried again shortly."),
        detail=told,
        retry=True,
        retry_after_s=RATE_WAIT_S,
    )


def _server_error(status: int, told: str, *, push: bool) -> SendError:
    # A push carries a retry key, so repeating it cannot send twice; a reply has none.
    return SendError(
        code=f"http_{status}",
        agent_text=mark("LINE had a fault of its own; the message may have arrived."),
        detail=told,
        retry=push,
        unknown=True,
    )


KNOWN: dict[int, SendError] = {
    401: SendError(
        code="unauthorised",
        agent_text=mark(
            "LINE no longer accepts this account's access token; an admin must renew it."
        ),
        alert=True,
        credentials_bad=True,
    ),
    403: SendError(
        code="not_entitled",
        agent_text=mark(
            "This LINE account's plan does not allow this; an admin must look at the plan."
        ),
        alert=True,
    ),
    404: SendError(
        code="not_found",
        agent_text=mark(
            "LINE does not know this customer: not a friend, blocked, or without consent."
        ),
    ),
    409: SendError(
        code="conflict",
        agent_text=mark(
            "LINE says this message was already sent, without saying which; "
            "look into the chat before sending again."
        ),
        unknown=True,
    ),
    413: SendError(
        code="too_large",
        agent_text=mark("The message is larger than LINE takes; shorten it or send it in pieces."),
    ),
}
