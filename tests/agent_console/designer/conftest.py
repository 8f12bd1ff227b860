"""A marketer at the console, with a client of the tests and with a real browser."""

from __future__ import annotations

from functools import partial

import pytest

from tests.agent_console.coupon_forms import saved
from tests.agent_console.desk import Desk


@pytest.fixture
async def mia_saved(site):
    """The address of a draft that an admin has saved."""
    await site.member("Ann", "admin")
    return await saved(await site.browser("ann@tea.example"))


@pytest.fixture
async def screen(site, browser):
    """Open a page as Mia; an error in any page fails the test."""
    await site.member("Mia", "marketer")
    desk = Desk(site, browser)
    yield partial(desk.open, "mia@tea.example")
    await desk.close()
