"""One call of an address: signed, to public places only, no redirects, a short look at the answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from runtime.netguard import was_refused
from team.webhooks.addresses import is_exempt

TOTAL_S = 15.0
MOST_BYTES = 4096
AGENT = "Tessera-Webhooks/1"


@dataclass(frozen=True)
class Answer:
    """What an address answered; `status` None: nothing, and `error` is a stable word for why."""

    status: int | None = None
    error: str = ""
    excerpt: str = ""


@dataclass(frozen=True)
class Caller:
    """`guarded` connects to public addresses only, checked at the moment of connecting (runtime.netguard);
    `plain` is used for exactly the `exempt` origins, which the operator named.
    """

    guarded: aiohttp.ClientSession
    plain: aiohttp.ClientSession
    exempt: Collection[str] = ()
    total_s: float = TOTAL_S

    async def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post `body`; never raises for what the network or the address did."""
        try:
            target = URL(url)
            exempt = is_exempt(target, self.exempt)
            if target.scheme != "https" and not exempt:
                return Answer(error="not_https")
            async with asyncio.timeout(self.total_s):
                return await self._post(
                    self.plain if exempt else self.guarded, target, body, headers
                )
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(error=_word(error))

    async def _post(
        self, session: aiohttp.ClientSession, url: URL, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        sent = {
            **headers,
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "Accept-Encoding": "identity",
        }
        async with session.post(url, data=body, headers=sent, allow_redirects=False) as response:
            told = await self._beginning(response)
            if len(told) >= MOST_BYTES:
                # Whatever else it says is of no interest, and reading it would cost us.
                response.close()
            return Answer(
                response.status, excerpt=told.decode("utf-8", "replace").replace("\0", "")
            )

    async def _beginning(self, response: aiohttp.ClientResponse) -> bytes:
        told = b""
        while len(told) < MOST_BYTES:
            piece = await response.content.read(MOST_BYTES - len(told))
            if not piece:
                break
            told += piece
        return told


def _word(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if was_refused(error):
        return "not_public"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "unknown_host"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "certificate"
    if isinstance(error, ValueError):
        return "bad_address"
    return "no_connection" if isinstance(error, aiohttp.ClientConnectorError) else "broken_off"
