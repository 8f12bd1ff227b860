"""A marketer at the console."""

from __future__ import annotations

import pytest


@pytest.fixture
async def mia(site):
    """Mia's browser, signed in."""
    await site.member("Mia", "marketer")
    return await site.browser("mia@tea.example")
