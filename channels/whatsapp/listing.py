"""What Twilio has on record, asked through its SDK: messages sent, messages received, the account.

The SDK client is handed in (only `client.py` imports it). It raises many kinds of errors on an odd answer:
all mean "no answer". Every call stands under our own time limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from channels.whatsapp import addresses, errors
from channels.whatsapp.form import PREFIX
from channels.whatsapp.message import TIME_FIELD
from conversations.channel import Account, SendError
from runtime.clock import from_ms, to_ms

SENT_LIMIT = 50
RECEIVED_LIMIT = 1_000
MEDIA_LIMIT = 10
FAILED = frozenset({"failed", "undelivered", "canceled"})


class Listed(msgspec.Struct, frozen=True):
    """A message of ours as Twilio lists it."""

    sid: str
    body: str
    has_media: bool
    failed: bool
    error_code: int | None


class Listing:
    """Reads one account's records; answers with nothing when Twilio does not."""

    def __init__(self, account: Account, sdk: Any, timeout_s: float) -> None:  # noqa: ANN401 (the SDK has no types)
        self._account = account
        self._sdk = sdk
        self._timeout_s = timeout_s

    async def sent_to(self, to: str, since_ms: int) -> list[Listed]:
        """Return our messages to the address `to` made since then (whole seconds, as Twilio keeps time)."""
        found = await self._ask(
            self._sdk.messages.list_async(
                to=to, date_sent_after=from_ms(since_ms), limit=SENT_LIMIT, page_size=SENT_LIMIT
            )
        )
        return [
            _listed(message)
            for message in _messages(found)
            if str(message.direction).startswith("outbound") and _is_since(message, since_ms)
        ]

    async def received(self, since_ms: int) -> list[bytes]:
        """Return the messages customers sent to us since then, oldest first, as form bodies."""
        to = PREFIX + self._account.address.removeprefix(PREFIX)
        found = await self._ask(
            self._sdk.messages.list_async(
                to=to, date_sent_after=from_ms(since_ms), limit=RECEIVED_LIMIT
            )
        )
        inbound = [
            message
            for message in _messages(found)
            if message.direction == "inbound" and _is_since(message, since_ms)
        ]
        return [await self._as_form(message) for message in sorted(inbound, key=_made)]

    async def account_status(self) -> str | SendError:
        """Return the account's status (`active`, `suspended`, `closed`), "" when none is told."""
        account = self._sdk.api.v2010.accounts(self._account.external_id)
        answer = await self._ask(account.fetch_async())
        if isinstance(answer, SendError):
            return answer
        status = answer.status
        return status if isinstance(status, str) else ""

    async def _as_form(self, message: Any) -> bytes:  # noqa: ANN401 (the SDK has no types)
        """Write a listed message the way its webhook would have been written."""
        media = await self._media(message) if _has_media(message) else []
        fields = {
            "MessageSid": message.sid,
            "AccountSid": self._account.external_id,
            "From": message.from_ or "",
            "To": message.to or "",
            "Body": message.body or "",
            "NumMedia": str(len(media)),
            **dict(pair for place in range(len(media)) for pair in _numbered(place, *media[place])),
            TIME_FIELD: str(to_ms(_made(message))),
        }
        return urlencode(fields, errors="replace").encode()

    async def _media(self, message: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (the SDK has no types)
        found = await self._ask(self._sdk.messages(message.sid).media.list_async(limit=MEDIA_LIMIT))
        base = addresses.api_base(self._account)
        return [
            (base + str(item.uri).removesuffix(".json"), str(item.content_type))
            for item in (found if isinstance(found, list) else [])
        ]

    async def _ask(self, call: Awaitable[Any]) -> Any:  # noqa: ANN401 (the SDK has no types)
        """Await a call of the SDK under our own time limit; its failure is a SendError."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except TimeoutError:
            return errors.TIMED_OUT
        except Exception as error:  # noqa: BLE001 (an odd answer makes the SDK raise anything at all)
            return _failure(error)


def _failure(error: Exception) -> SendError:
    status, code = getattr(error, "status", None), getattr(error, "code", None)
    if not isinstance(status, int):
        return msgspec.structs.replace(errors.NOT_SENT, detail=type(error).__name__)
    body = msgspec.json.encode({"code": code if isinstance(code, int) else None})
    return errors.classify_answer(status, {}, body)


def _messages(found: Any) -> list[Any]:  # noqa: ANN401 (the SDK has no types)
    """Return the messages that say what they are; a failure is none."""
    listed = found if isinstance(found, list) else []
    return [message for message in listed if isinstance(message.sid, str) and _dated(message)]


def _dated(message: Any) -> bool:  # noqa: ANN401 (the SDK has no types)
    return isinstance(message.date_sent or message.date_created, datetime)


def _made(message: Any) -> datetime:  # noqa: ANN401 (the SDK has no types)
    made = message.date_created or message.date_sent
    assert isinstance(made, datetime)  # noqa: S101 (kept by _messages)
    return made


def _is_since(message: Any, since_ms: int) -> bool:  # noqa: ANN401 (the SDK has no types)
    return to_ms(_made(message)) >= since_ms // 1000 * 1000


def _has_media(message: Any) -> bool:  # noqa: ANN401 (the SDK has no types)
    return str(message.num_media or "0") != "0"


def _listed(message: Any) -> Listed:  # noqa: ANN401 (the SDK has no types)
    code = message.error_code
    return Listed(
        sid=message.sid,
        body=str(message.body or ""),
        has_media=_has_media(message),
        failed=message.status in FAILED,
        error_code=code if isinstance(code, int) else None,
    )


def _numbered(place: int, url: str, content_type: str) -> list[tuple[str, str]]:
    return [(f"MediaUrl{place}", url), (f"MediaContentType{place}", content_type)]
