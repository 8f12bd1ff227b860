"""Calls to one LINE account: sending with our own bytes, the rest through line-bot-sdk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from typing_extensions import override

from channels.line import errors, outbound
from channels.line.sdk import Sdk
from channels.line.wire import Undecodable, decode
from conversations.channel import (
    ApprovedTemplate,
    Check,
    ContentRefused,
    MediaSource,
    Profile,
    SendError,
    Sent,
)
from runtime.posts import Broken, NotConnected, post
from runtime.words import Words, mark

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import Account, Attachment, Call, Chat, Inbound, Shape

API = "https://api.line.me"
DATA_API = "https://api-data.line.me"
TOTAL_S = 10.0
MESSAGES_PER_CALL = 5
HOSTED = frozenset({"image", "video", "audio", "file"})
TRANSCODED = frozenset({"video", "audio"})
REDELIVERY = mark(
    "LINE does not tell us whether lost events come again: in the LINE Developers console, under "
    "Messaging API, switch on “Webhook redelivery”."
)
OTHER_ACCOUNT = mark("The access token belongs to another account (%(found)s).")
NO_WEBHOOK = mark("No webhook address is set: enter ours in the LINE Developers console.")
SENDS_TO = mark("LINE sends this account's events to %(url)s.")
WEBHOOK_OFF = mark("Webhooks are off: switch on “Use webhook” in the LINE Developers console.")
USED = mark("%(used)s of this month's %(limit)s pushed messages are used.")


class Quota(msgspec.Struct, frozen=True):
    """Messages pushed this month, and how many the plan allows (None: no limit)."""

    used: int
    limit: int | None


class _Headers(dict[str, str]):
    """Headers that do not show the token they carry."""

    @override
    def __repr__(self) -> str:
        return f"<headers: {', '.join(self)}>"


class LineClient:
    """Calls to one account over one HTTP session; platform answers come back as values."""

    def __init__(self, account: Account, http: ClientSession) -> None:
        base = account.api_base.rstrip("/")
        self._api, self._data = base or API, base or DATA_API
        self._name = account.name
        self._known_id = account.external_id
        self._http = http
        token = account.token.strip()
        self._headers = _Headers(Authorization=f"Bearer {token}")
        self._sdk = Sdk(http, self._api, token)

    @override
    def __repr__(self) -> str:
        return f"LineClient({self._name})"

    async def send(self, call: Call) -> Sent | SendError:
        """Send by the free reply while there is a token, else by push with the retry key."""
        if not 0 < len(call.parts) <= MESSAGES_PER_CALL:
            return errors.refused(Words(errors.TOO_MANY, most=MESSAGES_PER_CALL))
        push = call.reply_token is None
        try:
            body = outbound.push_body(call) if push else outbound.reply_body(call)
        except ContentRefused as refused:
            return errors.refused(refused.words)
        headers = {**self._headers, "Content-Type": "application/json"}
        if push:
            # LINE answers a reply that carries a retry key with 400.
            headers["X-Line-Retry-Key"] = str(call.retry_key)
        return await self._post("push" if push else "reply", body, headers, len(call.parts))

    async def _post(
        self, kind: str, body: bytes, headers: dict[str, str], count: int
    ) -> Sent | SendError:
        push = kind == "push"
        try:
            async with asyncio.timeout(TOTAL_S):
                answer = await post(self._http, f"{self._api}/v2/bot/message/{kind}", headers, body)
        except NotConnected as error:
            return errors.not_connected(str(error))
        except ValueError as error:
            # An address that is none, or a token that no header can carry; not LINE's answer.
            return errors.misconfigured(type(error).__name__)
        except (TimeoutError, Broken):
            return errors.timed_out(push=push)
        told = _json(answer.body)
        accepted_before = answer.status == 409 and "x-line-accepted-request-id" in answer.headers
        if 200 <= answer.status < 300 or accepted_before:
            return Sent(_message_ids(told, count))
        return errors.classify(answer.status, told, push=push)

    async def evidence(self, call: Call, since_ms: int) -> Sent | SendError | None:  # noqa: ARG002 (LINE keeps no history to search)
        """Settle a call by repeating it, which LINE makes safe: a push has its retry key (409 means it
        was sent), a reply its single-use token ("Invalid reply token" means our own attempt used it).

        For a reply this holds only while the token would still be alive: ask within
        `Abilities.reply_token_s` of the event, later the outcome stays unknown.
        """
        answer = await self.send(call)
        if isinstance(answer, Sent):
            return answer
        if answer.use_push:
            return Sent(("",) * len(call.parts))
        no_evidence = answer.unknown or answer.retry or answer.credentials_bad
        return None if no_evidence else answer

    async def profile(self, external_id: str, chat: Chat | None = None) -> Profile | SendError:
        """Look a customer up; a member of a group or room through that group or room."""
        method = f"get_{chat.type}_member_profile" if chat else "get_profile"
        answer = await self._sdk.ask(method, *((chat.id,) if chat else ()), external_id)
        if isinstance(answer, SendError):
            return answer
        return Profile(
            name=answer.display_name,
            picture_url=answer.picture_url,
            language=getattr(answer, "language", None),
        )

    async def quota(self) -> Quota | SendError:
        """Ask how many messages were pushed this month and how many the plan allows."""
        plan = await self._sdk.ask("get_message_quota")
        if isinstance(plan, SendError):
            return plan
        usage = await self._sdk.ask("get_message_quota_consumption")
        if isinstance(usage, SendError):
            return usage
        return Quota(used=usage.total_usage, limit=plan.value)

    def media(self, inbound: Inbound, attachment: Attachment) -> MediaSource | None:
        """Say where to download: LINE's data host, or the sender's own address without our token."""
        if attachment.url:
            return MediaSource(attachment.url)
        message_id = attachment.id or inbound.external_message_id
        if attachment.type not in HOSTED or not message_id:
            return None
        content = f"{self._data}/v2/bot/message/{quote(message_id, safe='')}/content"
        transcoding = f"{content}/transcoding" if attachment.type in TRANSCODED else None
        return MediaSource(content, self._headers, status_url=transcoding)

    async def missed(self, since_ms: int) -> list[bytes]:  # noqa: ARG002 (LINE lists no past events)
        """Return nothing: LINE cannot be asked for past events, only redelivers them."""
        return []

    async def create_template(self, shape: Shape) -> str | SendError:  # noqa: ARG002 (never possible)
        """Refuse: LINE keeps no templates."""
        return SendError(code="not_supported", agent_text=mark("LINE has no templates to create."))

    async def approved_templates(self) -> tuple[ApprovedTemplate, ...]:
        """Return none: LINE has no templates."""
        return ()

    async def check(self) -> Check:
        """Ask who the token belongs to, where webhooks go, and how much of the quota is used."""
        info = await self._sdk.ask("get_bot_info")
        if isinstance(info, SendError):
            return Check(ok=False, credentials_bad=info.credentials_bad, advice=(info.agent_text,))
        advice = [*await self._webhook_advice(), REDELIVERY, *await self._quota_advice()]
        same = self._known_id in {"", info.user_id}
        if not same:
            advice.insert(0, Words(OTHER_ACCOUNT, found=info.basic_id))
        return Check(ok=same, external_id=info.user_id, address=info.basic_id, advice=tuple(advice))

    async def _webhook_advice(self) -> list[str]:
        endpoint = await self._sdk.ask("get_webhook_endpoint")
        if isinstance(endpoint, SendError):
            if endpoint.code != "not_found":
                return [endpoint.agent_text]
            return [NO_WEBHOOK]
        told: list[str] = [Words(SENDS_TO, url=endpoint.endpoint)]
        return told if endpoint.active else [*told, WEBHOOK_OFF]

    async def _quota_advice(self) -> list[str]:
        quota = await self.quota()
        if isinstance(quota, SendError) or quota.limit is None:
            return []
        return [Words(USED, used=f"{quota.used:,}", limit=f"{quota.limit:,}")]


def _json(answer: bytes) -> Any:  # noqa: ANN401 (any JSON value)
    try:
        return decode(answer)
    except Undecodable:
        return None


def _message_ids(told: Any, count: int) -> tuple[str, ...]:  # noqa: ANN401 (any JSON value)
    sent = told.get("sentMessages") if isinstance(told, dict) else None
    listed = sent if isinstance(sent, list) else []
    ids = [
        str(message["id"]) if isinstance(message, dict) and message.get("id") else ""
        for message in listed
    ]
    return tuple((ids + [""] * count)[:count])
