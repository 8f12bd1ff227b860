"""Calls to Twilio for one account. Sends travel as our own bytes; listing and checks use Twilio's SDK."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp

from channels.whatsapp import addresses, approved, errors, outbound
from channels.whatsapp.listing import Listing
from conversations.channel import (
    ApprovedTemplate,
    Attachment,
    Call,
    Chat,
    Check,
    Inbound,
    MediaSource,
    Profile,
    SendError,
    Sent,
    Shape,
)
from conversations.content import Location
from runtime.words import Words, mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conversations.channel import Account

TIMEOUT_S = 10.0
CONNECT_S = 5.0
PAGES = 5
ADVICE = (
    Words(
        mark(
            "Give the WhatsApp sender in Twilio this account's webhook address with #%(retries)s "
            "after it, so that a call that fails is repeated."
        ),
        retries=addresses.RETRIES,
    ),
    mark("The WhatsApp number is learnt from the first message a customer sends."),
)


class WhatsAppClient:
    """One account's calls over the session it is given."""

    def __init__(
        self, account: Account, http: aiohttp.ClientSession, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._account = account
        self._http = http
        self._timeout_s = timeout_s

    async def send(self, call: Call) -> Sent | SendError:
        """Send a call of one part."""
        if len(call.parts) != 1:
            return errors.MANY_PARTS
        if not self._account.address:
            return errors.NO_ADDRESS
        form = outbound.form(self._account, call)
        answer = await self._post(addresses.api_url(self._account, "/Messages.json"), data=form)
        return answer if isinstance(answer, SendError) else Sent((answer,))

    async def create_template(self, shape: Shape) -> str | SendError:
        """Create a Content resource and return its SID."""
        url = f"{addresses.content_base(self._account)}/v1/Content"
        answer = await self._post(url, json=shape.body)
        return answer or errors.classify_answer(200, {}, b"")

    async def approved_templates(self) -> Sequence[ApprovedTemplate] | SendError:
        """List what WhatsApp approved, up to some hundred."""
        found: list[ApprovedTemplate] = []
        path = approved.PATH
        for _ in range(PAGES):
            answer = await self._get(f"{addresses.content_base(self._account)}{path}")
            if isinstance(answer, SendError):
                return answer
            found += approved.templates(answer)
            path = approved.next_page(answer)
            if not path:
                break
        return found

    async def _get(self, url: str) -> object:
        """Return the JSON of an answer, or why there is none."""
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.get(
                    url, headers=addresses.authorization(self._account), allow_redirects=False
                ) as response,
            ):
                told = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError):
            return errors.NOT_SENT
        if response.status != 200:
            return errors.classify_answer(response.status, response.headers, told)
        try:
            answer: object = json.loads(told)
        except (ValueError, RecursionError):
            return errors.NOT_SENT
        return answer

    async def _post(self, url: str, **body: Any) -> str | SendError:  # noqa: ANN401 (form or JSON)
        """Post and return the SID of what was made ("" when a success tells none)."""
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.post(
                    url,
                    headers=addresses.authorization(self._account),
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                    allow_redirects=False,
                    **body,
                ) as response,
            ):
                told = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            return errors.NOT_SENT
        except TimeoutError:
            return errors.TIMED_OUT
        except (aiohttp.ClientError, OSError):
            return errors.CUT_OFF
        if 200 <= response.status < 300:
            return _sid(told)
        return errors.classify_answer(response.status, response.headers, told)

    async def profile(self, external_id: str, chat: Chat | None = None) -> Profile | SendError:  # noqa: ARG002 (Twilio knows nobody)
        """Say that there is nothing to look up."""
        return errors.NO_PROFILE

    def media(self, inbound: Inbound, attachment: Attachment) -> MediaSource | None:  # noqa: ARG002 (the address says it all)
        """Return where the file is, with credentials when that is the account's own API."""
        if not attachment.url:
            return None
        url = addresses.media_url(self._account, attachment.url)
        opens = addresses.opens_with_credentials(self._account, url)
        return MediaSource(url, addresses.authorization(self._account) if opens else {})

    async def evidence(self, call: Call, since_ms: int) -> Sent | SendError | None:
        """Look for the one message to this customer with these words made since then.

        Twilio lists neither StatusCallback nor ContentSid, so two that look alike prove nothing.
        """
        if len(call.parts) != 1 or not self._account.address:
            return None
        [part] = call.parts
        text = outbound.said_text(part)
        if text is None:
            return None
        listed = await self._listing().sent_to(outbound.form(self._account, call)["To"], since_ms)
        has_media = not text and not isinstance(part.content, Location)
        alike = [
            message
            for message in listed
            if message.body.strip() == text.strip() and message.has_media == has_media
        ]
        if len(alike) != 1:
            return None
        [message] = alike
        if message.failed:
            return errors.classify_status_error(message.error_code)
        return Sent((message.sid,))

    async def missed(self, since_ms: int) -> list[bytes]:
        """List what customers sent since then, as the webhook would have told it (taps come as text)."""
        if not self._account.address:
            return []
        return await self._listing().received(since_ms)

    async def check(self) -> Check:
        """Ask for the account: do the credentials open it, and is it active."""
        answer = await self._listing().account_status()
        if isinstance(answer, SendError):
            return Check(
                ok=False,
                credentials_bad=answer.credentials_bad,
                advice=(Words(errors.NOT_OPENED, why=answer.detail or answer.code),),
            )
        known = self._account.address.removeprefix("whatsapp:") or None
        if answer != "active":
            told = Words(errors.STATUS, status=answer) if answer else errors.NO_STATUS
            return Check(ok=False, address=known, advice=(told,))
        advice = ADVICE[:1] if known else ADVICE
        return Check(ok=True, external_id=self._account.external_id, address=known, advice=advice)

    def _listing(self) -> Listing:
        return Listing(self._account, _sdk(self._account, self._http), self._timeout_s)


class _SdkTransport:
    """Carries the SDK's calls over our session: its own transport ignores time limits and warns of its age."""

    is_async = True

    def __init__(self, account: Account, http: aiohttp.ClientSession) -> None:
        self._base = addresses.api_base(account) + "/"
        self._headers = addresses.authorization(account)
        self._http = http

    async def request(self, method: str, url: str, **told: Any) -> Any:  # noqa: ANN401 (the SDK has no types)
        """Make one call as the SDK asks for it, never following a redirect with our credentials."""
        from twilio.http.response import Response  # noqa: PLC0415 (late on purpose)

        if not url.startswith(self._base):
            raise ValueError("a page of a list lies outside the account's API")
        async with self._http.request(
            method,
            url,
            params=told.get("params"),
            data=told.get("data"),
            headers={**(told.get("headers") or {}), **self._headers},
            allow_redirects=False,
        ) as response:
            return Response(response.status, await response.text(), response.headers)


def _sdk(account: Account, http: aiohttp.ClientSession) -> Any:  # noqa: ANN401 (the SDK has no types)
    """Return Twilio's SDK for `account`, imported only here and only when needed (100 ms, 30 MiB)."""
    from twilio.rest import Client  # noqa: PLC0415 (late on purpose)

    transport = _SdkTransport(account, http)
    # The transport holds the credentials; an empty name here would make the SDK raise.
    sdk = Client("-", "-", account.external_id, http_client=transport)
    sdk.api.base_url = addresses.api_base(account)
    return sdk


def _sid(told: bytes) -> str:
    try:
        answer = json.loads(told)
    except (ValueError, RecursionError):
        return ""
    sid = answer.get("sid") if isinstance(answer, dict) else None
    return sid if isinstance(sid, str) else ""
