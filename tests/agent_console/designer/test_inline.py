"""Edits in place: how many there are, when it is given out, until when it is usable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.agent_console.coupon_forms import TYPED, published, saved
from tests.agent_console.site import plain


async def column(site, name):
    return await site.db.screens.fetchval(f"SELECT {name} FROM coupon")  # noqa: S608 (our own word)


async def test_a_published_coupon_is_topped_up_from_the_list(site, mia):
    """S1-47, S2-23: the new total is there at once."""
    where = await published(mia)
    form = await (await mia.part(f"{where}/inline/quantity")).text()
    assert 'value="100"' in form
    answer = await mia.act(f"{where}/quantity", quantity="110")
    assert "saved" in await answer.text()
    assert await column(site, "quantity") == 110
    assert await site.db.screens.fetchval("SELECT count(*) FROM unit WHERE state = 'free'") == 110


async def test_the_use_period_is_moved_from_the_list(site, mia):
    """S2-24: the last day is named, the whole of it counts."""
    where = await published(mia, period="fixed", valid_until_day="2026-05-31")
    answer = await mia.act(f"{where}/validity", valid_until_day="2026-06-30", valid_until_time="")
    assert answer.status == 200
    assert await column(site, "valid_until") == datetime(2026, 6, 30, 16, tzinfo=UTC)
    form = await (await mia.part(f"{where}/inline/validity")).text()
    assert 'value="2026-06-30"' in form


async def test_the_sending_window_is_moved_in_place_and_without_a_script(site, mia):
    """S1-14: the window in which it may be given out."""
    where = await published(mia)
    typed = {"send_from_day": "2026-05-05", "send_until_day": "2026-05-05", "next": where}
    answer = await mia.post(f"{where}/window", send_until_time="18:00", **typed)
    assert answer.headers["Location"] == where
    assert await column(site, "send_from") == datetime(2026, 5, 4, 16, tzinfo=UTC)
    assert await column(site, "send_until") == datetime(2026, 5, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("quantity", {"quantity": "ten"}, "Write a whole number"),
        (
            "window",
            {"send_from_day": "2026-05-05", "send_until_day": "2026-05-04"},
            "must come after",
        ),
        ("validity", {"valid_until_time": "12:00", "valid_until_day": ""}, "Choose the day"),
        ("validity", {"valid_until_day": "0001-01-01"}, "between 2000 and 2100"),
    ],
)
async def test_a_wrong_value_is_told_in_place_with_what_was_typed(site, mia, kind, typed, words):
    where = await saved(mia)
    answer = await (await mia.act(f"{where}/{kind}", **typed)).text()
    assert words in plain(answer)
    for value in filter(None, typed.values()):
        assert f'value="{value}"' in answer
    assert await column(site, "version") == 1


async def test_nothing_but_the_named_fields_changes(site, mia):
    where = await published(mia)
    await mia.act(f"{where}/quantity", quantity="101", name="Stolen", valid_until_day="2026-06-01")
    assert await column(site, "name") == TYPED["name"]
    assert await column(site, "valid_until") is None


async def test_an_unknown_edit_is_not_there_and_a_form_folds_away(mia):
    where = await saved(mia)
    assert (await mia.part(f"{where}/inline/colour")).status == 404
    assert (await mia.part(f"{where}/inline/colour/close")).status == 404
    assert "change-window" in await (await mia.part(f"{where}/inline/window/close")).text()


async def test_the_list_offers_the_edits_to_whoever_may(site, mia):
    """S2-23, S2-24, S2-25: from the list's columns, and from the coupon's own page."""
    where = await published(mia)
    for path in ("/console/coupons", f"{where}/settings"):
        page = await mia.text(path)
        assert 'data-role="change-quantity"' in page
        assert 'data-role="change-validity"' in page
    assert 'data-role="change-window"' in page


async def test_the_history_tells_who_changed_what_from_what_to_what(site, mia):
    """S2-29: the configuration, and how it became what it is."""
    where = await published(mia)
    await mia.act(f"{where}/quantity", quantity="110")
    await mia.post(f"{where}/edit", **(TYPED | {"quantity": "110", "redeem_mode": "none"}))
    await mia.post(f"{where}/pause")
    words = await mia.words(f"{where}/history")
    for told in (
        "Mia created it",
        "Mia published it",
        "Mia changed how many there are",
        "How many in all 100 → 110",
        "How it is redeemed Staff enter their PIN on the customer's phone → Only at the till: no button",
        "Mia paused it",
    ):
        assert told in words.replace("&#39;", "'")
