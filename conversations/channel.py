"""The channel contract: what a channel folder offers, and the values that cross its border.

`channels/*` implement `Channel`; `gateway` builds the registry and hands it on as `Mapping[str, Channel]`.
Everything here is a plain value: no database, no clock, no server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

import msgspec
from typing_extensions import override

from conversations.abilities import (
    Abilities as Abilities,  # noqa: PLC0414 (part of the contract)
)
from conversations.abilities import (
    ContentRefused as ContentRefused,  # noqa: PLC0414 (part of the contract)
)
from conversations.abilities import (
    Files as Files,  # noqa: PLC0414 (part of the contract)
)
from conversations.content import Content

if TYPE_CHECKING:
    from aiohttp import ClientSession


class Kind(StrEnum):
    """What an inbound event tells. A channel maps anything else to `unknown`."""

    MESSAGE = "message"
    POSTBACK = "postback"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    JOIN = "join"
    LEAVE = "leave"
    MEMBER_JOINED = "member_joined"
    ACCOUNT_LINK = "account_link"
    REFERRAL = "referral"
    REACTION = "reaction"
    READ = "read"
    DELIVERY = "delivery"
    STATUS = "status"
    ECHO = "echo"
    UNSEND = "unsend"
    EDIT = "edit"
    OPTIN = "optin"
    COUPON_REVEAL = "coupon_reveal"
    UNKNOWN = "unknown"


class MessageType(StrEnum):
    """The form of an inbound message."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"
    SHARE = "share"
    REEL = "reel"
    STORY_MENTION = "story_mention"
    STORY_REPLY = "story_reply"
    CONTACTS = "contacts"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


class Chat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group or room; a 1:1 chat has none."""

    type: Literal["group", "room"]
    id: str


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attached thing: whichever of the fields apply. `url` is the platform's, short-lived."""

    type: str
    id: str | None = None
    url: str | None = None
    name: str | None = None
    size: int | None = None
    content_type: str | None = None
    lat: float | None = None
    lon: float | None = None
    title: str | None = None


class Inbound(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One received event, normalised; absent facts are None. See docs/architecture.md for each field.

    `contact_external_id` is the customer (also of an echo). `timestamp_ms` is the platform's time of the
    event in Unix milliseconds, None where the platform tells none (WhatsApp over Twilio).
    `external_event_id` is the de-duplication key of the event.
    """

    kind: Kind
    external_event_id: str
    contact_external_id: str | None = None
    message_type: MessageType | None = None
    text: str | None = None
    payload: str | None = None
    external_message_id: str | None = None
    timestamp_ms: int | None = None
    chat: Chat | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    reply_token: str | None = None
    target_message_id: str | None = None
    watermark_ms: int | None = None
    ref: str | None = None
    ref_source: str | None = None
    ad_id: str | None = None
    status: str | None = None
    error_code: int | None = None
    action: str | None = None
    emoji: str | None = None
    result: Literal["ok", "failed", "linked", "unlinked"] | None = None
    nonce: str | None = None
    is_unblocked: bool | None = None
    profile_name: str | None = None
    app_id: str | None = None
    metadata: str | None = None
    coupon_code: str | None = None
    members: tuple[str, ...] = ()
    mids: tuple[str, ...] = ()
    params: dict[str, Any] | None = None
    mode: str | None = None
    mentions_self: bool | None = None
    story_id: str | None = None
    alt_external_id: str | None = None
    authorization_code: str | None = None
    ctwa_clid: str | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A channel account with its credentials in the clear, as the channel code needs it. Never logged.

    Webhooks signed with `previous_secret` are taken until `previous_until`; the gateway sees to that,
    channels verify with `secret` alone.
    """

    id: UUID
    workspace_id: UUID
    channel: str
    name: str
    external_id: str = ""
    secret: str = ""
    token: str = ""
    verify_token: str = ""
    shared_keys: Mapping[str, str] = {}
    address: str = ""
    api_base: str = ""
    previous_secret: str = ""
    previous_until: datetime | None = None

    @override
    def __repr__(self) -> str:
        """Name the account without its credentials."""
        return f"Account({self.channel}/{self.name})"


class WebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook call as it arrived. `target` is the raw request target (path and query, undecoded);
    `public_url` the configured public base without a trailing slash; header names are lower case.
    """

    method: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    public_url: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One event cut out of a webhook body, not read further than intake needs.

    `account_external_id` is whom the platform addressed (None: it does not say); `key` the
    de-duplication key; `lane` the contact's (or group's) id, which orders events; `payload` the raw
    bytes of this event alone, from which `Channel.read` makes the same Inbound every time.
    `key` is the event's `external_event_id`, with the kind and a colon before it where two kinds of
    event may have the same one (Meta's delivery and read receipts of one watermark).
    `account_address` is the address the customer wrote to where the platform tells it (WhatsApp `To`):
    an account without an address learns it from here, any other drops an entry for another address.
    """

    account_external_id: str | None
    key: str
    lane: str
    payload: bytes
    account_address: str | None = None


class UnreadableBody(Exception):
    """The signed body cannot be decoded or has the wrong shape at its root: answered with 400."""


class Shape(msgspec.Struct, frozen=True):
    """A template a channel wants to keep on the platform: `hash` names it, `body` creates it there."""

    hash: str
    body: dict[str, Any]
    variables: dict[str, str]


class ApprovedTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template that the platform lets us send at any time. `body` is its words with {{name}} for each of
    `variables`, which gives a sample of each ("" where the platform tells none).
    """

    id: str
    name: str
    language: str
    category: str
    body: str
    buttons: tuple[str, ...] = ()
    variables: dict[str, str] = {}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One platform message to send. `delivery_id` is ours (metadata, callback address)."""

    delivery_id: UUID
    content: Content
    template_id: str | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One send call: parts in order (at most `Abilities.messages_per_call`) to one chat.

    `reply_token` set: the free reply is used, else a push with `retry_key`.
    `human_agent`: a person answers after the window closed, within the longer one.
    `status_url`: where the platform reports progress, without our delivery id.
    """

    to: str
    parts: Sequence[Part]
    retry_key: UUID
    reply_token: str | None = None
    human_agent: bool = False
    sender_name: str | None = None
    status_url: str | None = None


class Sent(msgspec.Struct, frozen=True):
    """The platform took the call; its message ids, one a part ("" where it tells none)."""

    message_ids: tuple[str, ...]


class SendError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a call failed, as answers: is it worth a retry, must somebody be alerted, what may the agent
    read, are the account's credentials bad?

    `unknown`: the outcome cannot be known (time-out, connection lost after the request went out, 5xx
    without idempotency); such a call is settled from evidence, never repeated blindly.
    `use_push`: the reply token was refused before anything was sent.
    `unreachable`: this contact blocked us or does not exist.
    """

    code: str
    agent_text: str
    detail: str = ""
    retry: bool = False
    retry_after_s: float | None = None
    alert: bool = False
    credentials_bad: bool = False
    unknown: bool = False
    use_push: bool = False
    unreachable: bool = False
    window_closed: bool = False


class Profile(msgspec.Struct, frozen=True):
    """What the platform tells about a customer."""

    name: str = ""
    picture_url: str | None = None
    language: str | None = None


class MediaSource(msgspec.Struct, frozen=True):
    """Where to download an attachment, and the headers that open it on its first origin only.

    `keep` is False where the platform forbids storing (Instagram story mentions).
    `status_url`: poll this first until it says `{"status": "succeeded"}` (LINE video and audio).
    """

    url: str
    headers: Mapping[str, str] = {}
    keep: bool = True
    status_url: str | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The result of asking the platform about an account: facts learnt and advice in sentences."""

    ok: bool
    external_id: str | None = None
    address: str | None = None
    credentials_bad: bool = False
    advice: tuple[str, ...] = ()


class ChannelClient(Protocol):
    """Calls to one account's platform over one HTTP session. Never raises for a platform's answer."""

    async def send(self, call: Call) -> Sent | SendError:
        """Send `call`; bodies are rendered by the channel's pure `outbound` code."""

    async def profile(self, external_id: str, chat: Chat | None = None) -> Profile | SendError:
        """Look a customer up."""

    def media(self, inbound: Inbound, attachment: Attachment) -> MediaSource | None:
        """Say where an attachment of `inbound` is downloaded; None when there is nothing to fetch."""

    async def evidence(self, call: Call, since_ms: int) -> Sent | SendError | None:
        """Settle a call of unknown outcome from what the platform knows; None: no evidence."""

    async def missed(self, since_ms: int) -> list[bytes]:
        """List events received since then as payloads for `Channel.read`; [] where not possible."""

    async def create_template(self, shape: Shape) -> str | SendError:
        """Create a template on the platform and return its id there."""

    async def approved_templates(self) -> Sequence[ApprovedTemplate] | SendError:
        """List the templates that may be sent at any time; () where the platform has none."""

    async def check(self) -> Check:
        """Test the credentials and ask what the platform tells about the account."""


class Channel(Protocol):
    """One messaging channel. Everything here but `client` is pure."""

    name: str
    abilities: Abilities

    def handshake(self, account: Account, request: WebhookRequest) -> str | None:
        """Return the challenge to answer a GET with (text/plain), None when it fails (403)."""

    def verify(self, account: Account, request: WebhookRequest) -> bool:
        """Say whether `request` is signed with `account`'s own secret, over the raw bytes."""

    def split(self, request: WebhookRequest) -> list[Entry]:
        """Cut a verified body into events; raises UnreadableBody."""

    def read(self, payload: bytes) -> Inbound:
        """Read one event. Never raises for an unknown kind or a missing field: kind `unknown`."""

    def parts(self, content: Content) -> tuple[Content, ...]:
        """Split content into platform messages, each with its own delivery; raises ContentRefused when
        the channel cannot say it or a limit is exceeded."""

    def shape(self, card: Content) -> Shape | None:
        """Return the platform template that would carry this card, None where none is needed."""

    def client(
        self, account: Account, http: ClientSession, graph_version: str = ""
    ) -> ChannelClient:
        """Return a client for `account`; imports the vendor's SDK lazily."""

    def status_error(self, code: int | None) -> SendError:
        """Classify a failure the platform reports after it took the message (`Inbound.error_code` of a
        status event); a channel without such reports returns a generic error."""

    def answer(self) -> tuple[str, str]:
        """Return body and content type of the 200 that acknowledges a webhook."""

    def webhook_address(self, url: str) -> str:
        """Return the address to enter at the platform: `url`, and what makes it repeat lost webhooks."""

    def chat_link(self, account: Account, text: str) -> str | None:
        """Return an address that opens the 1:1 chat with `account` and carries `text` (typed in, or as the
        referral); None while the account's own address is not known."""

    def friend_link(self, account: Account) -> str | None:
        """Return an address that adds `account` as a friend, where `chat_link` does not work everywhere;
        None where none is needed. It carries no words."""
