"""A coupon's life from the console: published, paused, resumed, ended, deleted, voided, duplicated."""

from __future__ import annotations

from uuid import UUID

import pytest

from coupons.requests import ClaimRequest
from runtime.ids import uuid7
from tests.agent_console.coupon_forms import TYPED, published, saved
from tests.agent_console.coupon_rows import Shopfront
from tests.agent_console.site import plain


def key_of(where):
    return where.rpartition("/")[2]


async def state(site, where):
    return await site.db.screens.fetchval(
        "SELECT state FROM coupon WHERE id = $1::text::uuid", key_of(where)
    )


async def claim(site, where, chat, **facts):
    """Give the coupon to a customer, as a bot does."""
    request = ClaimRequest(
        workspace_id=site.house,
        coupon_id=UUID(key_of(where)),
        contact_id=chat.contact,
        source="flow",
        key=str(uuid7()),
        arrived_at=site.clock.now(),
        **facts,
    )
    return await site.claims.claim(request)


async def test_a_coupon_is_paused_and_resumed(site, mia):
    """S0-11, S0-13: switched off it is neither given out nor redeemed, and can be switched on again."""
    where = await published(mia)
    chat = await site.chat()
    assert (await mia.post(f"{where}/pause")).status == 303
    assert await state(site, where) == "paused"
    assert (await claim(site, where, chat)).refusal == "disabled"
    assert (await mia.post(f"{where}/pause")).status == 409
    assert (await mia.post(f"{where}/resume")).status == 303
    assert (await claim(site, where, chat)).refusal is None


@pytest.mark.parametrize("act", ["end", "archive", "void"])
async def test_what_cannot_be_undone_is_confirmed_first(site, mia, act):
    where = await published(mia)
    assert (await mia.post(f"{where}/{act}")).status == 422
    assert await state(site, where) == "published"


async def test_deleting_takes_it_off_the_list_and_leaves_claims_valid(site, mia):
    """S2-37: after a confirmation it is archived; what customers have stays valid."""
    where = await published(mia)
    got = await claim(site, where, await site.chat())
    gone = await mia.post(f"{where}/archive", confirm="yes")
    assert gone.headers["Location"] == "/console/coupons"
    assert await state(site, where) == "archived"
    kept = "SELECT state FROM claim WHERE id = $1"
    assert await site.db.screens.fetchval(kept, got.claim.id) == "issued"
    await Shopfront(site).redeem(got.claim)
    assert (await claim(site, where, await site.chat("Tom"))).refusal == "sending_ended"


async def test_voiding_what_remains_is_an_act_of_its_own(site, mia):
    """S2-37: void remaining, confirmed, revokes what is not redeemed."""
    where = await published(mia)
    for name in ("Mei", "Tom"):
        await claim(site, where, await site.chat(name))
    used = await claim(site, where, await site.chat("Lin"))
    await Shopfront(site).redeem(used.claim)
    assert (await mia.post(f"{where}/void", confirm="yes")).status == 303
    states = await site.db.screens.fetch("SELECT state FROM claim ORDER BY state")
    assert [row["state"] for row in states] == ["redeemed", "voided", "voided"]
    assert await state(site, where) == "published"


async def test_an_ended_coupon_is_not_opened_again_nor_edited(site, mia):
    where = await published(mia)
    assert (await mia.post(f"{where}/end", confirm="yes")).status == 303
    assert (await mia.post(f"{where}/resume")).status == 409
    assert (await mia.post(f"{where}/edit", **TYPED)).status == 409
    page = await mia.text(f"{where}/edit")
    assert 'data-role="save"' not in page


async def test_a_duplicate_is_a_draft_with_everything_but_the_code(site, mia):
    """S1-45: to choose another code mode, the coupon is duplicated."""
    where = await published(mia, rules="One cup a visit.", stores="")
    copied = await mia.post(f"{where}/duplicate")
    page = await mia.text(copied.headers["Location"])
    assert 'value="Copy of Latte 50"' in page
    assert "One cup a visit." in page
    assert "LATTE50" not in page
    assert "Draft" in page


async def test_publishing_says_everything_that_is_missing_and_stays_on_the_page(mia):
    """S1-46: publishing is separate, and refuses with reasons: S0-06 the code, S0-08 the end."""
    where = await saved(mia, fixed_code="", period="fixed")
    refused = await mia.post(f"{where}/publish")
    words = plain(await refused.text())
    assert refused.status == 422
    assert "Not published yet" in words
    assert "Usable until: Say until when it may be used" in words
    assert "The code: Write the code customers redeem" in words


async def test_what_was_looked_at_is_what_is_published(site, mia):
    where = await saved(mia)
    await mia.post(f"{where}/edit", **(TYPED | {"name": "Other"}))
    assert (await mia.post(f"{where}/publish", version="1")).status == 409
    assert await state(site, where) == "draft"


async def test_serials_and_promises_stay_once_saved_and_published(site, mia):
    """S1-45: the page shows what is fixed, and refuses a form that changes it all the same."""
    where = await saved(mia)
    changed = TYPED | {"fixed_code": "OTHER", "code_mode": "pack"}
    refused = await mia.post(f"{where}/edit", **changed)
    assert refused.status == 422
    assert "This is fixed since the first save" in plain(await refused.text())
    await mia.post(f"{where}/publish")
    refused = await mia.post(f"{where}/edit", **(TYPED | {"claim_lasts": "4"}))
    assert "This is fixed since it was published" in plain(await refused.text())
    kept = await mia.post(f"{where}/edit", **(TYPED | {"rules": "New terms"}))
    assert kept.status == 303


@pytest.mark.parametrize(
    ("field", "low", "words"),
    [
        ("quantity", "1", "2 are claimed already: write 2 or more"),
        ("per_contact_limit", "0", "A customer already has 1: write 1 or more"),
        ("per_contact_daily_limit", "0", "A customer already has 1 today: write 1 or more"),
        ("redemption_limit", "1", "2 are redeemed already: write 2 or more"),
        ("per_contact_redemption_limit", "0", "A customer has already redeemed 1: write 1 or more"),
    ],
)
async def test_no_limit_is_lowered_below_what_is_used(site, mia, field, low, words):
    """S0-09, S0-10, S1-30: lowering is refused with the figure."""
    typed = {"per_contact_limit": "3", "per_contact_daily_limit": "2"}
    typed |= {"redemption_limit": "9", "per_contact_redemption_limit": "3"}
    where = await published(mia, **typed)
    till = Shopfront(site)
    for name in ("Mei", "Tom"):
        await till.redeem((await claim(site, where, await site.chat(name))).claim)
    form = TYPED | typed
    refused = await mia.post(f"{where}/edit", **(form | {field: low}))
    assert refused.status == 422
    assert words in plain(await refused.text())
    enough = {"quantity": "2", "per_contact_limit": "1", "per_contact_daily_limit": "1"}
    enough |= {"redemption_limit": "2", "per_contact_redemption_limit": "1"}
    assert (await mia.post(f"{where}/edit", **(form | {field: enough[field]}))).status == 303


async def test_a_members_quota_is_not_lowered_below_what_was_sent(site, mia):
    """S1-08, S1-10: the default quota, with the figure of what a member has sent."""
    where = await published(mia, default_quota="5")
    sue = await site.member("Sue", "service_agent")
    await claim(site, where, await site.chat(), member_id=sue.id)
    refused = await mia.post(f"{where}/edit", **(TYPED | {"default_quota": "0"}))
    assert "A member has already sent 1: write 1 or more" in plain(await refused.text())
