"""The channel contract as Messenger and Instagram answer it alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from channels.meta_graph import errors, limits, signature
from channels.meta_graph.words import utf8_bytes
from conversations.channel import Abilities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientSession

    from channels.meta_graph.parts import Dialect
    from conversations.channel import (
        Account,
        ChannelClient,
        Entry,
        Files,
        Inbound,
        SendError,
        Shape,
        WebhookRequest,
    )
    from conversations.content import Content

DAY_S = 86_400


def abilities_of(
    dialect: Dialect,
    files: Mapping[str, Files],
    *,
    delivery_receipts: bool = False,
    unsend: bool = False,
) -> Abilities:
    """Return what Meta's channels can do, and in what the two differ."""
    return Abilities(
        label=dialect.label,
        text_limit=dialect.text_total,
        quick_replies=limits.QUICK_REPLIES,
        card_buttons=limits.BUTTONS,
        carousel_cards=limits.CARDS,
        window_s=DAY_S,
        human_agent_window_s=7 * DAY_S,
        rate_per_s=300,
        echoes=True,
        echo_wait_s=30,
        delivery_receipts=delivery_receipts,
        read_receipts=True,
        unsend=unsend,
        redelivers="always",
        unsupported=frozenset({"template"}),
        files=files,
        text_unit="utf8" if dialect.text_size is utf8_bytes else "utf16",
        quick_reply_title=limits.QUICK_REPLY_TITLE,
        sentences=errors.SENTENCES,
    )


class MetaChannel(ABC):
    """A channel of Meta's; `chat_base` begins the address that opens a chat with an account."""

    name: str
    abilities: Abilities
    chat_base: ClassVar[str]

    @abstractmethod
    def split(self, request: WebhookRequest) -> list[Entry]:
        """Cut a verified body into events; raises UnreadableBody."""

    @abstractmethod
    def read(self, payload: bytes) -> Inbound:
        """Read one event."""

    @abstractmethod
    def parts(self, content: Content) -> tuple[Content, ...]:
        """Split content into messages; raises ContentRefused."""

    @abstractmethod
    def client(
        self, account: Account, http: ClientSession, graph_version: str = ""
    ) -> ChannelClient:
        """Return a client for `account`; raises ValueError for a version not like v26.0."""

    def handshake(self, account: Account, request: WebhookRequest) -> str | None:
        """Return the challenge when Meta knows the account's verify token."""
        return signature.handshake(account, request)

    def verify(self, account: Account, request: WebhookRequest) -> bool:
        """Say whether the account's app secret signed the body."""
        return signature.verify(account, request)

    def shape(self, card: Content) -> Shape | None:  # noqa: ARG002 (contract)
        """Return None: nothing is kept on the platform."""
        return None

    def status_error(self, code: int | None) -> SendError:
        """Return a plain failure: Meta reports none after it took a message."""
        return errors.told(errors.LATE, f"{code}", self.abilities.label)

    def answer(self) -> tuple[str, str]:
        """Return what acknowledges a webhook."""
        return "", "text/plain"

    def webhook_address(self, url: str) -> str:
        """Return the address as it is: the platform repeats lost webhooks by itself."""
        return url

    def chat_link(self, account: Account, text: str) -> str | None:
        """Return the address that opens the chat; `text` arrives as the referral."""
        if not account.address:
            return None
        return f"{self.chat_base}/{quote(account.address, safe='.')}?ref={quote(text, safe='')}"

    def friend_link(self, account: Account) -> str | None:  # noqa: ARG002 (contract)
        """Return None: the chat's own address works everywhere."""
        return None
