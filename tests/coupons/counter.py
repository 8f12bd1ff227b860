"""A counter for tests: Ray at Xinyi's till, Bo at Daan's, PINs, and what they do with a claim."""

from __future__ import annotations

from coupons.actions.hold_claim import confirm_hold, place_hold
from coupons.actions.lock_claim import Till, lock_claim
from coupons.actions.pins import NewPin, add_pin
from coupons.actions.redeem import redeem
from coupons.actions.redeem_by_pin import redeem_by_pin
from coupons.actions.undo import Undo, undo, undo_by_pin
from coupons.look_up import look_up

PIN = "482159"


class Counter:
    """Each act is a transaction of its own, as a till's request is."""

    def __init__(self, shop):
        self.shop = shop
        self.taps = 0
        self.ray = self.till("Xinyi", "Ray", "ray")
        self.bo = self.till("Daan", "Bo", "sel")

    def till(self, store, who, member):
        return Till(
            store_id=self.shop.stores[store],
            store_name=store,
            who=who,
            member_id=self.shop.members[member],
            holder=f"till of {who}",
        )

    def key(self):
        self.taps += 1
        return f"tap {self.taps}"

    async def issue(self, contact=None, coupon=None, **facts):
        coupon = coupon or await self.shop.coupon(**facts)
        return (await self.shop.claim(coupon, contact or await self.shop.customer())).claim

    async def lock(self, tx, claim):
        return await lock_claim(tx, claim.id, self.shop.clock.now(), self.shop.workspace)

    async def redeem(self, claim, till=None, key=None, tx=None, **facts):
        if tx is None:
            async with self.shop.db.transaction() as own:
                return await self.redeem(claim, till, key, own, **facts)
        locked = await self.lock(tx, claim)
        now = self.shop.clock.now()
        return await redeem(tx, locked, till or self.ray, key or self.key(), now, **facts)

    async def hold(self, claim, till=None, key=None, seconds=60, tx=None, **facts):
        if tx is None:
            async with self.shop.db.transaction() as own:
                return await self.hold(claim, till, key, seconds, own, **facts)
        locked, now = await self.lock(tx, claim), self.shop.clock.now()
        key = key or self.key()
        return await place_hold(tx, locked, till or self.ray, key, seconds, now, **facts)

    async def confirm(self, hold, till=None, key=None, **facts):
        async with self.shop.db.transaction() as tx:
            now, key = self.shop.clock.now(), key or self.key()
            args = (tx, self.shop.workspace, hold.id, till or self.ray, key, now)
            return await confirm_hold(*args, **facts)

    async def undo(self, claim, till=None, reason="wrong coupon", key=None, tx=None, **facts):
        if tx is None:
            async with self.shop.db.transaction() as own:
                return await self.undo(claim, till, reason, key, own, **facts)
        asked = Undo(reason=reason, key=key or self.key(), till=till or self.ray, **facts)
        return await undo(tx, await self.lock(tx, claim), asked, self.shop.clock.now())

    async def undo_by_pin(self, claim, pin=PIN, reason="wrong coupon"):
        async with self.shop.db.transaction() as tx:
            locked, asked = await self.lock(tx, claim), Undo(reason=reason, key=self.key())
            now = self.shop.clock.now()
            return await undo_by_pin(tx, self.shop.keyring, locked, pin, asked, now)

    async def type_pin(self, claim, pin=PIN, key=None, device=""):
        async with self.shop.db.transaction() as tx:
            args = (tx, self.shop.keyring, claim.id, pin, key or self.key(), self.shop.clock.now())
            return await redeem_by_pin(*args, device=device)

    async def add_pin(self, pin=PIN, name="Ray", store="Xinyi", more=(), **facts):
        new = NewPin(
            workspace_id=self.shop.workspace,
            store_id=self.shop.stores[store],
            name=name,
            pin=pin,
            more_stores=[self.shop.stores[one] for one in more],
            **facts,
        )
        async with self.shop.db.transaction() as tx:
            return await add_pin(tx, self.shop.keyring, new, self.shop.clock.now())

    async def look_up(self, text, till=None, **facts):
        args = (self.shop.db.screens, self.shop.workspace, text, till or self.ray)
        return await look_up(*args, self.shop.clock.now(), **facts)
