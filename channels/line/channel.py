"""The LINE channel: what it can do, and which file does it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.line import errors, inbound, outbound, signature
from channels.line.limits import BUTTONS, CARDS, FILES, LABEL, QUICK_REPLIES, TEXT
from conversations.channel import Abilities, Channel, SendError
from runtime.words import Words

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import (
        Account,
        ChannelClient,
        Entry,
        Inbound,
        Shape,
        WebhookRequest,
    )
    from conversations.content import Content

# LINE promises no figure: its old documentation said about a minute, users saw 30 s at worst. A token
# tried in vain costs one refused call and then a push; one not tried costs the quota.
REPLY_TOKEN_S = 50


class Line:
    """LINE Messaging API; implements `Channel`."""

    name = "line"
    abilities = Abilities(
        label="LINE",
        text_limit=TEXT,
        messages_per_call=5,
        quick_replies=QUICK_REPLIES,
        card_buttons=BUTTONS,
        carousel_cards=CARDS,
        window_s=None,
        reply_token_s=REPLY_TOKEN_S,
        rate_per_s=2000,
        retry_key=True,
        groups=True,
        unsend=True,
        redelivers="opt_in",
        unsupported=frozenset({"template"}),
        files=FILES,
        quick_reply_title=LABEL,
        sentences=errors.SENTENCES,
    )

    def handshake(self, account: Account, request: WebhookRequest) -> str | None:  # noqa: ARG002 (LINE has none)
        """Answer no GET: LINE has no handshake."""
        return None

    def verify(self, account: Account, request: WebhookRequest) -> bool:
        """Say whether the body is signed with the account's channel secret."""
        given = request.headers.get(signature.HEADER, "")
        return signature.verify(account.secret, request.body, given)

    def split(self, request: WebhookRequest) -> list[Entry]:
        """Cut the body into events; raises UnreadableBody."""
        return inbound.split(request.body)

    def read(self, payload: bytes) -> Inbound:
        """Read one event."""
        return inbound.read(payload)

    def parts(self, content: Content) -> tuple[Content, ...]:
        """Return the content as one message; raises ContentRefused."""
        return outbound.parts(content)

    def shape(self, card: Content) -> Shape | None:  # noqa: ARG002 (never needed)
        """Return None: LINE cards need no template."""
        return None

    def client(
        self, account: Account, http: ClientSession, graph_version: str = ""
    ) -> ChannelClient:
        """Return a client for `account`."""
        from channels.line.client import LineClient  # noqa: PLC0415 (keeps aiohttp out of readers)

        del graph_version
        return LineClient(account, http)

    def status_error(self, code: int | None) -> SendError:
        """Return a generic error: LINE reports no failures after it took a message."""
        told = errors.LATE if code is None else Words(errors.LATE_CODE, code=code)
        return SendError(code="line_status", agent_text=told)

    def answer(self) -> tuple[str, str]:
        """Return an empty 200."""
        return "", "text/plain"

    def webhook_address(self, url: str) -> str:
        """Return the address as it is: the platform repeats lost webhooks by itself or by a switch."""
        return url

    def chat_link(self, account: Account, text: str) -> str | None:
        """Return the address that opens the chat with `text` typed (phones only)."""
        if not account.address:
            return None
        return (
            f"https://line.me/R/oaMessage/{quote(account.address, safe='')}/?{quote(text, safe='')}"
        )

    def friend_link(self, account: Account) -> str | None:
        """Return the address that adds the account as a friend, which works on any device."""
        return f"https://line.me/R/ti/p/{quote(account.address)}" if account.address else None


CHANNEL: Channel = Line()
