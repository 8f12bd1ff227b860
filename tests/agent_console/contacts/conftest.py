"""Mei, who wrote twice."""

from __future__ import annotations

import pytest


@pytest.fixture
async def two(site):
    """Mei, once on LINE and once on WhatsApp."""
    wa = await site.account("whatsapp", "shop")
    return await site.chat("Mei"), await site.chat("Mei Lin", account=wa)
