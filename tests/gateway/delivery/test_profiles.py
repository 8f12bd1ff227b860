"""Profiles of new customers: asked for several at a time, and stored together as they come back."""

from __future__ import annotations

import pytest

from channels import registry
from conversations.channel import Profile
from conversations.profiles import Unknown, store_profiles
from gateway.clients import Clients
from gateway.profiles import AT_ONCE, ProfileWorker
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.doubles.platform import Answer

CHANNELS = registry.load()


@pytest.fixture
def worker(shop, http, monkeypatch):
    """A profile worker that runs only when told; the import of a vendor's SDK falls into its first call."""
    monkeypatch.setattr("gateway.profiles.CALL_S", 60.0)
    supervisor = Supervisor()
    live = LiveFeed(shop.db.dsn, shop.db.screens, supervisor)
    return ProfileWorker(
        shop.db, Clients(CHANNELS, shop.accounts.get, http), shop.clock, live, supervisor
    )


async def names(shop):
    rows = await shop.db.screens.fetch(
        "SELECT i.external_id, c.name FROM channel_identity i JOIN contact c ON c.id = i.contact_id"
    )
    return {row["external_id"]: row["name"] for row in rows}


def knows(platform, who, name):
    body = {"userId": who, "displayName": name, "pictureUrl": "https://pic.example/1.jpg"}
    platform.known[f"/v2/bot/profile/{who}"] = Answer(200, body)


async def test_several_customers_are_looked_up_and_told_of_together(shop, platform, worker):
    account = await shop.account("line")
    chats = {}
    for n in range(AT_ONCE + 1):
        knows(platform, f"U{n}", f"Mei {n}")
        chats[f"U{n}"] = await shop.conversation(account, f"U{n}")
    assert await worker.round() == AT_ONCE
    assert await worker.round() == 1
    assert await worker.round() == 0
    assert await names(shop) == {f"U{n}": f"Mei {n}" for n in range(AT_ONCE + 1)}
    told = await shop.db.screens.fetch("SELECT subject, detail FROM feed WHERE kind <> 'contact'")
    assert {row["subject"] for row in told} == set(chats.values())
    assert len({row["detail"]["contact"] for row in told}) == AT_ONCE + 1


async def test_a_name_nobody_can_store_costs_no_other_its_own(shop, platform, worker):
    account = await shop.account("line")
    for who, name in (("U1", "Mei"), ("U2", "half a \ud83d pair"), ("U3", "Ken")):
        knows(platform, who, name)
        await shop.conversation(account, who)
    assert await worker.round() == 3
    assert await names(shop) == {"U1": "Mei", "U2": "", "U3": "Ken"}


async def unknown(shop):
    return [
        Unknown(*row)
        for row in await shop.db.screens.fetch(
            "SELECT id, account_id, contact_id, external_id FROM channel_identity ORDER BY external_id"
        )
    ]


async def store(shop, *profiles):
    async with shop.db.transaction(shop.db.sends) as tx:
        told = list(zip(await unknown(shop), profiles, strict=True))
        await store_profiles(tx, told, shop.clock.now())


async def test_two_addresses_of_one_customer_fill_in_what_each_knows(shop):
    """Merged while both were looked up: the name of the first, whichever language and picture is told."""
    account = await shop.account("line")
    await shop.conversation(account, "U1")
    await shop.conversation(account, "U2")
    first, _ = await unknown(shop)
    await shop.db.screens.execute("UPDATE channel_identity SET contact_id = $1", first.contact_id)
    await store(
        shop,
        Profile(name="Mei"),
        Profile(name="May", picture_url="https://pic.example/may.jpg", language="zh-TW"),
    )
    kept = await shop.db.screens.fetchrow("SELECT * FROM contact WHERE id = $1", first.contact_id)
    assert (kept["name"], kept["language"]) == ("Mei", "zh-TW")
    assert kept["picture_url"] == "https://pic.example/may.jpg"
    here = await shop.db.screens.fetch("SELECT name FROM channel_identity ORDER BY external_id")
    assert [row["name"] for row in here] == ["Mei", "May"]


async def test_what_a_member_entered_stays_and_what_changed_nothing_tells_nobody(shop):
    account = await shop.account("line")
    await shop.conversation(account, "U1")
    await shop.db.screens.execute("UPDATE contact SET name = 'Mrs Lin', language = 'en'")
    mei = Profile(name="Mei", language="zh-TW")
    await store(shop, mei)
    await store(shop, mei)
    await store(shop, Profile(name=""))
    kept = await shop.db.screens.fetchrow("SELECT name, language FROM contact")
    assert tuple(kept) == ("Mrs Lin", "en")
    assert await shop.db.screens.fetchval("SELECT count(*) FROM feed") == 1


async def test_an_erased_customer_stays_without_a_name(shop):
    await shop.conversation(await shop.account("line"), "U1")
    await shop.db.screens.execute("UPDATE contact SET erased_at = $1", shop.clock.now())
    await store(shop, Profile(name="Mei", picture_url="https://pic.example/1.jpg"))
    kept = await shop.db.screens.fetchrow("SELECT name, picture_url FROM contact")
    assert tuple(kept) == ("", "")
