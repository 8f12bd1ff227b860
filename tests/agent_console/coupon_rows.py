"""Claims for the tests of coupons' screens: made through the doorway, opened and redeemed as in a shop."""

from __future__ import annotations

from coupons.actions.lock_claim import Till, lock_claim
from coupons.actions.open_claim import open_claim
from coupons.actions.redeem import redeem
from coupons.requests import ClaimRequest
from coupons.rollups import follow, rebuild
from runtime.ids import uuid7
from tests.feed import all_visible


class Shopfront:
    """A shop of the tea house: claims, openings and redemptions, and figures that follow."""

    def __init__(self, site):
        self.site = site
        self.stores = {}

    async def claim(self, coupon, chat, **facts):
        """Claim a coupon for a chat's customer and return the claim."""
        given = {"source": "flow", "trigger": "keyword: latte", "conversation_id": chat.id}
        request = ClaimRequest(
            workspace_id=self.site.house,
            coupon_id=coupon,
            contact_id=chat.contact,
            key=str(uuid7()),
            arrived_at=self.site.clock.now(),
            **(given | facts),
        )
        [claims] = [app for key, app in self.site.server.app.items() if "claims" in str(key)]
        result = await claims.claim(request)
        assert result.claim is not None, result.refusal
        return result.claim

    async def open(self, claim):
        """Open the claim's page."""
        async with self.site.db.transaction() as tx:
            await open_claim(tx, claim.id, self.site.clock.now())

    async def store(self, name):
        """Return the id of a store, made when it is new."""
        if name not in self.stores:
            self.stores[name] = uuid7()
            await self.site.db.screens.execute(
                "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, $3, '', '')",
                *(self.stores[name], self.site.house, name),
            )
        return self.stores[name]

    async def redeem(self, claim, store="Xinyi", who="Ray"):
        """Redeem the claim at a store."""
        till = Till(store_id=await self.store(store), store_name=store, who=who)
        now = self.site.clock.now()
        async with self.site.db.transaction() as tx:
            result = await redeem(tx, await lock_claim(tx, claim.id, now), till, str(uuid7()), now)
        assert result.refusal is None, result.refusal

    async def count(self):
        """Let the figures catch up."""
        now = self.site.clock.now()
        await all_visible(self.site.db)
        while (done := await follow(self.site.db, now)) is None or done.more:
            if done is None:
                await rebuild(self.site.db, now)
        self.site.live.committed()
