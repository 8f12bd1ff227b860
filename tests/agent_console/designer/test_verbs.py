"""From a coupon's own pages a marketer reaches everything that can be done with it."""

from __future__ import annotations

import re

from tests.agent_console.coupon_forms import published


async def test_everything_that_can_be_done_with_a_coupon_is_one_step_away(mia):
    """S2-02, S0-02, S0-04: create, view, edit inventory and validity, promote, delete; page, records and issue."""
    assert (await mia.get("/console/coupons/new")).status == 200
    where = await published(mia)
    found = set()
    for path in (where, f"{where}/edit", f"{where}/settings"):
        found |= set(re.findall(r'(?:href|action|hx-get)="([^"]+)"', await mia.text(path)))
    wanted = ("/edit", "/claims", "/promote", "/codes", "/archive", "/inline/quantity")
    assert [end for end in wanted if f"{where}{end}" not in found] == []
    assert f"{where}/inline/validity" in found
    for end in ("/claims", "/promote", "/codes", "/settings", "/ledger"):
        assert (await mia.get(where + end)).status == 200, end
