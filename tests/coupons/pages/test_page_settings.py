"""What a marketer sets for the customer's page is what the page shows."""

from __future__ import annotations

import pytest


async def page(client, issue, **facts):
    path, _ = await issue(language="en", **facts)
    await client.post(path + "/open", headers={"Sec-Fetch-Site": "same-origin"})
    return await (await client.get(path)).text()


@pytest.mark.parametrize(
    ("mode", "form", "pin"), [("none", False, False), ("self", True, False), ("pin", True, True)]
)
async def test_the_redeem_button_may_be_absent_the_customers_own_or_the_staffs(
    client, issue, mode, form, pin
):
    """S0-17: the button's behaviour is configurable, and it may be absent."""
    shown = await page(client, issue, redeem_mode=mode)
    assert ("/redeem" in shown) is form
    assert ('name="pin"' in shown) is pin


async def test_the_redeem_buttons_words_are_the_marketers_where_there_is_one(client, issue):
    """S0-18: custom button text, only when the button is on."""
    assert "Use it now" in await page(client, issue, redeem_mode="pin", button_text="Use it now")
    assert "Use it now" not in await page(
        client, issue, redeem_mode="none", button_text="Use it now"
    )


@pytest.mark.parametrize("on", [True, False])
async def test_the_copy_button_is_switched_on_or_off(client, issue, on):
    """S0-19."""
    assert ("data-copy" in await page(client, issue, copy_button=on)) is on


async def test_the_terms_stand_on_the_page_as_text(client, issue):
    """S0-23: rules, limits and redemption terms."""
    shown = await page(client, issue, rules="One cup a visit.\n<b>Not with other offers.</b>")
    assert "One cup a visit." in shown
    assert "&lt;b&gt;Not with other offers.&lt;/b&gt;" in shown
