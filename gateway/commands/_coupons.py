"""How commands name a coupon."""

from __future__ import annotations

from uuid import UUID

from gateway.site import Site
from runtime.errors import Invalid, NotFound


async def find_coupon(site: Site, named: str) -> UUID:
    """Return the id of a coupon given by id or exact name; raises NotFound, or Invalid when ambiguous."""
    rows = await site.database.screens.fetch(
        "SELECT id FROM coupon WHERE id::text = $1 OR name = $1 LIMIT 2", named
    )
    if not rows:
        raise NotFound(f"There is no coupon {named!r}")
    if len(rows) > 1:
        raise Invalid("coupon", f"Several coupons are called {named!r}; give the id instead")
    return UUID(str(rows[0]["id"]))
