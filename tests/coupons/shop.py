"""A small shop for tests: a workspace with stores, staff and customers, each in a conversation."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from channels.registry import load
from conversations.accounts import Credentials, seal
from coupons.actions.claim import settle
from coupons.actions.design import create, publish_coupon
from coupons.actions.load_codes import load_codes
from coupons.actions.make_units import make_units
from coupons.actions.new_coupon import NewCoupon
from coupons.actions.pins import NewPin, add_pin
from coupons.requests import CardPost, ClaimRequest
from coupons.rules.codes import ean13_check
from runtime.ids import uuid7

BASE = "https://shop.example"
ROLES = {"ann": "admin", "sue": "service_agent", "sel": "seller", "ray": "verifier"}
STORES = ("Xinyi", "Daan")


def ean13(count, start=400_000_000_000):
    return [f"{n}{ean13_check(str(n))}" for n in range(start, start + count)]


class Shop:
    """What a test needs to claim, open and redeem."""

    def __init__(self, db, clock, keyring):
        self.db, self.clock, self.keyring = db, clock, keyring
        self.channels = load()
        self.workspace = uuid7()
        self.account = uuid7()
        self.members: dict[str, UUID] = {}
        self.stores: dict[str, UUID] = {}
        self.chats: dict[UUID, UUID] = {}

    async def build(self, language="en"):
        run, now = self.db.screens.execute, self.clock.now()
        await run(
            "INSERT INTO workspace (id, name, zone, language, features, created_at)"
            " VALUES ($1, 'Tea', 'Asia/Taipei', $2, '{}', $3)",
            *(self.workspace, language, now),
        )
        for name, role in ROLES.items():
            self.members[name] = uuid7()
            await run(
                "INSERT INTO member (id, workspace_id, email, name, role, password_hash, language,"
                " active, created_at) VALUES ($1, $2, $3, $4, $5, '', '', true, $6)",
                *(self.members[name], self.workspace, f"{uuid7()}@x.example", name.title(), role),
                now,
            )
        for name in STORES:
            self.stores[name] = uuid7()
            await run(
                "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, $3, '', '')",
                *(self.stores[name], self.workspace, name),
            )
        await run(
            "INSERT INTO channel_account (id, workspace_id, channel, name, external_id, address,"
            " api_base, credentials, state, state_reason, created_at)"
            " VALUES ($1, $2, 'line', $3, '', '', '', $4, 'ok', '', $5)",
            *(self.account, self.workspace, str(self.account), seal(self.keyring, Credentials())),
            now,
        )
        return self

    async def rays_pin(self):
        """Give Ray the PIN 4821 at Xinyi and return its id."""
        facts = {"name": "Ray", "pin": "4821", "demo": True}
        new = NewPin(workspace_id=self.workspace, store_id=self.stores["Xinyi"], **facts)
        async with self.db.transaction() as tx:
            return await add_pin(tx, self.keyring, new, self.clock.now())

    async def set_quantity(self, coupon, quantity):
        """Change how many may be claimed, whatever edits would allow, and bring the stock to it."""
        query = "UPDATE coupon SET quantity = $2 WHERE id = $1"
        await self.db.screens.execute(query, coupon, quantity)
        await make_units(self.db, coupon, self.clock.now())

    async def customer(self, name="Mei", language="", wrote_ago=timedelta()):
        """Add a customer who wrote `wrote_ago`, and return their contact id."""
        contact, chat, now = uuid7(), uuid7(), self.clock.now()
        run = self.db.screens.execute
        await run(
            "INSERT INTO contact (id, workspace_id, name, language, created_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(contact, self.workspace, name, language, now),
        )
        await run(
            "INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(uuid7(), self.account, contact, f"U{contact.hex}", now),
        )
        await run(
            "INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_key, address,"
            " last_at, customer_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)",
            *(chat, self.workspace, self.account, contact, f"c:{contact}", f"U{contact.hex}"),
            *(now, now - wrote_ago),
        )
        self.chats[contact] = chat
        return contact

    async def customers(self, count):
        return [await self.customer(f"Customer {n}") for n in range(count)]

    async def coupon(self, *, codes=0, published=True, **facts):
        """Add a coupon, loaded with `codes` EAN-13 codes, and publish it."""
        now = self.clock.now()
        defaults = {"name": "Latte 50", "purpose": "marketing"}
        if not codes and facts.get("code_mode") != "pack":
            defaults["fixed_code"] = "TEA50"
        if codes:
            defaults["code_mode"] = "pack"
        async with self.db.transaction() as tx:
            coupon = await create(tx, self.workspace, NewCoupon(**(defaults | facts)), now)
        if codes:
            await load_codes(self.db, coupon, ean13(codes), now)
        if published:
            await publish_coupon(self.db, coupon, now)
        return coupon

    def request(self, coupon, contact, **facts):
        defaults = {"source": "flow", "key": str(uuid7()), "trigger": "keyword: latte"}
        return ClaimRequest(
            workspace_id=self.workspace,
            coupon_id=coupon,
            contact_id=contact,
            arrived_at=self.clock.now(),
            **(defaults | facts),
        )

    def card_request(self, coupon, contact, **facts):
        """Ask for a claim whose card is posted into the contact's conversation."""
        post = {"conversation_id": self.chats[contact], "post": CardPost()}
        return self.request(coupon, contact, **(post | facts))

    async def settle(self, *requests):
        async with self.db.transaction(self.db.claims) as tx:
            return await self.settle_in(tx, *requests)

    async def settle_in(self, tx, *requests):
        return await settle(tx, requests, self.channels, BASE, self.clock.now())

    async def claim(self, coupon, contact, **facts):
        """Make one claim and return the result."""
        return (await self.settle(self.request(coupon, contact, **facts)))[0]

    async def count(self, sql, *values):
        return await self.db.screens.fetchval(f"SELECT count(*) FROM {sql}", *values)  # noqa: S608 (tests' own words)
