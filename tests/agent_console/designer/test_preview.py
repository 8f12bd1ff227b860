"""The phone beside the form: what is typed is what customers will see, before anything is saved."""

from __future__ import annotations

import pytest

from tests.agent_console.coupon_forms import TYPED, saved
from tests.agent_console.site import plain

PREVIEW = "/console/coupons/preview"


async def seen(browser, phase, **typed):
    response = await browser.post(f"{PREVIEW}/page?phase={phase}", **(TYPED | typed))
    assert response.status == 200
    return response, await response.text()


async def parts(browser, **typed):
    response = await browser.act(PREVIEW, **(TYPED | typed))
    assert response.status == 200
    return await response.text()


async def test_the_card_of_each_channel_follows_what_is_typed(site, mia):
    """S0-24, S1-02, S1-03, S1-04: four channels, the card as each of them will show it; nothing is stored."""
    page = await parts(mia, name="Oolong 20", card_text="Twenty off")
    for channel in ("line", "messenger", "instagram", "whatsapp"):
        assert f'data-chat="{channel}"' in page
    assert page.count("<strong>Oolong 20</strong>") >= 3
    assert "Twenty off" in page
    assert await site.db.screens.fetchval("SELECT count(*) FROM coupon") == 0


async def test_what_a_channel_does_not_take_is_told_before_publishing(mia):
    page = await parts(mia, name="茶" * 100, card_text="奶" * 250)
    assert "at most" in page


async def test_a_code_stands_in_the_chat_only_where_it_is_allowed(mia):
    """S0-16: how the code is shown is chosen, in the chat too."""
    assert "LATTE50" not in await parts(mia)
    assert "LATTE50" in await parts(mia, allow_code_in_chat="on", allow_code_in_chat_there="1")


async def test_the_page_is_shown_before_during_and_after_its_validity(mia):
    """S0-15, S0-24, S1-18, S2-07: the code stands on the page only inside the validity."""
    fixed = {
        "period": "fixed",
        "valid_from_day": "2026-06-01",
        "valid_until_day": "2026-06-30",
        "rules": "One cup a visit.",
    }
    for phase, shown in (("before", False), ("during", True), ("after", False)):
        _, page = await seen(mia, phase, **fixed)
        assert ("LATTE50" in page) is shown, phase
        assert "One cup a visit." in page
        assert "Latte 50" in page


@pytest.mark.parametrize(
    ("phase", "words"), [("before", "There is no time before"), ("after", "There is no time after")]
)
async def test_a_time_that_does_not_exist_is_said(mia, phase, words):
    _, page = await seen(mia, phase, period="fixed", valid_until_day="")
    assert words in page


async def test_the_frame_acts_on_nothing_and_only_our_pages_may_hold_it(mia):
    response, page = await seen(mia, "during")
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox allow-same-origin" in policy
    assert "frame-ancestors 'self'" in policy
    assert "<script" not in page


async def test_half_typed_values_leave_the_last_good_ones_on_the_phone(mia):
    where = await saved(mia)
    typed = {"coupon": where.rpartition("/")[2], "colour_page": "#12", "quantity": "x"}
    _, page = await seen(mia, "during", **typed)
    assert "LATTE50" in page


async def test_hard_to_read_colours_are_warned_of_with_the_figure(mia):
    """S1-37, S1-38, S1-39, S1-40, S0-20: four colours; a contrast below 4.5 to 1 is told."""
    page = await parts(mia, colour_button="#FFCC00", colour_button_text="#FFFFFF")
    assert "contrast 1.5 to 1, at least 4.5 is needed" in page
    page = await parts(mia, colour_button="#1F7A5C", colour_button_text="#FFFFFF")
    assert "at least 4.5" not in page
    assert "Words on this background" in await parts(mia, colour_page="#101010")
    _, shown = await seen(mia, "during", colour_page="#FBEEE8", colour_border="#123456")
    assert "#FBEEE8" in shown
    assert "#123456" in shown


async def test_notices_are_shown_as_a_customer_reads_them(mia):
    """S1-30, S1-31, S1-32: the customer's name and more stand in the notice."""
    page = plain(
        await parts(
            mia,
            notice_limit="{name}, you have {coupon} of {store} already, until {until}",
            period="fixed",
            valid_until_day="2026-05-31",
        )
    )
    assert "Mei, you have Latte 50 of Tea house already, until 2026年6月1日 00:00" in page
    assert "優惠券已全部領完" in page


async def test_an_unknown_variable_is_refused_with_the_list(mia):
    """S1-31: what may stand in a notice is told."""
    wrong = {"notice_sold_out": "Sorry {nmae}"}
    response = await mia.post("/console/coupons/new", **(TYPED | wrong))
    words = plain(await response.text())
    assert "There is no variable {nmae}; use {name}, {coupon}, {until}, {store}" in words
