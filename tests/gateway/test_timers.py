"""What time does in the inbox, under one process and two, and after nobody ran for long."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from conversations.actions.assign import Assignment, assign
from conversations.actions.post import NewMessage, post
from conversations.content import Text
from gateway.timers import Timers
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from team.actions.add_member import NewMember, add_member
from team.actions.set_automation import set_automation
from team.actions.sign_in import Attempt, sign_in
from team.automation import Automation, KeywordRule
from tests.agent_console.chats import add_chat, say
from tests.factories import CHANNELS, an_account

PASSWORD = "correct horse battery"
IDLE = {"idle_minutes": 10, "idle_text": "Still there?", "close_minutes": 5}
ASSIGN = {"assign_on": True, "assign_roles": ("service_agent",)}


class House:
    """A tea house with people and chats, and the timers of as many processes as wanted."""

    def __init__(self, db, dsn, clock, account):
        self.db, self.clock, self.account = db, clock, account
        self.id = account.workspace_id
        self.supervisor = Supervisor()
        self.live = LiveFeed(dsn, db.screens, self.supervisor)
        self.timers = Timers(db, CHANNELS, clock, self.live, self.supervisor)

    async def member(self, name, role="service_agent", *, there=True):
        email = f"{name.lower()}@tea.example"
        new = NewMember(workspace_id=self.id, email=email, role=role, password=PASSWORD, name=name)
        key = await add_member(self.db, new, self.clock.now())
        if there:
            await self.signs_in(email)
        return key

    async def signs_in(self, email):
        attempt = Attempt(email=email, password=PASSWORD, address="127.0.0.1")
        await sign_in(self.db, attempt, self.clock.now())

    async def set(self, **facts):
        rules = Automation(workspace_id=self.id, **facts)
        async with self.db.transaction() as tx:
            await set_automation(tx, rules, self.boss, self.clock.now())

    async def chat(self, name="Mei", **facts):
        return await add_chat(self.db, name, self.clock.now(), account=self.account, **facts)

    async def answered(self, member, name="Mei", **facts):
        """A chat that a member has and answered last."""
        chat = await self.chat(name, status="in_progress", assignee=member, **facts)
        await self.answer(chat, member)
        return chat

    async def answer(self, chat, member):
        row = NewMessage(
            conversation_id=chat.id, content=Text("Here you are"), queue="agent", author="member",
            member_id=member, human=True,
        )  # fmt: skip
        async with self.db.transaction() as tx:
            await post(tx, [row], CHANNELS, self.clock.now())

    async def later(self, **span):
        self.clock.advance(timedelta(**span))
        await self.timers.round()

    async def row(self, chat):
        return await self.db.screens.fetchrow("SELECT * FROM conversation WHERE id = $1", chat.id)

    async def state(self, *chats):
        return [(await self.row(chat))["status"] for chat in chats]

    async def said(self, trigger="idle"):
        sql = "SELECT text FROM message WHERE trigger = $1"
        return [row["text"] for row in await self.db.screens.fetch(sql, trigger)]

    async def trail(self, chat):
        sql = "SELECT content->>'act' AS act FROM message WHERE conversation_id = $1 AND kind = 'activity' ORDER BY seq"
        return [row["act"] for row in await self.db.screens.fetch(sql, chat.id)]


@pytest.fixture
async def house(db, dsn, clock, keyring):
    made = House(db, dsn, clock, await an_account(db, keyring, clock, "messenger"))
    made.boss = await made.member("Boss", "admin", there=False)
    yield made
    await made.supervisor.stop(1)


async def snoozed(house, count, **span):
    chats = [await house.chat(f"Customer {n}") for n in range(count)]
    await house.db.screens.execute(
        "UPDATE conversation SET status = 'snoozed', snoozed_until = $1",
        house.clock.now() + timedelta(**span),
    )
    return chats


async def test_a_snooze_ends_at_its_instant_and_not_before(house):
    [chat] = await snoozed(house, 1, minutes=30)
    await house.later(minutes=29, seconds=59)
    assert await house.state(chat) == ["snoozed"]
    await house.later(seconds=1)
    row = await house.row(chat)
    assert (row["status"], row["waiting_since"], row["snoozed_until"]) == (
        "waiting",
        house.clock.now(),
        None,
    )


async def test_two_processes_wake_each_conversation_once(house):
    chats = await snoozed(house, 30, minutes=5)
    house.clock.advance(timedelta(minutes=5))
    await asyncio.gather(*(house.timers.round() for _ in range(4)))
    assert set(await house.state(*chats)) == {"waiting"}
    assert [await house.trail(chat) for chat in chats] == [["woken"]] * 30


async def test_a_silent_customer_is_warned_and_then_let_go(house):
    await house.set(**IDLE)
    sue = await house.member("Sue")
    chat = await house.answered(sue)
    await house.later(minutes=9, seconds=59)
    assert await house.said() == []
    await house.later(seconds=1)
    await house.later(minutes=4, seconds=59)
    assert await house.said() == ["Still there?"]
    assert await house.state(chat) == ["in_progress"]
    await house.later(seconds=1)
    row = await house.row(chat)
    assert (row["status"], row["assignee_id"]) == ("closed", None)
    assert await house.trail(chat) == ["closed_idle"]


async def test_a_customer_who_waits_for_us_is_neither_warned_nor_closed(house):
    await house.set(**IDLE)
    sue = await house.member("Sue")
    waiting = await house.chat("Waiting", status="waiting")
    unanswered = await house.chat("Unanswered", status="in_progress", assignee=sue)
    failed = await house.answered(sue, "Failed")
    await house.db.screens.execute("UPDATE message SET state = 'failed' WHERE author = 'member'")
    await house.later(days=2)
    assert await house.said() == []
    assert await house.state(waiting, unanswered, failed) == ["waiting", *["in_progress"] * 2]


async def test_an_answer_of_ours_after_the_warning_starts_the_wait_anew(house):
    await house.set(**IDLE)
    sue = await house.member("Sue")
    chat = await house.answered(sue)
    await house.later(minutes=10)
    house.clock.advance(timedelta(minutes=1))
    await house.answer(chat, sue)
    await house.later(minutes=5)
    assert await house.state(chat) == ["in_progress"]
    await house.later(minutes=5)
    assert await house.said() == ["Still there?"] * 2


async def test_two_processes_warn_once_and_close_once(house):
    await house.set(**IDLE)
    sue = await house.member("Sue")
    chats = [await house.answered(sue, f"Customer {n}") for n in range(20)]
    house.clock.advance(timedelta(minutes=10))
    await asyncio.gather(*(house.timers.round() for _ in range(4)))
    await house.timers.round()
    assert len(await house.said()) == 20
    house.clock.advance(timedelta(minutes=5))
    await asyncio.gather(*(house.timers.round() for _ in range(4)))
    await house.timers.round()
    assert [await house.trail(chat) for chat in chats] == [["closed_idle"]] * 20


async def test_after_a_week_of_standstill_nobody_is_warned_and_the_quiet_ones_end_quietly(house):
    await house.set(**IDLE)
    sue = await house.member("Sue")
    old = [await house.answered(sue, f"Customer {n}") for n in range(60)]
    house.clock.advance(timedelta(days=7))
    fresh = await house.answered(sue, "Today")
    await house.later(minutes=10)
    assert await house.said() == ["Still there?"]
    assert set(await house.state(*old)) == {"closed"}
    assert await house.state(fresh) == ["in_progress"]


async def test_nobodys_silence_is_judged_while_customers_words_lie_unread_in_the_inbox(house):
    await house.set(**IDLE)
    chat = await house.answered(await house.member("Sue"))
    house.clock.advance(timedelta(minutes=10))
    await house.db.screens.execute(
        "INSERT INTO inbox (account_id, key_hash, lane, state, tries, payload, received_at)"
        " VALUES ($1, $2, 0, 0, 0, $3, $4)",
        *(house.account.id, bytes(16), b"{}", house.clock.now()),
    )
    await house.later(seconds=11)
    assert await house.said() == []
    await house.db.screens.execute("UPDATE inbox SET state = 1")
    await house.timers.round()
    assert await house.said() == ["Still there?"]
    assert await house.state(chat) == ["in_progress"]


async def test_no_warning_goes_where_the_time_to_answer_is_over(house):
    await house.set(idle_minutes=1435, idle_text="Still there?", close_minutes=10)
    sue = await house.member("Sue")
    chat = await house.answered(sue, ago=timedelta(hours=1))
    await house.later(minutes=1440)
    assert await house.said() == []
    await house.later(minutes=60)
    assert await house.state(chat) == ["closed"]


async def test_other_workspaces_keep_their_conversations(house, keyring):
    await house.set(**IDLE)
    theirs = await an_account(house.db, keyring, house.clock, "line", external_id="U" + "1" * 32)
    spy = SimpleNamespace(**vars(house))
    chat = await add_chat(house.db, "Tom", house.clock.now(), account=theirs, status="in_progress")
    await spy.db.screens.execute("UPDATE conversation SET answered_at = $1", house.clock.now())
    await house.later(hours=12)
    assert await house.state(chat) == ["in_progress"]


async def test_who_has_fewest_in_hand_is_given_the_next_in_turn(house):
    sue, ken = await house.member("Sue"), await house.member("Ken")
    await house.answered(sue, "Earlier")
    chats = [await house.chat(f"Customer {n}", status="waiting") for n in range(5)]
    await house.set(**ASSIGN)
    await house.timers.round()
    holders = [(await house.row(chat))["assignee_id"] for chat in chats]
    assert sorted((holders.count(sue), holders.count(ken))) == [2, 3]
    assert holders[0] == ken
    assert set(await house.state(*chats)) == {"in_progress"}
    assert await house.trail(chats[0]) == ["assigned_by_rule"]


async def test_a_turn_is_remembered_when_nobody_has_anything(house):
    await house.set(**ASSIGN)
    people = {await house.member("Sue"), await house.member("Ken")}
    seen = []
    for n in range(4):
        chat = await house.chat(f"Customer {n}", status="waiting")
        await house.later(minutes=1)
        seen.append((await house.row(chat))["assignee_id"])
        await house.db.screens.execute(
            "UPDATE conversation SET status = 'closed', assignee_id = NULL"
        )
    assert set(seen) == people
    assert seen[:2] == seen[2:]


async def test_only_who_is_there_is_on_the_team_and_may_answer_is_given_anything(house):
    await house.set(assign_on=True, assign_roles=("service_agent", "seller"))
    gone = await house.member("Gone")
    away = await house.member("Away", there=False)
    await house.member("Sam", "supervisor")
    await house.db.screens.execute("UPDATE member SET active = false WHERE id = $1", gone)
    chat = await house.chat(status="waiting")
    await house.timers.round()
    assert (await house.row(chat))["assignee_id"] is None
    await house.signs_in("away@tea.example")
    await house.timers.round()
    assert (await house.row(chat))["assignee_id"] == away


async def test_who_left_their_console_a_while_ago_is_given_nothing(house):
    await house.set(**ASSIGN)
    await house.member("Sue")
    chat = await house.chat(status="waiting")
    await house.later(minutes=16)
    assert await house.state(chat) == ["waiting"]


async def test_a_keyword_names_a_role_or_a_colleague_before_the_others_come(house):
    sue, pat = await house.member("Sue"), await house.member("Pat", "seller")
    ann = await house.member("Ann", "supervisor")
    rules = (
        KeywordRule(words=("價錢", "price"), role="seller"),
        KeywordRule(words=("complaint",), member_id=ann),
        KeywordRule(words=("repair",), role="sales_manager"),
    )
    await house.set(assign_on=True, assign_roles=("service_agent",), assign_rules=rules)
    words = ("What PRICE?", "請問價錢", "A  COMPLAINT", "hello", "repair please")
    chats = [await house.chat(text, said=text, status="waiting") for text in words]
    await house.timers.round()
    holders = [(await house.row(chat))["assignee_id"] for chat in chats]
    assert holders == [pat, pat, ann, sue, None]


async def test_processes_and_people_at_once_never_give_one_conversation_to_two(house):
    await house.set(**ASSIGN)
    sue = await house.member("Sue")
    await house.member("Ken")
    chats = [await house.chat(f"Customer {n}", status="waiting") for n in range(24)]

    async def by_hand(chat):
        async with house.db.transaction() as tx:
            new = Assignment(workspace_id=house.id, conversation_id=chat.id, by=house.boss, to=sue)
            await assign(tx, new, house.clock.now())

    await asyncio.gather(
        *(house.timers.round() for _ in range(4)), *(by_hand(chat) for chat in chats[::3])
    )
    await house.timers.round()
    given = [
        [act for act in await house.trail(chat) if act == "assigned_by_rule"] for chat in chats
    ]
    assert all(len(acts) <= 1 for acts in given)
    assert set(await house.state(*chats)) == {"in_progress"}
    by_sue = [(await house.row(chat))["assignee_id"] for chat in chats[::3]]
    assert set(by_sue) == {sue}


async def test_nothing_happens_where_nothing_is_set(house):
    sue = await house.member("Sue")
    waiting = await house.chat("Waiting", status="waiting")
    quiet = await house.answered(sue)
    await say(quiet, "thanks", later=timedelta(seconds=1))
    await house.later(minutes=14)
    assert await house.state(waiting, quiet) == ["waiting", "in_progress"]
