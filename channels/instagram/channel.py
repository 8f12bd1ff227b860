"""Instagram messaging: what it can do, and how its parts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from channels.instagram import inbound, outbound
from channels.meta_graph.base import MetaChannel, abilities_of

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import Account, ChannelClient, Entry, Inbound, WebhookRequest
    from conversations.content import Content


class Instagram(MetaChannel):
    """The channel contract, answered by this folder's files and by what Meta's channels share."""

    name = "instagram"
    chat_base = "https://ig.me/m"
    # In UTF-8 bytes; a longer text than one message holds (1,000) is split.
    abilities = abilities_of(outbound.DIALECT, outbound.FILES, unsend=True)

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
        from channels.instagram.client import InstagramClient  # noqa: PLC0415 (loads aiohttp and, later, pymessenger)

        return InstagramClient(account, http, graph_version)


CHANNEL = Instagram()
