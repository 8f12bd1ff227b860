"""The quotas of all coupons: the table, a cell, many cells, and the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from runtime.ids import uuid7
from tests.agent_console.site import plain
from tests.agent_console.test_send_coupon import send

PATH = "/console/quotas"


async def cell(browser, who, coupon, value):
    return await browser.act(f"{PATH}/cell", who=str(who), coupon=str(coupon), cell=value)


def shown(page, who, coupon):
    """Return a cell's own value, what would hold otherwise, and the words under it."""
    found = re.search(rf'<input[^>]*id="cell-{who}-{coupon}"[^>]*>(.*?)</td>', page, re.DOTALL)
    assert found, "there is no such cell"
    facts = [
        re.search(rf'{name}="(.*?)"', found.group(0)).group(1) for name in ("value", "placeholder")
    ]
    return *facts, plain(found.group(1)).strip()


async def test_a_cell_tells_and_changes_what_one_member_may_send(site, ann):
    """S1-08, S1-13: each member's number stands in one table over all coupons."""
    sue = (await site.member("Sue", "service_agent")).id
    tea, milk = await site.coupon("Tea"), await site.coupon("Milk", default_quota=None)
    page = await ann.text(PATH)
    assert shown(page, sue, tea) == ("", "5", "sent 0 · 5 left")
    assert shown(page, sue, milk) == ("", "∞", "sent 0")
    changed = await (await cell(ann, sue, tea, "8")).text()
    assert shown(changed, sue, tea) == ("8", "5", "sent 0 · 8 left")
    changed = await (await cell(ann, "service_agent", tea, "3")).text()
    assert shown(changed, sue, tea) == ("8", "3", "sent 0 · 8 left")
    assert shown(await (await cell(ann, sue, tea, "")).text(), sue, tea)[2] == "sent 0 · 3 left"
    for endless in ("∞", "*"):
        assert shown(await (await cell(ann, sue, tea, endless)).text(), sue, tea)[0] == "∞"
    assert (
        await site.db.screens.fetchval(
            "SELECT count(*) FROM audit_entry WHERE action = 'coupon.quota'"
        )
        == 5
    )


async def test_used_and_left_are_of_the_running_period(site, ann):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    coupon = await site.coupon("Tea", quota_period="day", per_contact_limit=None)
    assert (await send(sue, await site.chat(), coupon)).status == 200
    words = await ann.words(PATH)
    assert "sent 1 · 4 left" in words
    assert "a day" in words
    site.clock.advance(timedelta(days=1))
    assert "sent 1" not in await ann.words(PATH)


@pytest.mark.parametrize("typed", ["-1", "ten", "1.5", "99999999", "٣"])
async def test_what_is_no_number_is_refused_in_words(site, ann, typed):
    sue, coupon = (await site.member("Sue", "service_agent")).id, await site.coupon()
    answer = await cell(ann, sue, coupon, typed)
    assert answer.status == 422
    assert "Write a whole number from 0 to 10,000,000" in await answer.text()
    assert await site.db.screens.fetchval("SELECT count(*) FROM quota_value") == 0


async def test_ticked_people_and_coupons_change_together_where_the_role_sends(site, ann):
    sue = (await site.member("Sue", "service_agent")).id
    sel = (await site.member("Sel", "seller")).id
    tea, shirt = await site.coupon("Tea"), await site.coupon("Shirt", purpose="sales")
    many = {"who": [str(sue), str(sel)], "coupon": [str(tea), str(shirt)], "value": "2"}
    assert (await ann.post(PATH, **many, do="set")).status == 303
    page = await ann.text(PATH)
    assert shown(page, sue, tea)[0] == shown(page, sel, shirt)[0] == "2"
    rows = await site.db.screens.fetch("SELECT who FROM quota_value ORDER BY who")
    assert [row["who"] for row in rows] == sorted([str(sue), str(sel)])
    assert (await ann.post(PATH, **many, do="clear")).status == 303
    assert await site.db.screens.fetchval("SELECT count(*) FROM quota_value") == 0


async def test_many_change_all_or_none_and_what_was_ticked_stays(site, ann):
    sue = await site.member("Sue", "service_agent")
    seller = await site.browser("sue@tea.example")
    first, second = await site.coupon("Tea"), await site.coupon("Milk")
    for name in ("Mei", "Tom"):
        await send(seller, await site.chat(name), second)
    many = {"who": [str(sue.id)], "coupon": [str(first), str(second)], "value": "1", "do": "set"}
    answer = await ann.post(PATH, **many)
    text = await answer.text()
    assert answer.status == 422
    assert "Sue has sent 2 already" in text
    ann.client.session.cookie_jar.update_cookies({"tessera_language": "zh_Hant"})
    await site.db.screens.execute("UPDATE member SET language = ''")
    assert "Sue 已發送 2 張" in await (await ann.post(PATH, **many)).text()
    await site.db.screens.execute("UPDATE member SET language = 'en'")
    assert text.count("checked") == 3
    assert await site.db.screens.fetchval("SELECT count(*) FROM quota_value") == 0
    nobody = await ann.post(PATH, value="1", do="set")
    assert nobody.status == 422
    assert "Tick people and coupons first." in await nobody.text()


async def test_nothing_of_another_workspace_is_read_or_changed(site, ann):
    eve = await site.member("Eve", "admin", site.rival)
    theirs, ours = await site.coupon("Theirs", site.rival), await site.coupon("Ours")
    assert "Theirs" not in await ann.text(PATH)
    assert "Theirs" not in await ann.text(f"{PATH}.csv")
    for who, coupon in ((eve.id, ours), ("admin", theirs), ("admin", uuid7()), ("nobody", ours)):
        assert (await cell(ann, who, coupon, "1")).status == 404
    assert (await cell(ann, "admin", "none", "1")).status == 404
    assert await site.db.screens.fetchval("SELECT count(*) FROM quota_value") == 0


async def test_the_table_is_searched_and_turned_page_by_page(site, ann):
    for number in range(8):
        await site.coupon(f"Coupon {number}")
    for number in range(27):
        await site.member(f"Agent{number:02}", "service_agent")
    words = await ann.words(PATH)
    assert "Coupon 5" in words
    assert "Coupon 6" not in words
    assert "Agent24" in words
    assert "Agent25" not in words
    further = await ann.words(f"{PATH}?c=6&r=25")
    assert "Coupon 7" in further
    assert "Agent26" in further
    assert "Everybody" not in further
    found = await ann.words(f"{PATH}?q=on+3&who=agent07&purpose=service")
    assert "Coupon 3" in found
    assert "Agent07" in found
    assert "Agent08" not in found
    assert "No coupon here" in await ann.words(f"{PATH}?q=none&c=-5&r=x")


async def test_the_file_has_every_line_and_no_formula(site, ann):
    await site.member("Sue", "service_agent")
    await site.coupon("=1+1")
    await site.coupon("Free", default_quota=None)
    answer = await ann.get(f"{PATH}.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="quotas.csv"'
    rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert len(rows) == 4
    sues = [row for row in rows if row["member"] == "Sue"]
    assert [row["coupon"] for row in sues] == ["'=1+1", "Free"]
    facts = [(row["quota"], row["own_value"], row["used"], row["left"]) for row in sues]
    assert facts == [("5", "no", "0", "5"), ("", "no", "0", "")]
