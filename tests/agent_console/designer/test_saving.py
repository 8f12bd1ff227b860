"""Saving a coupon: what is kept, what is told, who may."""

from __future__ import annotations

import re

import pytest

from tests.agent_console.coupon_forms import TYPED, published, saved
from tests.agent_console.site import plain


async def coupon(site):
    return await site.db.screens.fetchrow("SELECT * FROM coupon ORDER BY id DESC LIMIT 1")


async def test_the_new_coupon_button_leads_to_a_form(mia):
    """S0-03, S0-05, S2-04: the menu holds Coupons, and the form asks what a coupon needs."""
    page = await mia.text("/console/coupons/new")
    assert 'href="/console/coupons"' in page
    for name in ("name", "fixed_code", "valid_until_day", "redemption_limit"):
        assert f'name="{name}"' in page


async def test_saving_makes_a_draft_that_holds_what_was_typed(site, mia):
    """S1-43, S0-25: saved is a draft, with the time it was saved."""
    await saved(mia)
    row = await coupon(site)
    assert row["state"] == "draft"
    facts = {"name": "Latte 50", "fixed_code": "LATTE50", "quantity": 100, "lasts_minutes": 180}
    assert {name: row[name] for name in facts} == facts
    words = await mia.words(f"/console/coupons/{row['id']}/edit")
    assert "Draft" in words
    assert "saved 13:00" in words
    assert "ready to publish" in words


async def test_an_error_loses_no_typed_value_and_leads_to_the_field(site, mia):
    """S0-07: a required name is asked for, with everything else kept."""
    wrong = {"name": " ", "quantity": "many", "rules": "One cup a visit.", "colour_page": "red"}
    response = await mia.post("/console/coupons/new", **(TYPED | wrong))
    page = await response.text()
    assert response.status == 422
    for field in ("name", "quantity", "colour_page"):
        assert f'href="#f-{field}"' in page
        assert f'id="e-{field}"' in page
    for kept in ("many", "One cup a visit.", "red", "LATTE50"):
        assert kept in page
    assert await coupon(site) is None


async def test_the_state_bar_counts_what_is_still_to_finish_and_leads_there(mia):
    """S0-08: without an end of its validity a coupon cannot be published."""
    where = await saved(mia, period="fixed", fixed_code="", valid_until_day="")
    page = await mia.text(f"{where}/edit")
    assert "2 things to finish" in plain(page)
    assert 'href="#f-valid_until"' in page
    assert 'href="#f-fixed_code"' in page
    refused = await mia.post(f"{where}/publish")
    assert refused.status == 422


async def test_publishing_makes_the_units_and_opens_the_coupon(site, mia):
    """S1-46: publishing is an act of its own."""
    await published(mia)
    row = await coupon(site)
    assert row["state"] == "published"
    assert row["published_at"] == site.clock.now()
    assert await site.db.screens.fetchval("SELECT count(*) FROM unit WHERE state = 'free'") == 100


async def test_two_editors_at_once_the_second_is_told_and_nothing_is_lost(site, mia):
    where = await saved(mia)
    opened = await mia.text(f"{where}/edit")
    version = re.search(r'name="version" value="(\d+)"', opened)[1]
    await site.member("Ann", "admin")
    ann = await site.browser("ann@tea.example")
    first = await ann.post(f"{where}/edit", **(TYPED | {"name": "Latte 60", "version": version}))
    assert first.status == 303
    second = await mia.post(f"{where}/edit", **(TYPED | {"name": "Latte 70", "version": version}))
    page = await second.text()
    assert second.status == 409
    assert "Ann has saved this coupon since you opened it" in plain(page)
    assert 'value="Latte 70"' in page
    assert (await coupon(site))["name"] == "Latte 60"
    fresh = re.search(r'name="version" value="(\d+)"', page)[1]
    third = await mia.post(f"{where}/edit", **(TYPED | {"name": "Latte 70", "version": fresh}))
    assert third.status == 303
    assert (await coupon(site))["name"] == "Latte 70"


async def test_stores_are_chosen_from_those_that_exist(site, mia):
    """S1-09, S4-06: a sales coupon names stores of the workspace; another's is not taken."""
    await site.db.screens.execute(
        """UPDATE workspace SET features = '{"sales_types": true}' WHERE id = $1""", site.house
    )
    ours, theirs = [
        await site.db.screens.fetchval(
            "INSERT INTO store (id, workspace_id, name, address, phone)"
            " VALUES (gen_random_uuid(), $1, $2, '', '') RETURNING id",
            workspace,
            name,
        )
        for workspace, name in ((site.house, "Xinyi"), (site.rival, "Elsewhere"))
    ]
    where = await saved(mia, purpose="sales")
    page = await mia.text(f"{where}/edit")
    assert "Xinyi" in page
    assert "Elsewhere" not in page
    assert "Choose the stores it holds in" in page
    form = TYPED | {"purpose": "sales", "stores": str(ours)}
    assert (await mia.post(f"{where}/edit", **form)).status == 303
    assert (await mia.post(f"{where}/edit", **(form | {"stores": str(theirs)}))).status == 303
    assert await site.db.screens.fetch("SELECT store_id FROM coupon_store") == []


@pytest.mark.parametrize("role", ["service_agent", "supervisor", "seller", "verifier"])
async def test_only_admins_and_marketers_design(site, role):
    await site.member("Sam", role)
    sam = await site.browser("sam@tea.example")
    assert (await sam.get("/console/coupons/new")).status == 403
    assert (await sam.post("/console/coupons/new", **TYPED)).status == 403
    assert await coupon(site) is None
