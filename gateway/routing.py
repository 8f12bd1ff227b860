"""Whose events are these? The address path chooses the secret, never the tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from conversations.channel import Account, Channel, Entry
    from gateway.accounts import AccountBook


class Routing:
    """Gives each entry of a verified body to an account, or to nobody."""

    def __init__(self, book: AccountBook) -> None:
        self._book = book

    def route(
        self,
        channel: Channel,
        account: Account,
        entries: Sequence[Entry],
        verify: Callable[[Account], bool],
    ) -> list[tuple[Account, Entry]]:
        """Return the entries that are somebody's, each with its account; the rest are foreign.

        `account` is the path's, whose signature holds; `verify` says whether another's does too.
        One Meta app posts the events of all its pages to one address: an entry of another page goes to that
        page's account, but only when the same body is signed with that account's own secret, so that nobody
        can inject by naming a page of others.
        """
        signed = {account.id: True}
        routed = []
        for entry in entries:
            told = entry.account_external_id
            owner: Account | None = account
            if told is not None and told != account.external_id and account.external_id:
                owner = self._other(channel, entry, verify, signed)
            if owner is not None and answers_to(owner, entry):
                routed.append((owner, entry))
        return routed

    def _other(
        self,
        channel: Channel,
        entry: Entry,
        verify: Callable[[Account], bool],
        signed: dict[UUID, bool],
    ) -> Account | None:
        for other in self._book.addressed(channel.name, entry.account_external_id or ""):
            if other.id not in signed:
                signed[other.id] = verify(other)
            if signed[other.id]:
                return other
        return None


def answers_to(account: Account, entry: Entry) -> bool:
    """Say whether the customer wrote to this account's address, where the platform tells it."""
    told = entry.account_address
    return told is None or not account.address or told == account.address
