"""WhatsApp over Twilio: abilities, and the parts tied together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.whatsapp import errors, inbound, outbound, signature, templates
from channels.whatsapp.addresses import webhook_with_retries
from channels.whatsapp.limits import FILES, REPLY_TITLE
from conversations.channel import (
    Abilities,
    Account,
    Channel,
    ChannelClient,
    Entry,
    Inbound,
    SendError,
    Shape,
    WebhookRequest,
)

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.content import Content

__all__ = ["CHANNEL", "WhatsApp", "webhook_with_retries"]


class WhatsApp:
    """The WhatsApp channel."""

    name = "whatsapp"
    abilities = Abilities(
        label="WhatsApp",
        text_limit=1_600,
        quick_replies=3,
        window_s=86_400,
        rate_per_s=80,
        delivery_receipts=True,
        read_receipts=True,
        redelivers="by_address",
        files=FILES,
        quick_reply_title=REPLY_TITLE,
        sentences=(errors.NOT_OPENED, errors.STATUS),
    )

    def handshake(self, account: Account, request: WebhookRequest) -> str | None:  # noqa: ARG002 (Twilio has none)
        """Refuse: Twilio makes no handshake."""
        return None

    def verify(self, account: Account, request: WebhookRequest) -> bool:
        """Say whether Twilio signed `request` with this account's auth token or one of its shared keys."""
        return signature.signed(account, request)

    def split(self, request: WebhookRequest) -> list[Entry]:
        """Cut a verified call into events; raises UnreadableBody."""
        return inbound.split(request)

    def read(self, payload: bytes) -> Inbound:
        """Read one event."""
        return inbound.read(payload)

    def parts(self, content: Content) -> tuple[Content, ...]:
        """Split content into WhatsApp messages; raises ContentRefused."""
        return outbound.parts(content)

    def shape(self, card: Content) -> Shape | None:
        """Return the Content resource that would carry this card within the window."""
        return templates.shape(card)

    def client(
        self,
        account: Account,
        http: ClientSession,
        graph_version: str = "",  # noqa: ARG002 (Meta's)
    ) -> ChannelClient:
        """Return a client for `account`."""
        from channels.whatsapp.client import WhatsAppClient  # noqa: PLC0415 (aiohttp is not pure)

        return WhatsAppClient(account, http)

    def status_error(self, code: int | None) -> SendError:
        """Classify a failure told by a status callback."""
        return errors.classify_status_error(code)

    def answer(self) -> tuple[str, str]:
        """Return an empty TwiML document: words in it would be sent to the customer."""
        return "<Response/>", "text/xml"

    def webhook_address(self, url: str) -> str:
        """Return the address with the fragment that makes Twilio try again."""
        return webhook_with_retries(url)

    def chat_link(self, account: Account, text: str) -> str | None:
        """Return the address that opens the chat with `text` typed."""
        if not account.address:
            return None
        return f"https://wa.me/{account.address.lstrip('+')}?text={quote(text, safe='')}"

    def friend_link(self, account: Account) -> str | None:  # noqa: ARG002 (contract)
        """Return None: the chat's own address works everywhere."""
        return None


CHANNEL: Channel = WhatsApp()
