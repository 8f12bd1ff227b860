"""A shop of their own for the tests of coupons."""

from __future__ import annotations

import pytest

from tests.coupons.counter import Counter
from tests.coupons.shop import Shop


@pytest.fixture
async def shop(db, clock, keyring):
    """A built shop without coupons."""
    return await Shop(db, clock, keyring).build()


@pytest.fixture
async def counter(shop):
    """Ray's till at Xinyi and Bo's at Daan."""
    return Counter(shop)
