"""A marketer at the console, with a client of the tests and with a real browser."""

from __future__ import annotations

import pytest

from tests.agent_console.coupon_forms import saved
from tests.agent_console.site import PASSWORD

DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"}


@pytest.fixture
async def mia(site):
    """Mia's browser, signed in."""
    await site.member("Mia", "marketer")
    return await site.browser("mia@tea.example")


@pytest.fixture
async def mia_saved(site):
    """The address of a draft that an admin has saved."""
    await site.member("Ann", "admin")
    return await saved(await site.browser("ann@tea.example"))


@pytest.fixture
async def screen(site, browser):
    """Open a page as Mia; an error in any page fails the test."""
    await site.member("Mia", "marketer")
    wrong, contexts = [], []

    async def open_page(path, **options):
        context = await browser.new_context(
            base_url=str(site.server.make_url("/")), **(DESK | options)
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(f"/console/login?next={path}")
        await page.fill("#email", "mia@tea.example")
        await page.fill("#password", PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"**{path}")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert [line for line in wrong if "422" not in line and "404" not in line] == []
