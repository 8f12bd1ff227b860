"""The running console that these tests look at, and who works in it."""

from __future__ import annotations

import pytest

from tests.agent_console.desk import Desk
from tests.agent_console.site import Site


@pytest.fixture
async def site(db, dsn, clock, keyring, tmp_path):
    """The running console: a tea house with one LINE account, and a rival workspace."""
    made = await Site(db, dsn, clock, keyring, tmp_path).start()
    yield made
    await made.stop()


@pytest.fixture
async def desk(site, browser):
    """Browsers of members; what goes wrong in any page fails the test."""
    opened = Desk(site, browser)
    yield opened
    await opened.close()


@pytest.fixture
async def sue(site):
    """Sue, a service agent, signed in; `site.sue` is their id."""
    site.sue = (await site.member("Sue", "service_agent")).id
    return await site.browser("sue@tea.example")


@pytest.fixture
async def ken(site):
    """Ken, a supervisor, signed in; `site.ken` is their id."""
    site.ken = (await site.member("Ken", "supervisor")).id
    return await site.browser("ken@tea.example")


@pytest.fixture
async def ann(site):
    """Ann, an admin, signed in; `site.ann` is their id."""
    site.ann = (await site.member("Ann", "admin")).id
    return await site.browser("ann@tea.example")


@pytest.fixture
async def mia(site):
    """Mia, a marketer, signed in; `site.mia` is their id."""
    site.mia = (await site.member("Mia", "marketer")).id
    return await site.browser("mia@tea.example")
