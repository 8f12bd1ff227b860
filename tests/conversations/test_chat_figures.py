"""The figures of conversations follow the feed exactly: whatever happens, they equal a recount."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import rollups
from conversations.counting import BOT_ANSWER, FIRST_ANSWER, MEMBER_ANSWER, RESOLUTION
from conversations.durations import bucket_of
from conversations.recount import faults
from conversations.rollups import follow, follow_zones, rebuild
from runtime.ids import uuid7
from tests.conversations.histories import NOON, Histories
from tests.factories import an_account

SUE, KEN = uuid7(), uuid7()


@pytest.fixture
async def told(db, keyring, clock):
    """Histories whose figures have begun to follow the feed."""
    account = await an_account(db, keyring, clock)
    await rebuild(db, clock.now())
    return Histories(db, clock, account)


async def written(told, *rows, chat=None):
    """Write rows of one conversation, as (what, minute) with more facts, and follow."""
    chat = chat or await told.chat()
    for what, minute, *facts in rows:
        await told.happens(chat, what, minute, **(facts[0] if facts else {}))
    await told.catch_up()
    await told.exact()
    return chat


async def waited(told, measure):
    rows = await told.db.screens.fetch(
        "SELECT bucket, n FROM time_figure WHERE grain = 0 AND measure = $1 ORDER BY bucket",
        measure,
    )
    return [row["bucket"] for row in rows for _ in range(row["n"])]


def minutes(number):
    return bucket_of(NOON, NOON + timedelta(minutes=number))


async def test_messages_are_counted_by_hour_channel_and_who_wrote_them(told):
    await written(
        told, ("customer", 0), ("bot", 1), ("customer", 5), ("member", 61, {"member": SUE}),
        ("elsewhere", 62), ("note", 63), ("follow", 63),
    )  # fmt: skip
    rows = await told.db.screens.fetch(
        "SELECT day::text, hour, channel, customers, bot, members, elsewhere FROM message_figure"
        " WHERE grain = 0 ORDER BY hour"
    )
    assert [tuple(row) for row in rows] == [
        ("2026-05-04", 13, "line", 2, 1, 0, 0),
        ("2026-05-04", 14, "line", 0, 0, 1, 1),
    ]
    month = "SELECT sum(customers + bot + members + elsewhere) FROM message_figure WHERE grain = 1"
    assert await told.db.screens.fetchval(month) == 5


async def test_the_first_answer_is_timed_from_the_first_words_that_nobody_answered(told):
    await written(
        told, ("customer", 0, {"request": "a"}), ("bot", 0, {"request": "a"}),
        ("customer", 10, {"request": "b"}), ("customer", 12, {"request": "c"}),
        ("member", 15, {"member": SUE}), ("customer", 16), ("member", 40, {"member": SUE}),
    )  # fmt: skip
    assert await waited(told, FIRST_ANSWER) == [minutes(5)]
    assert await waited(told, MEMBER_ANSWER) == [minutes(5)]
    assert await waited(told, BOT_ANSWER) == [0]
    assert await waited(told, RESOLUTION) == []


async def test_where_the_bot_had_answered_all_a_person_is_timed_from_the_last_words(told):
    await written(
        told, ("customer", 0, {"request": "a"}), ("bot", 0, {"request": "a"}), ("member", 7, {"member": SUE})
    )  # fmt: skip
    assert await waited(told, FIRST_ANSWER) == [minutes(7)]


async def test_what_the_bot_says_by_itself_answers_nobody(told):
    await written(
        told, ("customer", 0, {"request": "a"}), ("bot", 0, {"request": "a", "trigger": "away"}),
        ("bot", 3), ("elsewhere", 9),
    )  # fmt: skip
    assert await waited(told, BOT_ANSWER) == []
    assert await waited(told, FIRST_ANSWER) == [minutes(9)]
    assert await waited(told, MEMBER_ANSWER) == []


async def test_closing_ends_the_wait_and_the_next_words_begin_another(told):
    await written(
        told, ("customer", 0), ("member", 2, {"member": SUE}), ("closed", 30, {"member": SUE}),
        ("customer", 100), ("closed", 150), ("customer", 200), ("member", 203, {"member": KEN}),
    )  # fmt: skip
    assert await waited(told, RESOLUTION) == [minutes(30), minutes(50)]
    assert await waited(told, FIRST_ANSWER) == [minutes(2), minutes(3)]


async def test_who_only_talked_to_the_bot_is_no_case_when_closed(told):
    await written(
        told, ("customer", 0, {"request": "a"}), ("bot", 0, {"request": "a"}), ("closed", 900)
    )
    assert await waited(told, RESOLUTION) == []


async def test_a_member_handles_a_conversation_once_until_it_is_closed(told):
    sue = {"member": SUE}
    await written(
        told, ("customer", 0), ("member", 1, sue), ("member", 2, sue), ("member", 3, {"member": KEN}),
        ("closed", 9), ("member", 20, sue),
    )  # fmt: skip
    rows = await told.db.screens.fetch(
        "SELECT member_id, answers, handled FROM member_figure WHERE grain = 0"
    )
    assert {row["member_id"]: (row["answers"], row["handled"]) for row in rows} == {
        SUE: (3, 2),
        KEN: (1, 1),
    }


async def test_in_a_group_messages_count_but_nobody_waits(told):
    group = await told.chat("group")
    await written(told, ("customer", 0), ("member", 5, {"member": SUE}), ("closed", 9), chat=group)
    assert await told.waits() == {}
    total = "SELECT sum(customers + members) FROM message_figure WHERE grain = 0"
    assert await told.db.screens.fetchval(total) == 2


async def test_words_taken_back_edited_and_erased_stay_counted(told):
    chat = await written(
        told, ("customer", 0), ("member", 5, {"member": SUE}), ("closed", 8, {"trigger": "closed"})
    )
    await told.db.screens.execute("UPDATE message SET text = '', content = NULL, unsent_at = now()")
    await written(told, ("customer", 60), chat=chat)
    assert await waited(told, RESOLUTION) == [minutes(8)]
    await rebuild(told.db, told.clock.now())
    assert await waited(told, RESOLUTION) == [minutes(8)]
    await told.exact()


async def test_words_that_arrive_late_count_in_their_hour_and_as_the_next_said(told):
    await written(
        told, ("customer", 0), ("member", 5, {"member": SUE}), ("closed", 10), ("customer", -60),
        ("member", 20, {"member": SUE}),
    )  # fmt: skip
    assert await waited(told, FIRST_ANSWER) == [minutes(5), minutes(80)]


async def test_an_answer_typed_before_the_words_arrived_took_no_time(told):
    await written(told, ("customer", 5), ("elsewhere", 4))
    assert await waited(told, FIRST_ANSWER) == [0]


async def test_the_same_events_again_change_nothing(told):
    chat = await told.chat()
    await told.db.screens.execute("CREATE TABLE place AS SELECT * FROM chat_figure_cursor")
    await written(told, ("customer", 0), ("member", 5, {"member": SUE}), chat=chat)
    before = await told.waits()
    await told.db.screens.execute(
        "UPDATE chat_figure_cursor f SET xid = p.xid, feed_id = p.feed_id FROM place p"
    )
    assert (await told.catch_up()).events >= 2
    assert await told.waits() == before
    await told.exact()


@pytest.mark.parametrize("name", ['"', "\\", 'a"},{"b', "NULL", "{}", "茶,茶"])
async def test_a_request_may_be_named_anything(told, name):
    chat = await told.chat()
    await written(told, ("customer", 0, {"request": name}), chat=chat)
    await written(told, ("bot", 1, {"request": name}), chat=chat)
    assert await waited(told, BOT_ANSWER) == [minutes(1)]


async def test_a_slow_writer_is_not_passed_over(told):
    """What one conversation says waits for its lock; another's slow transaction holds the whole feed back."""
    slow, quick = await told.chat(), await told.chat()
    async with told.db.transaction(told.db.lanes) as tx:
        await tx.execute(
            "INSERT INTO feed (workspace_id, kind, subject, at) VALUES ($1, 'message', $2, now())",
            *(told.account.workspace_id, slow),
        )
        await told.happens(quick, "customer")
        await follow(told.db, told.clock.now())
        assert await told.db.screens.fetchval("SELECT count(*) FROM message_figure") == 0
    await written(told, ("customer", 1), chat=slow)
    total = "SELECT sum(customers) FROM message_figure WHERE grain = 0"
    assert await told.db.screens.fetchval(total) == 2


async def test_two_followers_count_nothing_twice(told):
    chat = await told.chat()
    for minute in range(6):
        await told.happens(chat, "customer", minute)
    await asyncio.gather(*(follow(told.db, told.clock.now()) for _ in range(4)))
    await told.catch_up()
    await told.exact()


async def test_a_follower_killed_between_the_events_and_the_figures_counts_them_later(told):
    chat = await told.chat()
    await told.happens(chat, "customer")
    run = told.db.screens.execute
    await run("ALTER TABLE chat_figure_cursor ADD CONSTRAINT cut CHECK (name = '') NOT VALID")
    with pytest.raises(Exception, match="cut"):
        await told.catch_up()
    assert await told.db.screens.fetchval("SELECT count(*) FROM message_figure") == 0
    await run("ALTER TABLE chat_figure_cursor DROP CONSTRAINT cut")
    await told.catch_up()
    await told.exact()
    assert await told.db.screens.fetchval("SELECT count(*) FROM message_figure") == 2


async def test_a_rebuild_replaces_the_figures_at_once_and_takes_in_what_came_meanwhile(told):
    chat = await written(told, ("customer", 0), ("member", 5, {"member": SUE}))
    await told.db.screens.execute("UPDATE message_figure SET customers = 41")
    assert await faults(told.db.screens, told.account.workspace_id) != []
    await told.happens(chat, "closed", 9)
    assert await rebuild(told.db, told.clock.now()) == 1
    await written(told, ("customer", 20), chat=chat)
    left = "SELECT count(DISTINCT generation) FROM counted_chat"
    assert await told.db.screens.fetchval(left) == 1
    assert await waited(told, RESOLUTION) == [minutes(9)]


async def test_two_rebuilds_at_once_beside_the_follower_come_out_right(told):
    chats = [await told.chat() for _ in range(5)]
    for chat in chats:
        for minute in range(4):
            await told.happens(chat, "customer", minute)
    now = told.clock.now()
    await asyncio.gather(
        *(rebuild(told.db, now) for _ in range(2)), *(follow(told.db, now) for _ in range(2))
    )
    await told.happens(chats[0], "member", 9, SUE)
    await told.catch_up()
    await told.exact()
    total = "SELECT sum(customers) FROM message_figure JOIN figure_book USING (generation) WHERE grain = 0"
    assert await told.db.screens.fetchval(total) == 20


async def test_of_two_rebuilds_at_once_one_counts_and_the_next_one_may_again(told):
    for _ in range(3):
        await told.happens(await told.chat(), "customer")
    now = told.clock.now()
    done = await asyncio.gather(*(rebuild(told.db, now) for _ in range(3)))
    assert sorted(done, key=str) == [3, None, None]
    assert await rebuild(told.db, now) == 3
    await told.exact()


async def test_long_conversations_are_counted_in_steps_that_hold_few_messages(told, monkeypatch):
    monkeypatch.setattr(rollups, "MOST_ROWS", 3)
    chats = [await told.chat() for _ in range(3)]
    for minute in range(7):
        await told.happens(chats[0], "customer", minute)
    await told.happens(chats[1], "customer")
    for minute in range(6):
        await told.happens(chats[2], "customer" if minute else "member", minute, SUE)
    await told.catch_up()
    await told.exact()
    states = "SELECT xmin::text, count(*)::int FROM counted_chat GROUP BY 1"
    assert len(await told.db.screens.fetch(states)) == 1, "the feed's place moves with all of them"
    assert await rebuild(told.db, told.clock.now()) == 3
    await told.exact()
    assert len(await told.db.screens.fetch(states)) > 1, "each step is a transaction"


async def test_who_was_away_longer_than_the_feed_is_kept_counts_anew(told):
    await written(told, ("customer", 0), ("customer", 1))
    await told.db.screens.execute("DELETE FROM feed WHERE id < (SELECT max(id) FROM feed)")
    told.clock.advance(timedelta(days=3))
    assert await follow(told.db, told.clock.now()) is None
    await rebuild(told.db, told.clock.now())
    assert await told.catch_up() is not None
    await told.exact()


@pytest.mark.parametrize(
    ("zone", "at", "day", "hour"),
    [
        ("Asia/Kolkata", datetime(2026, 5, 4, 18, 29, tzinfo=UTC), "2026-05-04", 23),
        ("Asia/Kolkata", datetime(2026, 5, 4, 18, 31, tzinfo=UTC), "2026-05-05", 0),
        ("Asia/Kathmandu", datetime(2026, 5, 4, 18, 16, tzinfo=UTC), "2026-05-05", 0),
        # The clock goes back: both hours are the second of the day.
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25", 2),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25", 2),
        # And forward: there is no second one.
        ("Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "2026-03-29", 3),
    ],
)
async def test_days_and_hours_are_those_of_the_workspaces_zone(told, zone, at, day, hour):
    chat = await told.chat()
    await told.happens(chat, "customer", at=at)
    await told.catch_up()
    await told.db.screens.execute("UPDATE workspace SET zone = $1", zone)
    await told.exact()
    assert await follow_zones(told.db, told.clock.now()) == {told.account.workspace_id}
    assert await follow_zones(told.db, told.clock.now()) == frozenset()
    await told.catch_up()
    row = await told.db.screens.fetchrow(
        "SELECT day::text, hour FROM message_figure WHERE grain = 0"
    )
    assert tuple(row) == (day, hour)
    await told.exact()


async def test_workspaces_do_not_mix(told, db, keyring, clock):
    other = await an_account(db, keyring, clock, external_id="U" + "1" * 32, name="other")
    there = Histories(db, clock, other)
    await written(told, ("customer", 0))
    await there.happens(await there.chat(), "customer", 1)
    await told.catch_up()
    await told.exact()
    await there.exact()
    rows = await db.screens.fetch("SELECT workspace_id FROM message_figure WHERE grain = 0")
    assert {row["workspace_id"] for row in rows} == {told.account.workspace_id, other.workspace_id}


async def test_a_message_that_nothing_leads_to_is_found_by_the_audit(told):
    chat = await written(told, ("customer", 0))
    await told.happens(chat, "customer", 1, told=False)
    [fault] = await faults(told.db.screens, told.account.workspace_id)
    assert "1 conversations have messages that were never counted" in fault


WORDS = st.sampled_from(["customer", "customer", "bot", "member", "elsewhere", "closed", "note", "follow"])  # fmt: skip
STEP = st.tuples(
    st.integers(0, 2),
    WORDS,
    st.integers(-200, 3000),
    st.sampled_from([SUE, KEN]),
    st.sampled_from(["", "a", "b"]),
    st.sampled_from(["", "", "away"]),
    st.booleans(),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEP, max_size=25))
async def test_any_history_equals_its_recount(told, steps):
    chats = [await told.chat(), await told.chat(), await told.chat("group")]
    for which, what, minute, member, request, trigger, pause in steps:
        theirs = member if what == "member" else None
        await told.happens(
            chats[which], what, minute, theirs, request=request, trigger=trigger if what == "bot" else ""
        )  # fmt: skip
        if pause:
            await told.catch_up()
    await told.catch_up()
    await told.exact()
