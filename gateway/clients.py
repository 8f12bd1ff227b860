"""One channel client an account, made anew when the account's credentials change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from aiohttp import ClientSession

from conversations.channel import Account, Channel, ChannelClient

AccountOf: TypeAlias = Callable[[UUID], Account | None]


@dataclass
class Clients:
    """`account_of` returns an account in the clear by its id, None for one that is gone."""

    channels: Mapping[str, Channel]
    account_of: AccountOf
    http: ClientSession
    graph_version: str = ""
    _made: dict[UUID, tuple[Account, ChannelClient]] = field(default_factory=dict)

    def channel(self, account: Account) -> Channel:
        """Return the account's channel."""
        return self.channels[account.channel]

    def client(self, account: Account) -> ChannelClient:
        """Return the client of `account`."""
        made = self._made.get(account.id)
        if made is None or made[0] != account:
            client = self.channel(account).client(account, self.http, self.graph_version)
            made = self._made[account.id] = (account, client)
        return made[1]
