"""The console's page of the tills: verifiers with one-time links, and staff PINs."""

from __future__ import annotations

import re

import pytest

from runtime.ids import uuid7


@pytest.fixture
async def ann(site):
    """Ann, an admin, in a house with two stores."""
    site.stores = {}
    for name in ("Daan", "Xinyi"):
        site.stores[name] = uuid7()
        await site.db.screens.execute(
            "INSERT INTO store (id, workspace_id, name, address, phone) VALUES ($1, $2, $3, '', '')",
            *(site.stores[name], site.house, name),
        )
    await site.member("Ann", "admin")
    return await site.browser("ann@tea.example")


async def value(site, query, *values):
    return await site.db.screens.fetchval(query, *values)


async def test_a_verifier_is_added_with_a_store_and_gets_a_link_that_is_shown_once(site, ann):
    """S4-18: add a verifier, choose the store, finish; S4-19: they come in by scanning a QR code."""
    fields = {"name": "Ray", "email": "ray@tea.example", "store": str(site.stores["Xinyi"])}
    answer = await ann.post("/console/tills/verifiers", **fields)
    html = await answer.text()
    [link] = set(re.findall(r"http://localhost:8080(/shop/in/[\w-]+)", html))
    assert "<svg" in html
    assert link not in await ann.text("/console/tills")
    role = (
        "SELECT role FROM member m JOIN member_store o ON o.member_id = m.id WHERE m.name = 'Ray'"
    )
    assert await value(site, role) == "verifier"
    assert await value(site, "SELECT count(*) FROM sign_in_link") == 1
    stored = await value(site, "SELECT token_hash FROM sign_in_link")
    assert link.rpartition("/")[2].encode() not in stored


async def test_a_verifier_needs_no_e_mail_only_a_name_or_phone_and_a_store(site, ann):
    """S4-18: by phone."""
    for _ in range(2):
        fields = {"name": "0912 345 678", "store": str(site.stores["Xinyi"])}
        answer = await ann.post("/console/tills/verifiers", **fields)
        assert "/shop/in/" in await answer.text()
    for path in ("/console/tills", "/console/settings/members"):
        page = await ann.text(path)
        assert "0912 345 678" in page
        assert ".invalid" not in page
    assert (
        await value(site, "SELECT count(DISTINCT email) FROM member WHERE role = 'verifier'") == 2
    )


async def test_a_verifiers_stores_are_changed_and_a_newer_link_ends_the_older(site, ann):
    ray = (await site.member("Ray", "verifier")).id
    place = f"/console/tills/verifiers/{ray}"
    assert (await ann.post(f"{place}/stores", store=str(site.stores["Daan"]))).status == 303
    assert await value(site, "SELECT store_id FROM member_store") == site.stores["Daan"]
    for _ in range(2):
        assert (await ann.post(f"{place}/link")).status == 200
    assert await value(site, "SELECT count(*) FROM sign_in_link") == 1
    sue = (await site.member("Sue", "service_agent")).id
    assert (await ann.post(f"/console/tills/verifiers/{sue}/link")).status == 409
    assert (await ann.post(f"/console/tills/verifiers/{sue}/stores")).status == 404


async def test_a_pin_is_added_for_several_stores_changed_switched_off_and_on(site, ann):
    """S1-65: named staff codes, managed in the console."""
    both = {"name": "Ray", "pin": "482159"}
    answer = await ann.client.post(
        "/console/tills/pins",
        data=[*both.items(), *(("store", str(store)) for store in site.stores.values())],
        headers={"Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    assert answer.status == 303
    assert "Daan, Xinyi" in await ann.words("/console/tills")
    pin, old = await site.db.screens.fetchrow("SELECT id, pin_hash FROM staff_pin")
    path = f"/console/tills/pins/{pin}"
    assert (await ann.post(path, do="rotate", pin="620184")).status == 303
    assert await value(site, "SELECT pin_hash FROM staff_pin") != old
    assert (await ann.post(path, do="stores", store=str(site.stores["Daan"]))).status == 303
    for do, active in (("off", False), ("on", True)):
        assert (await ann.post(path, do=do)).status == 303
        assert await value(site, "SELECT active FROM staff_pin") is active
    actions = await site.db.screens.fetch(
        "SELECT action FROM audit_entry WHERE action LIKE 'pin.%'"
    )
    told = ["pin.add", "pin.rotate", "pin.stores", "pin.off", "pin.on"]
    assert sorted(row["action"] for row in actions) == sorted(told)


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("pins", {"name": "Ray", "pin": "4821"}, "A PIN is six to eight digits"),
        ("pins", {"name": "Ray", "pin": "123456"}, "guessed too easily"),
        ("pins", {"name": "Ray", "pin": "482159", "store": ""}, "Choose at least one store"),
        ("pins", {"name": " ", "pin": "482159"}, "Name the person or till"),
        ("verifiers", {"name": "Ray", "email": "ray"}, "is not an e-mail address"),
        ("verifiers", {"name": "Ray", "email": "r@x.example", "store": ""}, "at least one store"),
        ("verifiers", {"name": " ", "email": "r@x.example"}, "Write the person"),
    ],
)
async def test_what_cannot_be_used_is_told_at_its_form_and_what_was_typed_stays(
    site, ann, path, fields, told
):
    fields = {"store": str(site.stores["Daan"])} | fields
    answer = await ann.post(f"/console/tills/{path}", **fields)
    html = await answer.text()
    assert answer.status == 422
    assert told in html
    assert f'value="{fields["name"]}"' in html
    assert fields.get("pin", "nothing") not in html


async def test_another_workspaces_stores_and_people_are_not_there(site, ann):
    theirs = (await site.member("Eve", "verifier", site.rival)).id
    assert (await ann.post(f"/console/tills/verifiers/{theirs}/link")).status == 404
    assert "Eve" not in await ann.words("/console/tills")
    strange = await ann.post("/console/tills/pins", name="X", pin="482159", store=str(uuid7()))
    assert strange.status == 404


async def test_who_only_redeems_lands_on_the_verifiers_page(site):
    await site.member("Ray", "verifier")
    ray = await site.browser()
    for fields in ({}, {"next": "/console/accounts"}):
        assert (await ray.sign_in("ray@tea.example", **fields)).headers["Location"] == "/shop"
    assert (await ray.get("/console")).headers["Location"] == "/shop"
    assert (await ray.get("/console/login")).headers["Location"] == "/shop"
    refused = await ray.get("/console/inbox")
    assert (refused.status, 'href="/shop"' in await refused.text()) == (403, True)
