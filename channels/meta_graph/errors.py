"""What Meta's error answers mean, decided by (code, subcode): the subcode first. Pure."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from channels.meta_graph.facts import mapping, text
from conversations.channel import SendError
from runtime.words import Words, mark

if TYPE_CHECKING:
    from collections.abc import Mapping

LONG_S = 60.0
DETAIL = 300
TOKENS = re.compile(r"\b(?:EAA|IG)[A-Za-z0-9_-]{20,}")

BUSY = SendError(
    code="",
    agent_text=mark("%(label)s has a passing fault; the message is tried again."),
    retry=True,
)
LIMIT = SendError(
    code="",
    agent_text=mark(
        "%(label)s lets this account send no more for now; the message is tried again later."
    ),
    retry=True,
    retry_after_s=LONG_S,
)
WINDOW = SendError(
    code="",
    agent_text=mark(
        "The time for answering is over: %(label)s allows a reply only after the customer writes again."
    ),
    window_closed=True,
)
TOKEN = SendError(
    code="",
    agent_text=mark(
        "%(label)s no longer accepts this account's access token. An admin must connect it again."
    ),
    alert=True,
    credentials_bad=True,
)
PERMISSION = SendError(
    code="",
    agent_text=mark(
        "%(label)s does not allow this account to do that. An admin must check the app's permissions."
    ),
    alert=True,
)
RESTRICTED = SendError(
    code="",
    agent_text=mark(
        "%(label)s has restricted this account from sending. An admin must look at its account quality page."
    ),
    alert=True,
)
PERSON = SendError(
    code="",
    agent_text=mark(
        "This customer cannot be reached on %(label)s: they may have blocked the account or left."
    ),
    unreachable=True,
)
CONTENT = SendError(
    code="",
    agent_text=mark("%(label)s refused this message. Change it, or tell an admin what was sent."),
    alert=True,
)
UNCLEAR = SendError(
    code="",
    agent_text=mark(
        "It is not known whether %(label)s took this message. Look at the chat before sending it again."
    ),
    unknown=True,
)
LATE = SendError(code="", agent_text=mark("%(label)s reported that this message failed."))
NO_TEMPLATES = mark("%(label)s keeps no message templates.")
ONE_A_CALL = mark("%(label)s takes one message a call.")
VERDICTS = (BUSY, LIMIT, WINDOW, TOKEN, PERMISSION, RESTRICTED, PERSON, CONTENT, UNCLEAR, LATE)
SENTENCES = (*(verdict.agent_text for verdict in VERDICTS), NO_TEMPLATES, ONE_A_CALL)

SUBCODES: Mapping[int, SendError] = {
    2018278: WINDOW,
    2534022: WINDOW,
    1893063: RESTRICTED,
    2018001: PERSON,
    1545041: PERSON,
}
CODES: Mapping[int, SendError] = {
    1: BUSY,
    2: BUSY,
    4: LIMIT,
    32: LIMIT,
    613: LIMIT,
    1200: LIMIT,
    10: PERMISSION,
    100: CONTENT,
    190: TOKEN,
    200: PERMISSION,
    368: RESTRICTED,
    551: PERSON,
    80001: LIMIT,
    80002: LIMIT,
    80006: LIMIT,
}
STATUSES: Mapping[int, SendError] = {
    HTTPStatus.UNAUTHORIZED: TOKEN,
    HTTPStatus.FORBIDDEN: PERMISSION,
    HTTPStatus.TOO_MANY_REQUESTS: LIMIT,
}


def classify(status: int, answer: object, label: str) -> SendError:
    """Return what an answer other than success means; `answer` is its decoded body, if it had one."""
    error = mapping(mapping(answer).get("error"))
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    if code is None and subcode is None:
        return told(_without_code(status), f"http-{status}", label)
    verdict = _verdict(status, code, subcode, str(error.get("message")))
    name = f"{code}/{subcode}" if subcode else f"{code}"
    return told(verdict, name, label, _detail(error))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _verdict(status: int, code: int | None, subcode: int | None, message: str) -> SendError:
    found = SUBCODES.get(subcode or 0) or CODES.get(code or 0)
    if code == 10 and not subcode and "outside of allowed window" in message.lower():
        return WINDOW
    if code == 100 and "appsecret_proof" in message:
        # The app secret kept here is of another app than the token.
        return TOKEN
    if found is not None:
        return found
    return _without_code(status)


def _without_code(status: int) -> SendError:
    if status in STATUSES:
        return STATUSES[status]
    # A fault in the middle of the work may come after the message went out, and nothing here repeats safely.
    is_refusal = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return CONTENT if is_refusal else UNCLEAR


def told(verdict: SendError, code: str, label: str, detail: str = "") -> SendError:
    """Return the verdict with its code, the channel's name in the agent's sentence, and the detail."""
    sentence = Words(verdict.agent_text, label=label)
    return msgspec.structs.replace(verdict, code=code, agent_text=sentence, detail=detail)


def _detail(error: dict[str, Any]) -> str:
    """Return Meta's own words and trace id for the log; Meta repeats a malformed token in its message."""
    told_us = (text(error.get("message")), text(error.get("fbtrace_id")))
    return TOKENS.sub("(token)", " ".join(part for part in told_us if part))[:DETAIL]


def unsupported(label: str) -> SendError:
    """Return the error for templates kept on the platform, which Meta's chats do not have."""
    return SendError(code="unsupported", agent_text=Words(NO_TEMPLATES, label=label))
