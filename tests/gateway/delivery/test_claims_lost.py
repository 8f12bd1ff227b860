"""A claim is given back only when no other card carries it."""

from __future__ import annotations

from channels import registry
from conversations.actions.post import NewMessage, post
from conversations.content import Text
from conversations.outcomes import OutgoingMessage, claims_lost
from runtime.ids import uuid7

CHANNELS = registry.load()


async def lost(shop, conversation, state_of_the_other):
    """Return the claims lost with a first card when a second card of the claim has that state."""
    claim, first, second = uuid7(), uuid7(), uuid7()
    async with shop.db.transaction() as tx:
        cards = [
            NewMessage(id=key, conversation_id=conversation, content=Text("card"), claim_id=claim)
            for key in (first, second)
        ]
        await post(tx, cards, CHANNELS, shop.clock.now())
        await tx.execute("UPDATE message SET state = $2 WHERE id = $1", second, state_of_the_other)
        rejected = OutgoingMessage(
            id=first,
            workspace_id=shop.workspace,
            conversation_id=conversation,
            account_id=uuid7(),
            claim_id=claim,
            state="failed",
            error_code="63005",
            lost=True,
        )
        return [claim] == await claims_lost(tx, [rejected])


async def test_a_claim_whose_card_was_sent_again_stays_with_its_customer(shop):
    conversation = await shop.conversation(await shop.account("line"))
    assert not await lost(shop, conversation, "sent")
    assert not await lost(shop, conversation, "unknown")
    assert await lost(shop, conversation, "failed")
