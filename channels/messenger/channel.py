"""Facebook Messenger: what it can do, and how its parts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from channels.messenger import inbound, outbound
from channels.meta_graph.base import MetaChannel, abilities_of

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import Account, ChannelClient, Entry, Inbound, WebhookRequest
    from conversations.content import Content


class Messenger(MetaChannel):
    """The channel contract, answered by this folder's files and by what Meta's channels share."""

    name = "messenger"
    chat_base = "https://m.me"
    # A longer text than one message holds (2,000 characters) is split.
    abilities = abilities_of(outbound.DIALECT, outbound.FILES, delivery_receipts=True)

    @override
    def split(self, request: WebhookRequest) -> list[Entry]:
        return inbound.split(request.body)

    @override
    def read(self, payload: bytes) -> Inbound:
        return inbound.read(payload)

    @override
    def parts(self, content: Content) -> tuple[Content, ...]:
        return outbound.split(content)

    @override
    def client(
        self, account: Account, http: ClientSession, graph_version: str = ""
    ) -> ChannelClient:
        from channels.messenger.client import MessengerClient  # noqa: PLC0415 (loads aiohttp and, later, pymessenger)

        return MessengerClient(account, http, graph_version)


CHANNEL = Messenger()
