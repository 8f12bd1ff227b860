"""The table of quotas: who may send how many, what they sent, and many lines changed at once."""

from __future__ import annotations

import re

import pytest

from coupons.actions.set_quota import set_quotas
from runtime.ids import uuid7


def rows(page):
    """Return the table's lines as lists of words."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    found = []
    for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL):
        cells = re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        found.append([re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", cell)).strip() for cell in cells])
    return found


async def test_the_table_tells_who_may_send_how_many_and_who_sent(site, ann):
    """S1-08, S1-13: the number each member may send is configurable, and what remains is shown."""
    sue = await site.member("Sue", "service_agent")
    await site.member("Sel", "seller")
    coupon = await site.coupon("Tea")
    async with site.db.transaction() as tx:
        await set_quotas(tx, coupon, {str(sue.id): 8}, site.clock.now())
    found = rows(await ann.text(f"/console/coupons/{coupon}/quotas"))
    assert ["Sue", "service agent", "8 (their own)", "0", "8"] in found
    assert ["Ann", "admin", "5", "0", "5"] in found
    assert not [row for row in found if row[0] == "Sel"]


async def test_ticked_lines_change_together(site, ann):
    sue = await site.member("Sue", "service_agent")
    ken = await site.member("Ken", "supervisor")
    coupon = await site.coupon("Tea")
    path = f"/console/coupons/{coupon}/quotas"
    sent = {"who": [str(sue.id), str(ken.id), "service_agent"], "value": "2", "do": "set"}
    assert (await ann.post(path, **sent)).status == 303
    found = rows(await ann.text(path))
    assert ["Sue", "service agent", "2 (their own)", "0", "2"] in found
    assert ["Ken", "supervisor", "2 (their own)", "0", "2"] in found
    assert (await ann.post(path, who=[str(sue.id)], value="", do="set")).status == 303
    assert ["Sue", "service agent", "no limit (their own)", "0", "no limit"] in rows(
        await ann.text(path)
    )
    assert (await ann.post(path, who=[str(sue.id)], value="9", do="clear")).status == 303
    assert ["Sue", "service agent", "2", "0", "2"] in rows(await ann.text(path))


@pytest.mark.parametrize("typed", ["-1", "ten", "1.5", "99999999", "٣"])
async def test_what_is_no_number_is_refused_and_stays_in_the_form(site, ann, typed):
    sue = await site.member("Sue", "service_agent")
    path = f"/console/coupons/{await site.coupon('Tea')}/quotas"
    response = await ann.post(path, who=[str(sue.id)], value=typed, do="set")
    text = await response.text()
    assert response.status == 422
    assert "Write a whole number from 0 to 10,000,000" in text
    assert f'value="{typed}"' in text
    assert text.count("checked") == 1


async def test_nothing_ticked_changes_nothing(site, ann):
    path = f"/console/coupons/{await site.coupon('Tea')}/quotas"
    response = await ann.post(path, value="3", do="set")
    assert response.status == 422
    assert "Tick the lines to change first." in await response.text()


async def test_nobody_of_another_workspace_gets_in(site, ann):
    coupon = await site.coupon("Tea")
    eve = await site.member("Eve", "admin", site.rival)
    stranger = await site.browser("eve@rival.example")
    path = f"/console/coupons/{coupon}/quotas"
    assert (await stranger.get(path)).status == 404
    assert (await stranger.post(path, who=["admin"], value="0", do="set")).status == 404
    assert (await ann.post(path, who=[str(eve.id)], value="0", do="set")).status == 404
    assert (await ann.get(f"/console/coupons/{uuid7()}/quotas")).status == 404
    assert await site.db.screens.fetchval("SELECT count(*) FROM quota_value") == 0


async def test_a_marketing_coupon_says_that_nobody_sends_it(site, ann):
    coupon = await site.coupon("Latte", purpose="marketing")
    assert "Nobody sends this coupon from a conversation" in await ann.words(
        f"/console/coupons/{coupon}/quotas"
    )
