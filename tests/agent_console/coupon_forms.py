"""What a marketer types into the designer, for tests."""

from __future__ import annotations

TYPED = {
    "name": "Latte 50",
    "purpose": "service",
    "benefit": "discount",
    "benefit_value": "50",
    "period": "claim",
    "claim_lasts": "3",
    "claim_unit": "hours",
    "code_mode": "fixed",
    "fixed_code": "LATTE50",
    "code_format": "qr",
    "code_display": "both",
    "quantity": "100",
    "per_contact_limit": "1",
    "redeem_mode": "pin",
}
"""A form that can be saved and published."""


async def saved(browser, **typed):
    """Save a draft as the form does, and return its address under /console/coupons."""
    response = await browser.post("/console/coupons/new", **(TYPED | typed))
    assert response.status == 303, await response.text()
    return response.headers["Location"].partition("/edit")[0]


async def published(browser, **typed):
    """Save and publish, and return the coupon's address."""
    where = await saved(browser, **typed)
    response = await browser.post(f"{where}/publish")
    assert response.status == 303, await response.text()
    return where
