"""The overview: who may see what, numbers of this moment, sums over any days, and statements that stay small."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from conversations.overview import Span, figures, open_now
from conversations.rollups import rebuild
from coupons.overview import coupon_sums, sent_by_members
from tests.agent_console.coupon_rows import Shopfront
from tests.agent_console.site import plain
from tests.conversations.histories import NOON, Histories

PAGE = "/console/overview"
CLOSED_ONES = """
INSERT INTO conversation (id, workspace_id, account_id, chat_type, chat_key, address, status, last_at, created_at)
SELECT gen_random_uuid(), $1, $2, 'group', 'g:' || n, '', 'closed', now(), now() FROM generate_series(1, 3000) n
"""


@pytest.fixture
async def told(site):
    """Histories of the tea house's LINE account; its figures follow."""
    await rebuild(site.db, site.clock.now())
    return Histories(site.db, site.clock, site.line)


@pytest.fixture
async def sue(site):
    return (await site.member("Sue", "service_agent")).id


def numbers(html):
    """Return what stands under each name of a number."""
    return {name: plain(text).strip() for name, text in re.findall(r'data-role="([\w-]+)">([^<]*)<', html)}  # fmt: skip


def rows(html, role):
    """Return the cells of the rows of a table."""
    found = re.findall(rf'<tr data-role="{role}">(.*?)</tr>', html, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[plain(cell).strip() for cell in row] for row in cells]


async def lived_through(told, member, *, day=0, answer=5):
    """A conversation of a day: asked at noon, answered, closed an hour later."""
    chat, start = await told.chat(), day * 1440
    await told.happens(chat, "customer", start)
    await told.happens(chat, "member", start + answer, member)
    await told.happens(chat, "closed", start + 60, member)
    return chat


async def test_the_numbers_of_this_moment_lead_to_the_list_of_them(site, ken):
    now = site.clock.now()
    await site.chat("Mei", status="waiting")
    await site.chat("Tom", status="in_progress")
    await site.chat("Ann", status="closed")
    await site.chat("Bo", status="bot")
    await site.db.screens.execute(
        "UPDATE conversation SET waiting_since = $1 WHERE status = 'waiting'", now - timedelta(minutes=95)
    )  # fmt: skip
    page = await ken.text(PAGE)
    shown = numbers(page)
    states = ("waiting", "in_progress", "snoozed", "open")
    assert [shown[f"now-{one}"] for one in states] == ["1", "1", "0", "2"]
    assert "the longest for 1 h 35 min" in plain(page)
    assert 'href="/console/inbox?view=all&amp;status=waiting&amp;sort=waiting"' in page
    await site.chat("Eve", status="waiting")
    part = await (await ken.part(PAGE + "/now")).text()
    assert numbers(part)["now-waiting"] == "2"


async def test_first_answers_and_closings_stand_beside_the_days_before(told, ken, sue):
    await lived_through(told, sue, day=-8, answer=30)
    await lived_through(told, sue, answer=5)
    await told.catch_up()
    shown = numbers(await ken.text(PAGE))
    assert (shown["customers"], shown["bot-answers"]) == ("1", "0")
    # Read from buckets: right to a tenth.
    assert shown["first-answer"] in {"4 min", "5 min"}
    assert shown["resolution"] in {"58 min", "59 min", "1 h 0 min", "1 h 1 min", "1 h 2 min"}
    words = await ken.words(PAGE)
    assert re.search(r"before: (28|29|30|31|32) min", words)
    assert "none in these days" in await ken.words(PAGE + "?days=1&channel=whatsapp")


async def test_messages_are_told_by_day_hour_and_channel(told, site, ken, sue):
    other = await site.account("whatsapp", "tea-wa")
    await lived_through(told, sue)
    chat = await told.chat(account=other)
    await told.happens(chat, "customer", 65)
    await told.catch_up()
    page = await ken.text(PAGE)
    assert rows(page, "channel") == [["LINE", "1", "1", "0", "0"], ["WhatsApp", "1", "0", "0", "0"]]
    heat = {row[0]: row[1:] for row in rows(page, "heat")}
    assert (heat["LINE"][13], heat["WhatsApp"][14], heat["LINE"][14]) == ("2", "1", "·")
    assert rows(page, "day")[-1] == ["2026-05-04", "2", "1", "0"]
    alone = await ken.text(PAGE + "?channel=whatsapp")
    assert [row[0] for row in rows(alone, "channel")] == ["WhatsApp"]
    assert numbers(alone)["customers"] == "1"


async def test_members_are_told_with_what_they_did_in_the_order_asked_for(told, site, ken, sue):
    tom = (await site.member("=Tom", "service_agent")).id
    await lived_through(told, sue, answer=20)
    await lived_through(told, tom, answer=3)
    await lived_through(told, tom, answer=3)
    coupon = await site.coupon()
    till = Shopfront(site)
    claim = await till.claim(coupon, await site.chat(), source="console", trigger="console", member_id=sue)  # fmt: skip
    await till.open(claim)
    await till.count()
    await told.catch_up()
    page = await ken.text(PAGE)
    assert [row[:3] for row in rows(page, "member")] == [["=Tom", "2", "2"], ["Sue", "1", "1"]]
    shown = numbers(page)
    sums = [shown[f"coupons-{one}"] for one in ("sent", "opened", "redeemed")]
    assert sums == ["1", "1", "0"]
    by_coupons = await ken.text(PAGE + "?order=coupons")
    assert [(row[0], row[-1]) for row in rows(by_coupons, "member")] == [
        ("Sue", "1"),
        ("=Tom", "0"),
    ]
    file = await ken.get(PAGE + "/members.csv?order=first")
    lines = (await file.text()).splitlines()
    told_of = [line.split(",")[:4] for line in lines[1:]]
    assert told_of == [["'=Tom", "2", "2", "2"], ["Sue", "1", "1", "1"]]
    assert "attachment" in file.headers["Content-Disposition"]
    await site.db.screens.execute("UPDATE member SET active = false WHERE id = $1", tom)
    assert "=Tom no longer here" in await ken.words(PAGE)


async def test_a_marketer_sees_the_coupons_and_nothing_of_colleagues(told, site, sue):
    await lived_through(told, sue)
    await told.catch_up()
    await site.member("Mia", "marketer")
    mia = await site.browser("mia@tea.example")
    page = await mia.text(PAGE)
    assert "coupons-sent" in page
    assert "first-answer" not in page
    assert "now-waiting" not in page
    assert "Sue" not in page
    for hidden in ("/now", "/members.csv"):
        assert (await mia.get(PAGE + hidden)).status == 403


async def test_another_workspace_sees_none_of_it(told, site, sue):
    await lived_through(told, sue)
    await told.catch_up()
    await site.member("Bo", "admin", site.rival)
    bo = await site.browser("bo@rival.example")
    page = await bo.text(PAGE)
    assert "No message was written in these days" in plain(page)
    assert "Sue" not in page


async def test_before_anything_was_counted_the_page_says_so(site, ken):
    page = await ken.words(PAGE)
    assert "being counted for the first time" in page


@pytest.mark.parametrize(
    "query",
    [
        "?days=0",
        "?days=99999",
        "?days=²",
        "?from=2026-05-09&to=2026-05-01",
        "?from=tomorrow",
        "?channel=pigeon",
        "?order=password",
    ],
)
async def test_what_makes_no_sense_counts_as_not_asked_for(told, ken, query):
    page = await ken.text(PAGE + query)
    assert 'value="2026-04-28"' in page
    assert 'value="2026-05-04"' in page


async def test_own_days_and_a_year_are_read_alike_from_days_and_from_months(told, ken, sue):
    for day in (-400, -120, -65, -34, -33, -2, 0):
        await lived_through(told, sue, day=day)
    await told.catch_up()
    found = {"365": "6", "90": "5", "30": "2", "1": "1"}
    for days, customers in found.items():
        assert numbers(await ken.text(f"{PAGE}?days={days}"))["customers"] == customers, days
    own = await ken.text(f"{PAGE}?from=2026-01-04&to=2026-04-01")
    assert numbers(own)["customers"] == "4"
    year = await ken.text(f"{PAGE}?days=365")
    assert len(rows(year, "day")) == 13
    assert sum(int(row[1]) for row in rows(year, "day")) == 6


@pytest.mark.parametrize("length", [1, 7, 29, 31, 59, 62, 90, 365, 800])
async def test_any_span_equals_a_count_of_its_messages(told, site, sue, length):
    chat = await told.chat()
    for n in range(60):
        await told.happens(chat, "customer", -n * n * 300)
    await told.catch_up()
    last = NOON.date()
    span = Span(last - timedelta(days=length - 1), last)
    found = await figures(site.db.screens, site.house, span)
    counted = await site.db.screens.fetchval(
        "SELECT count(*) FROM message WHERE (provider_at AT TIME ZONE 'Asia/Taipei')::date BETWEEN $1 AND $2",
        span.first,
        span.last,
    )
    assert found.now.messages.customers == counted
    assert sum(point.customers for point in found.trend) == counted


async def test_no_statement_of_the_page_reads_a_message_or_a_closed_conversation(site, told):
    """Lesson 10: few statements, whatever the span; they name roll-ups and the index of open conversations."""
    seen: list[str] = []
    last = NOON.date()
    for days in (1, 365):
        seen.clear()
        span = Span(last - timedelta(days=days - 1), last)
        async with site.db.screens.acquire() as connection:
            with connection.query_logger(lambda record: seen.append(record.query)):
                await open_now(connection, site.house)
                await figures(connection, site.house, span)
                both = (span.first, span.last), (span.before.first, span.before.last)
                await coupon_sums(connection, site.house, "", *both)
                await sent_by_members(connection, site.house, "", both[0])
        # What the driver asks about types is not the page's.
        seen[:] = [query for query in seen if not re.search("pg_catalog|jit", query)]
        tables = {name for query in seen for name in re.findall(r"(?:FROM|JOIN) (\w+)", query)}
        assert tables - {"unnest", "LATERAL"} == {
            "channel_account", "conversation", "figure_book", "message_figure", "time_figure", "member_figure",
            "figure_total",
        }  # fmt: skip
        assert len(seen) == 9
    await site.db.screens.execute(CLOSED_ONES, site.house, site.line.id)
    await site.db.screens.execute("ANALYZE conversation")
    [reads_chats] = [query for query in seen if "JOIN conversation" in query]
    plan = await site.db.screens.fetch("EXPLAIN " + reads_chats, site.house, "")
    told_plan = "\n".join(row[0] for row in plan)
    assert "conversation_list" in told_plan, told_plan
    assert "Seq Scan on conversation" not in told_plan
