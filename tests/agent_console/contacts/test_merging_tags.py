"""Tags of merged customers that are merged or removed themselves before the customers are separated."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conversations.actions.tags import merge_tags, remove_tag
from runtime.database import connect
from tests.agent_console.contacts.merged import merge, separate
from tests.waiting import waiting


async def tags_of(site):
    rows = await site.db.screens.fetch(
        "SELECT c.contact_id, t.name FROM contact_tag c JOIN tag t ON t.id = c.tag_id ORDER BY t.name"
    )
    found = {}
    for row in rows:
        found.setdefault(row["contact_id"], []).append(row["name"])
    return found


async def wear(site, ken, chat, *names):
    """Put tags on a customer, each at an instant of its own."""
    for name in names:
        site.clock.advance(timedelta(seconds=1))
        await ken.act(f"/console/contacts/{chat.contact}/tags?chat={chat.id}", value=name)


async def fuse(site, name, into):
    async with site.db.transaction() as tx:
        one, other = [
            await tx.fetchval("SELECT id FROM tag WHERE name = $1", each) for each in (name, into)
        ]
        await merge_tags(tx, site.house, one, other, site.clock.now(), by=site.ken)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (((), ("vip",)), ([], ["gold"])),
        ((("vip",), ()), (["gold"], [])),
        ((("vip",), ("vip",)), (["gold"], ["gold"])),
        ((("gold",), ("vip",)), (["gold"], ["gold"])),
        ((("vip",), ("gold",)), (["gold"], ["gold"])),
        (((), ("vip", "gold")), ([], ["gold"])),
        (((), ("gold", "vip")), ([], ["gold"])),
        ((("gold", "vip"), ("vip",)), (["gold"], ["gold"])),
    ],
)
async def test_a_tag_merged_meanwhile_comes_back_as_the_one_it_became(
    site, ken, two, before, after
):
    """`before` and `after`: what who stays wears, and what the one who is back wears."""
    line, whatsapp = two
    for chat, names in zip(two, before, strict=True):
        await wear(site, ken, chat, *names)
    await wear(site, ken, await site.chat("Tom"), "gold", "vip")
    await merge(ken, line, whatsapp)
    await fuse(site, "vip", "gold")
    await separate(site, ken, line)
    worn = await tags_of(site)
    assert (worn.get(line.contact, []), worn.get(whatsapp.contact, [])) == after


async def test_a_tag_that_became_another_and_that_one_a_third_is_followed_to_the_end(
    site, ken, two
):
    line, whatsapp = two
    await wear(site, ken, whatsapp, "bronze")
    await wear(site, ken, await site.chat("Tom"), "silver", "gold")
    await merge(ken, line, whatsapp)
    await fuse(site, "bronze", "silver")
    await fuse(site, "silver", "gold")
    await separate(site, ken, line)
    assert (await tags_of(site))[whatsapp.contact] == ["gold"]
    assert line.contact not in await tags_of(site)


async def test_a_removed_tag_stays_removed_also_when_its_name_is_used_again(site, ken, two):
    line, whatsapp = two
    await wear(site, ken, whatsapp, "vip", "old")
    await wear(site, ken, await site.chat("Tom"), "gold")
    await merge(ken, line, whatsapp)
    await fuse(site, "vip", "gold")
    async with site.db.transaction() as tx:
        for name in ("gold", "old"):
            tag = await tx.fetchval("SELECT id FROM tag WHERE name = $1", name)
            await remove_tag(tx, site.house, tag, site.clock.now(), by=site.ken)
    await wear(site, ken, line, "old", "vip")
    await separate(site, ken, line)
    assert await tags_of(site) == {line.contact: ["old", "vip"]}
    assert await site.db.screens.fetchval("SELECT count(*) FROM merged_tag") == 0


async def test_a_tag_that_is_just_being_merged_is_waited_for(site, ken, two, dsn):
    line, whatsapp = two
    await wear(site, ken, whatsapp, "vip")
    await wear(site, ken, await site.chat("Tom"), "gold")
    await merge(ken, line, whatsapp)
    rival = await connect(dsn)
    tags = {row["name"]: row["id"] for row in await rival.fetch("SELECT id, name FROM tag")}
    async with asyncio.timeout(60):
        async with rival.transaction():
            await merge_tags(
                rival, site.house, tags["vip"], tags["gold"], site.clock.now(), by=site.ken
            )
            parting = asyncio.ensure_future(separate(site, ken, line))
            await waiting(site.db.screens, 1)
        await parting
    await rival.close()
    assert (await tags_of(site))[whatsapp.contact] == ["gold"]
