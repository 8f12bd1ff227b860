"""A customer with a phone in hand: who speaks, in which chat, and what every word of theirs sets going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runtime.clock import to_ms
from runtime.errors import Refused
from simulator import deliveries, messages
from simulator.messages import Message

if TYPE_CHECKING:
    import asyncpg

    from simulator.accounts import Account, Customer
    from simulator.world import World


@dataclass(frozen=True)
class Speaker:
    """One person writing to one account, alone or in a group (LINE)."""

    world: World
    account: Account
    customer: Customer
    group: str = ""

    @property
    def chat(self) -> str:
        """The platform's id of the chat."""
        return self.group or self.customer.external_id

    @property
    def now_ms(self) -> int:
        """The current instant in Unix milliseconds."""
        return to_ms(self.world.clock.now())

    def message(self, external_id: str, kind: str, body: dict[str, Any]) -> Message:
        """Return a message of this person's."""
        now = self.world.clock.now()
        return Message(
            self.chat, external_id, "in", kind, body, now, sender=self.customer.external_id
        )

    def must_be_friends(self) -> None:
        """Raise Refused when this person has blocked the account: the messenger shows no text box then."""
        if self.customer.blocked:
            raise Refused(
                "blocked", f"{self.customer.name} has blocked this account. Unblock it to write."
            )


async def tell(
    conn: asyncpg.Connection,
    speaker: Speaker,
    event: dict[str, Any],
    message: Message | None = None,
) -> None:
    """Show `message` in the chat, open the reply window and queue the webhook: one transaction's work."""
    if message is not None:
        await messages.add(conn, speaker.account, message)
    await conn.execute(
        "UPDATE simulator.customer SET last_inbound_at = $2 WHERE id = $1",
        speaker.customer.id,
        speaker.world.clock.now(),
    )
    await deliveries.enqueue(conn, speaker.world, speaker.account, speaker.chat, event)
