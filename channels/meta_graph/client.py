"""Graph API calls over one HTTP session. The Send API goes out through pymessenger's `Bot`."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from channels.meta_graph import errors
from channels.meta_graph.facts import word
from conversations.channel import ApprovedTemplate, MediaSource, SendError, Sent
from runtime.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conversations.channel import Account, Attachment, Call, Inbound, Part, Shape

DEFAULT_VERSION = "v26.0"
HOST = "https://graph.facebook.com"
TIMEOUT_S = 10.0
CONNECT_S = 5.0
MOST_BYTES = 1 << 20
# Stories belong to their author and end: Meta allows showing them, not keeping them.
PASSING = frozenset({"story_mention", "story_reply"})
DOWNLOADS = PASSING | {"image", "video", "audio", "file", "sticker", "reel"}
UNDECODABLE = (ValueError, RecursionError)


def base_address(account: Account, version: str, host: str = HOST) -> str:
    """Return where calls go: the account's own base replaces scheme and host. Raises ValueError."""
    wanted = version or DEFAULT_VERSION
    if not re.fullmatch(r"v\d{1,3}\.\d{1,2}", wanted):
        raise ValueError(f"{version!r} is not a Graph API version like {DEFAULT_VERSION}")
    return f"{account.api_base.rstrip('/') or host}/{wanted}"


class Graph:
    """The Graph API as one account sees it. Answers are values: a JSON object, or a SendError."""

    def __init__(
        self, account: Account, http: aiohttp.ClientSession, base: str, label: str
    ) -> None:
        self._token = account.token.strip()
        self._http = http
        self._label = label
        self.timeout_s = TIMEOUT_S
        self._bot = _bot_class()(self._post, self._token, account.secret, base)

    async def send(self, body: dict[str, Any]) -> Sent | SendError:
        """Send one message; the outcome of a call that went out and was not answered is unknown."""
        answer: dict[str, Any] | SendError = await self._bot.send_raw(body)
        if isinstance(answer, SendError):
            return answer
        mid = word(answer.get("message_id"))
        if mid is None and word(answer.get("recipient_id")) is None:
            return errors.told(errors.UNCLEAR, "no-answer", self._label)
        return Sent((mid or "",))

    async def get(self, path: str, fields: str) -> dict[str, Any] | SendError:
        """Read `fields` of a node; every failure to answer may be tried again."""
        query = {**self._proof(), "fields": fields}
        address = f"{self._bot.graph_url}/{path}"
        answer = await self._call("GET", address, query, None)
        if isinstance(answer, SendError) and answer.unknown:
            return errors.told(errors.BUSY, answer.code, self._label, answer.detail)
        return answer

    async def _post(self, address: str, body: dict[str, Any]) -> dict[str, Any] | SendError:
        return await self._call("POST", address, self._proof(), msgspec.json.encode(body))

    def _proof(self) -> dict[str, str]:
        # The token itself goes into a header: addresses end up in logs.
        proof: str | None = self._bot.auth_args.get("appsecret_proof")
        return {"appsecret_proof": proof} if proof else {}

    async def _call(
        self, method: str, address: str, query: Mapping[str, str], body: bytes | None
    ) -> dict[str, Any] | SendError:
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._exchange(method, address, query, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            return errors.told(errors.BUSY, "no-connection", self._label)
        except TimeoutError:
            return errors.told(errors.UNCLEAR, "timeout", self._label)
        except (aiohttp.ClientError, OSError) as error:
            return errors.told(errors.UNCLEAR, "broken", self._label, type(error).__name__)

    async def _exchange(
        self, method: str, address: str, query: Mapping[str, str], body: bytes | None
    ) -> dict[str, Any] | SendError:
        headers = {"Authorization": f"Bearer {self._token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        async with self._http.request(
            method,
            address,
            params=query,
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        ) as response:
            answer = _decoded(await _limited(response))
            if response.status < 300 and isinstance(answer, dict) and "error" not in answer:
                return answer
            return self._without_token(errors.classify(response.status, answer, self._label))

    def _without_token(self, error: SendError) -> SendError:
        """Meta repeats a token it cannot read in its message."""
        if not self._token:
            return error
        return msgspec.structs.replace(error, detail=error.detail.replace(self._token, "(token)"))


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer's body, up to a size no honest answer has."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > MOST_BYTES:
            return b""
    return bytes(body)


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except UNDECODABLE:
        return None


@cache
def _bot_class() -> Any:  # noqa: ANN401 (pymessenger ships no types)
    """Return the Bot that sends through our session. Loaded on first use: requests takes memory."""
    from pymessenger.bot import Bot  # noqa: PLC0415 (loading it costs 0.1 s and 20 MiB)

    class SessionBot(Bot):  # type: ignore[misc]  # pymessenger ships no types
        """`send_raw` is the one exit of every `send_*` method that works; the rest stays unused."""

        def __init__(
            self, post: Callable[..., Any], token: str, secret: str, graph_url: str
        ) -> None:
            super().__init__(token, app_secret=secret or None)
            self.graph_url = graph_url
            self._post = post

        async def send_raw(self, payload: dict[str, Any]) -> dict[str, Any] | SendError:
            answer: dict[str, Any] | SendError = await self._post(
                f"{self.graph_url}/me/messages", payload
            )
            return answer

    return SessionBot


class MetaClient:
    """What the clients of Messenger and Instagram have in common."""

    label: str

    def __init__(self, graph: Graph, render: Callable[[Call, Part], dict[str, Any]]) -> None:
        self._graph = graph
        self._render = render

    async def send(self, call: Call) -> Sent | SendError:
        """Send the one part of `call`."""
        if len(call.parts) != 1:
            return SendError(code="parts", agent_text=Words(errors.ONE_A_CALL, label=self.label))
        return await self._graph.send(self._render(call, call.parts[0]))

    def media(self, inbound: Inbound, attachment: Attachment) -> MediaSource | None:  # noqa: ARG002 (contract)
        """Return Meta's own signed address, which needs no credentials and soon ends."""
        if attachment.url is None or attachment.type not in DOWNLOADS:
            return None
        return MediaSource(attachment.url, keep=attachment.type not in PASSING)

    async def evidence(self, call: Call, since_ms: int) -> Sent | SendError | None:  # noqa: ARG002 (contract)
        """Return None: Meta cannot be asked; the echo, found by its metadata, settles the call."""
        return None

    async def missed(self, since_ms: int) -> list[bytes]:  # noqa: ARG002 (contract)
        """Return nothing: Meta repeats what was not acknowledged for 36 hours by itself."""
        return []

    async def create_template(self, shape: Shape) -> str | SendError:  # noqa: ARG002 (contract)
        """Decline: there are no templates to keep on the platform."""
        return errors.unsupported(self.label)

    async def approved_templates(self) -> tuple[ApprovedTemplate, ...]:
        """Return none: these chats have no templates."""
        return ()
