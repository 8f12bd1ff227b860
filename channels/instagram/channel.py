"""Instagram messaging: what it can do, and how its parts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.instagram import inbound, outbound, signature
from channels.meta_graph import errors, limits
from conversations.channel import Abilities

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import (
        Account,
        ChannelClient,
        Entry,
        Inbound,
        SendError,
        Shape,
        WebhookRequest,
    )
    from conversations.content import Content

DAY_S = 86_400
ABILITIES = Abilities(
    label=outbound.DIALECT.label,
    # In UTF-8 bytes; a longer text than one message holds (1,000) is split.
    text_limit=outbound.DIALECT.text_total,
    quick_replies=limits.QUICK_REPLIES,
    card_buttons=limits.BUTTONS,
    carousel_cards=limits.CARDS,
    window_s=DAY_S,
    human_agent_window_s=7 * DAY_S,
    rate_per_s=300,
    echoes=True,
    echo_wait_s=30,
    read_receipts=True,
    unsend=True,
    redelivers="always",
    unsupported=frozenset({"template"}),
)


class Instagram:
    """The channel contract, answered by this folder's files."""

    name = "instagram"
    abilities = ABILITIES

    def handshake(self, account: Account, request: WebhookRequest) -> str | None:
        """Return the challenge when Meta knows the account's verify token."""
        return signature.handshake(account, request)

    def verify(self, account: Account, request: WebhookRequest) -> bool:
        """Say whether the account's app secret signed the body."""
        return signature.verify(account, request)

    def split(self, request: WebhookRequest) -> list[Entry]:
        """Cut a verified body into events; raises UnreadableBody."""
        return inbound.split(request.body)

    def read(self, payload: bytes) -> Inbound:
        """Read one event."""
        return inbound.read(payload)

    def parts(self, content: Content) -> tuple[Content, ...]:
        """Split content into messages; raises ContentRefused."""
        return outbound.split(content)

    def shape(self, card: Content) -> Shape | None:  # noqa: ARG002 (contract)
        """Return None: nothing is kept on the platform."""
        return None

    def client(
        self, account: Account, http: ClientSession, graph_version: str = ""
    ) -> ChannelClient:
        """Return a client for `account`; raises ValueError for a version not like v26.0."""
        from channels.instagram.client import InstagramClient  # noqa: PLC0415 (loads aiohttp and, later, pymessenger)

        return InstagramClient(account, http, graph_version)

    def status_error(self, code: int | None) -> SendError:
        """Return a plain failure: Meta reports none after it took a message."""
        return errors.told(errors.LATE, f"{code}", ABILITIES.label)

    def answer(self) -> tuple[str, str]:
        """Return what acknowledges a webhook."""
        return "", "text/plain"

    def webhook_address(self, url: str) -> str:
        """Return the address as it is: the platform repeats lost webhooks by itself or by a switch."""
        return url

    def chat_link(self, account: Account, text: str) -> str | None:
        """Return the address that opens the chat; `text` arrives as the referral."""
        if not account.address:
            return None
        return f"https://ig.me/m/{quote(account.address, safe='.')}?ref={quote(text, safe='')}"

    def friend_link(self, account: Account) -> str | None:  # noqa: ARG002 (contract)
        """Return None: the chat's own address works everywhere."""
        return None


CHANNEL = Instagram()
