"""Signing in at /shop: by password or a one-time link, with a store chosen and remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.errors import NotFound, Refused
from team.actions.sign_in_link import LINK_LIFE, make_link
from tests.coupons.till.conftest import FROM_US, PASSWORD

ASK = {"headers": FROM_US, "allow_redirects": False}


async def enter(client, staff, **fields):
    email = await staff.password("ray")
    return await client.post(
        "/shop/login", data={"email": email, "password": PASSWORD} | fields, **ASK
    )


async def link(shop, member="ray"):
    async with shop.db.transaction() as tx:
        args = (tx, shop.workspace, shop.members[member], shop.clock.now())
        return await make_link(*args, by=shop.members["ann"])


async def test_a_stranger_signs_in_and_lands_in_the_only_store(client, staff):
    await staff.works_in("ray", "Xinyi")
    first = await client.get("/shop", allow_redirects=False)
    assert (first.status, first.headers["Location"]) == (303, "/shop/login")
    assert (await enter(client, staff, password="wrong wrong wrong")).status == 401
    assert (await enter(client, staff)).headers["Location"] == "/shop"
    page = await (await client.get("/shop")).text()
    assert "Xinyi" in page
    assert "Daan" not in page
    assert (await client.post("/shop/logout", **ASK)).headers["Location"] == "/shop/login"
    assert (await client.get("/shop", allow_redirects=False)).status == 303


async def test_of_several_stores_one_is_chosen_and_remembered(shop, client, staff):
    """S4-18: a verifier is added with the stores they work in."""
    await staff.works_in("ray", "Xinyi", "Daan")
    await enter(client, staff)
    asked = await client.get("/shop", allow_redirects=False)
    assert asked.headers["Location"] == "/shop/stores"
    assert (await client.get("/shop/stores")).status == 200
    strange = await client.post("/shop/stores", data={"store": str(shop.workspace)}, **ASK)
    assert strange.headers["Location"] == "/shop/stores"
    await client.post("/shop/stores", data={"store": str(shop.stores["Daan"])}, **ASK)
    assert "Daan" in await (await client.get("/shop")).text()


async def test_who_has_no_store_is_told_whom_to_ask(client, staff):
    await enter(client, staff)
    page = await (await client.get("/shop")).text()
    assert "No store is set for you" in page


async def test_a_manager_may_stand_in_any_store_and_an_agent_in_none(client, staff):
    for member, told in (("ann", "Where are you?"), ("sue", "does not redeem")):
        client.session.cookie_jar.clear()
        cookies = {"tessera_session": await staff.session(member)}
        page = await (await client.get("/shop", cookies=cookies)).text()
        assert told in page


async def test_a_link_signs_in_once_and_looking_at_it_does_not_use_it_up(shop, client, staff):
    """G9 step 1 and S4-19: the verifier is taken in by a link, shown as a QR code."""
    await staff.works_in("ray", "Xinyi")
    token = (await link(shop)).token
    stored = await shop.db.screens.fetchval("SELECT row_to_json(l)::text FROM sign_in_link l")
    assert token not in stored
    path = f"/shop/in/{token}"
    for _ in range(2):
        assert "Sign in as Ray" in await (await client.get(path)).text()
    assert (await client.post(path, **ASK)).headers["Location"] == "/shop"
    assert "Xinyi" in await (await client.get("/shop")).text()
    again = await client.post(path, **ASK)
    assert again.status == 404
    assert "no longer works" in await (await client.get(path)).text()


async def test_a_link_ends_by_itself_by_a_newer_one_and_with_its_verifier(shop, client):
    old, new = await link(shop), await link(shop)
    assert (await client.get(f"/shop/in/{old.token}")).status == 404
    shop.clock.advance(LINK_LIFE - timedelta(seconds=1))
    assert (await client.get(f"/shop/in/{new.token}")).status == 200
    await shop.db.screens.execute("UPDATE member SET role = 'admin' WHERE name = 'Ray'")
    assert (await client.get(f"/shop/in/{new.token}")).status == 404
    shop.clock.advance(timedelta(seconds=1))
    assert (await client.post(f"/shop/in/{new.token}", **ASK)).status == 404


async def test_links_are_for_verifiers_of_the_same_workspace_only(shop):
    with pytest.raises(Refused):
        await link(shop, "sue")
    shop.members["nobody"] = shop.workspace
    with pytest.raises(NotFound):
        await link(shop, "nobody")


async def test_guessing_links_and_passwords_slows_down(client, staff):
    told = [(await client.get(f"/shop/in/guess-{n}")).status for n in range(30)]
    assert told[:20] == [404] * 20
    assert 429 in told
    told = [(await client.post(f"/shop/in/guess-{n}", **ASK)).status for n in range(30)]
    assert set(told) == {429}
    told = [(await enter(client, staff, password=f"wrong wrong {n}")).status for n in range(8)]
    assert 429 in told


async def test_another_sites_form_signs_nobody_in(client, staff):
    answer = await client.post("/shop/login", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


@pytest.mark.parametrize(
    ("language", "word"),
    [("zh-Hant", "核銷優惠券"), ("zh-Hans", "核销优惠券"), ("ja", "使用処理"), ("th", "แลกใช้")],
)
async def test_the_page_speaks_the_chosen_language(client, staff, language, word):
    await staff.works_in("ray", "Xinyi")
    await enter(client, staff)
    assert (await client.post("/shop/language", data={"language": "xx"}, **ASK)).status == 400
    await client.post("/shop/language", data={"language": language}, **ASK)
    assert word in await (await client.get("/shop")).text()
    client.session.cookie_jar.clear()
    assert (
        word
        in await (await client.get("/shop/login", headers={"Accept-Language": language})).text()
    )


@pytest.mark.parametrize(
    ("tags", "word"),
    [
        ("zh-TW", "核銷優惠券"),
        ("zh-CN", "核销优惠券"),
        ("zh-Hant-SG", "核銷優惠券"),
        ("ja-JP", "使用処理"),
        ("fr,th;q=0.5", "แลกใช้"),
        ("fr", "Redeem coupons"),
    ],
)
async def test_a_stranger_is_spoken_to_in_the_browsers_language(client, tags, word):
    async with client.get("/shop/login", headers={"Accept-Language": tags}) as answer:
        assert word in await answer.text()


async def test_a_second_step_is_asked_for_at_the_till_too(shop, client, staff):
    await staff.works_in("ray", "Xinyi")
    await shop.db.screens.execute(
        "INSERT INTO second_step (id, member_id, secret, created_at, confirmed_at, last_step)"
        " VALUES (gen_random_uuid(), $1, '', $2, $2, 0)",
        *(shop.members["ray"], shop.clock.now()),
    )
    answer = await enter(client, staff)
    assert answer.headers["Location"] == "/console/login/code?next=%2Fshop"
    assert "tessera_session" not in answer.cookies
    page = await client.get("/shop", allow_redirects=False)
    assert page.headers["Location"] == "/shop/login"


async def test_who_must_set_a_second_step_up_first_redeems_nothing_before(shop, client, staff):
    await staff.works_in("ray", "Xinyi")
    await enter(client, staff)
    await shop.db.screens.execute("UPDATE workspace SET two_steps = true")
    page = await client.get("/shop", allow_redirects=False)
    assert page.headers["Location"] == "/console/me/two-steps"
    script = await client.post("/shop/look-up", json={"number": "x"}, headers=FROM_US)
    assert script.status == 401
