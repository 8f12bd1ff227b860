"""The customer's list of coupons: opened by a link in their own chat, never by a claim's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coupons.my_coupons import link_address

OURS = {"Sec-Fetch-Site": "same-origin"}
WORDS = OURS | {"X-Tessera-Part": "words"}
SENT = "SELECT text FROM message WHERE direction = 'out' AND trigger = 'my coupons'"


async def press(client, path, headers=WORDS):
    return await client.post(f"{path}/mine", headers=headers, allow_redirects=False)


async def contact(shop):
    return await shop.db.screens.fetchval("SELECT contact_id FROM claim ORDER BY id LIMIT 1")


async def listed(shop, client, when=None):
    made_at = when or shop.clock.now()
    link = link_address(shop.keyring, "", await contact(shop), made_at)
    async with client.get(link) as answer:
        return answer.status, await answer.text()


async def test_the_button_sends_the_link_into_the_chat_and_shows_it_nowhere(shop, client, issue):
    """S4-16: the wallet link goes to the chat; the claim's page never holds it."""
    path, _ = await issue()
    answer = await press(client, path)
    assert await answer.json() == {"said": "Sent: look into your chat."}
    [row] = await shop.db.screens.fetch(SENT)
    assert "https://shop.example/c/mine/" in row["text"]
    async with client.get(path) as page:
        assert "/c/mine/" not in await page.text()
    again = await press(client, path)
    assert again.status == 429
    assert len(await shop.db.screens.fetch(SENT)) == 1
    shop.clock.advance(timedelta(minutes=1))
    assert (await press(client, path)).status == 200


async def test_without_script_the_answer_is_a_page(client, issue):
    path, _ = await issue()
    answer = await press(client, path, OURS)
    assert "Sent: look into your chat." in await answer.text()


async def test_where_nobody_may_write_the_customer_is_told_to_write_first(shop, client, issue):
    path, _ = await issue()
    await shop.db.screens.execute("UPDATE channel_account SET channel = 'messenger'")
    await shop.db.screens.execute(
        "UPDATE conversation SET customer_at = customer_at - interval '2 days'"
    )
    answer = await press(client, path)
    assert answer.status == 409
    assert "Write “my coupons” to us in the chat" in (await answer.json())["said"]
    assert await shop.db.screens.fetch(SENT) == []


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://e.example"}]
)
async def test_another_site_cannot_press_the_button(shop, client, issue, headers):
    path, _ = await issue()
    assert (await press(client, path, headers)).status == 403
    assert await shop.db.screens.fetch(SENT) == []


async def test_the_list_shows_every_claim_of_this_customer_and_no_other(shop, client, issue):
    path, _ = await issue(name="Latte")
    other, _ = await issue(name="Cake")
    status, html = await listed(shop, client)
    assert status == 200
    assert path in html
    assert other not in html
    assert "Ready" in html


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("UPDATE claim SET state = 'redeemed'", "Redeemed"),
        ("UPDATE claim SET state = 'voided'", "Revoked"),
        ("UPDATE claim SET state = 'released'", "Taken back"),
        ("UPDATE claim SET state = 'given_away'", "Given away"),
        ("UPDATE coupon SET state = 'paused'", "Paused"),
        ("UPDATE coupon SET valid_until = '2020-01-01'", "Expired"),
        ("UPDATE coupon SET valid_from = '2030-01-01'", "Not valid yet"),
        ("UPDATE claim SET first_opened_at = issued_at", "Ready"),
    ],
)
async def test_each_says_what_has_become_of_it(shop, client, issue, change, word):
    await issue()
    await shop.db.screens.execute(change)
    assert f"<i>{word}</i>" in (await listed(shop, client))[1]


async def test_the_link_ends_after_a_quarter_of_an_hour(shop, client, issue):
    await issue()
    made_at = shop.clock.now()
    shop.clock.advance(timedelta(minutes=14, seconds=59))
    assert (await listed(shop, client, made_at))[0] == 200
    shop.clock.advance(timedelta(seconds=1))
    status, html = await listed(shop, client, made_at)
    assert status == 404
    assert "This link has ended" in html


async def test_a_program_that_fetches_the_link_sees_no_claims(shop, client, issue):
    path, _ = await issue()
    link = link_address(shop.keyring, "", await contact(shop), shop.clock.now())
    async with client.get(link, headers={"User-Agent": "facebookexternalhit/1.1"}) as answer:
        assert path not in await answer.text()


@pytest.mark.parametrize("token", ["x" * 50, "short", "é" * 50])
async def test_what_was_never_a_link_opens_nothing(client, token):
    async with client.get(f"/c/mine/{token}") as answer:
        assert answer.status == 404
