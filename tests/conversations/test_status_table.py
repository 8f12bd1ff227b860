"""docs/rules/conversation_status.md, cell by cell."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from conversations.actions.add_note import NewNote, add_note
from conversations.actions.assign import Assignment, assign
from conversations.actions.auto_assign import auto_assign
from conversations.actions.close import close
from conversations.actions.idle import end_idle
from conversations.actions.progress import apply
from conversations.actions.receive import receive
from conversations.actions.reply import Answer, reply
from conversations.actions.snooze import snooze
from conversations.actions.take_over import take_over
from conversations.actions.wake import wake
from conversations.channel import Chat, Inbound, Kind, MessageType
from flows.runner import answer
from runtime.clock import to_ms
from runtime.errors import Refused
from runtime.ids import uuid7
from team.actions.add_member import NewMember, add_member
from team.actions.set_automation import set_automation
from team.actions.sign_in import Attempt, sign_in
from team.automation import Automation
from tests.factories import CHANNELS, Customer, an_account, write

PAGE = Path(__file__).resolve().parents[2] / "docs/rules/conversation_status.md"
LINES = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
HEAD, *ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in LINES]
# Only these two may be somebody's.
HELD = {"in_progress": (True, False), "snoozed": (True, False)}
PASSWORD = "correct horse battery"
SET = """
UPDATE conversation SET status = $2, assignee_id = $3, snoozed_until = $4, answered_at = $5, warned_at = $6
WHERE id = $1
"""
RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, text, refusal_texts, active)
VALUES ($1, $2, 0, 'keyword', $3::jsonb, false, 'From nine to six', '{}'::jsonb, true)
"""


class Scene:
    """Mei's conversation with the tea house, put into a status, and everything that can happen to it."""

    def __init__(self, db, clock, account):
        self.db, self.clock, self.account = db, clock, account
        self.house = account.workspace_id
        self.mei = Customer(account)

    async def build(self, group):
        self.sue, self.ken = await self.member("Sue"), await self.member("Ken")
        await self.db.screens.execute(RULE, uuid7(), self.house, ["hours"])
        if group:
            self.mei.always = {"chat": Chat(type="group", id="C1")}
        [first] = await write(self.db, self.clock, self.mei.says("hello", self.clock.now()))
        self.id = first.conversation_id
        self.clock.advance(timedelta(minutes=1))
        return self

    async def member(self, name):
        email = f"{name}@tea.example".lower()
        new = NewMember(
            workspace_id=self.house,
            email=email,
            role="service_agent",
            password=PASSWORD,
            name=name,
        )
        return await add_member(self.db, new, self.clock.now())

    async def put(self, status, assignee):
        now = self.clock.now()
        long_ago = now - timedelta(minutes=30)
        await self.db.screens.execute(SET, self.id, status, assignee, now, long_ago, long_ago)

    async def status(self):
        return await self.db.screens.fetchval(
            "SELECT status FROM conversation WHERE id = $1", self.id
        )

    async def hear(self, kind=Kind.MESSAGE, **facts):
        event = self.mei.event(self.clock.now(), kind, **facts)
        async with self.db.transaction() as tx:
            handled = await receive(tx, [event], self.clock.now())
            await answer(tx, handled, CHANNELS, None, self.clock.now())

    async def rules(self, **facts):
        rules = Automation(workspace_id=self.house, **facts)
        async with self.db.transaction() as tx:
            await set_automation(tx, rules, self.sue, self.clock.now())
        return rules

    async def replies(self, tx, now):
        sent = Answer(
            workspace_id=self.house, conversation_id=self.id, member_id=self.sue, member_name="Sue",
            form_id=str(uuid7()), text="Hello",
        )  # fmt: skip
        await reply(tx, sent, CHANNELS, now)

    async def echoes(self, tx, now):
        typed = Inbound(
            kind=Kind.ECHO,
            contact_external_id=self.mei.external_id,
            external_event_id=str(uuid7()),
            external_message_id=str(uuid7()),
            message_type=MessageType.TEXT,
            text="from the page",
            timestamp_ms=to_ms(now),
        )
        await apply(tx, [(self.account, typed)], CHANNELS, now)

    async def gives(self, tx, now, to):
        new = Assignment(workspace_id=self.house, conversation_id=self.id, by=self.sue, to=to)
        await assign(tx, new, now)

    async def rule_gives(self):
        rules = await self.rules(assign_on=True, assign_roles=("service_agent",))
        ken = Attempt(email="ken@tea.example", password=PASSWORD, address="127.0.0.1")
        await sign_in(self.db, ken, self.clock.now())
        async with self.db.transaction() as tx:
            await auto_assign(tx, rules, self.clock.now(), 10)

    async def silence(self):
        rules = await self.rules(idle_minutes=10, idle_text="Still there?", close_minutes=5)
        async with self.db.transaction() as tx:
            await end_idle(tx, rules, CHANNELS, self.clock.now(), 10)

    async def notes(self, tx, now):
        new = NewNote(
            workspace_id=self.house, conversation_id=self.id, member_id=self.sue, form_id=str(uuid7()),
            text="she is a regular",
        )  # fmt: skip
        await add_note(tx, new, now)


IN_A_GROUP = "somebody in a group writes words no rule knows"
CUSTOMERS = {
    "the customer taps what the bot answers": {"kind": Kind.POSTBACK, "payload": "hours"},
    "the customer writes a keyword the bot answers": {"text": "Hours"},
    "the customer taps what no rule knows": {"kind": Kind.POSTBACK, "payload": "nothing"},
    "the customer writes words no rule knows": {"text": "are dogs welcome?"},
    "the customer sends a photo": {"message_type": MessageType.IMAGE},
    "the customer sends a sticker": {"message_type": MessageType.STICKER},
    "the customer sends a file": {"message_type": MessageType.FILE},
    IN_A_GROUP: {"text": "are dogs welcome?"},
    "the customer follows the account": {"kind": Kind.FOLLOW},
}
ACTS = {
    "a member answers": Scene.replies,
    "a person answers in the platform's own inbox": Scene.echoes,
    "a member takes over": lambda s, tx, now: take_over(tx, s.house, s.id, s.sue, now),
    "it is given to a colleague": lambda s, tx, now: s.gives(tx, now, s.ken),
    "it is given to nobody": lambda s, tx, now: s.gives(tx, now, None),
    "a member writes a note": Scene.notes,
    "a member snoozes it": lambda s, tx, now: snooze(
        tx, s.house, s.id, s.sue, now + timedelta(hours=1), now
    ),
    "its snooze is over": lambda _, tx, now: wake(tx, now, 10),
    "a member closes it": lambda s, tx, now: close(tx, s.house, s.id, s.sue, now),
}
TIMED = {
    "a rule gives it to somebody": Scene.rule_gives,
    "the customer has been silent for long": Scene.silence,
}


async def happen(scene, what):
    """Let one line of the table happen; a refusal is its answer."""
    if what in CUSTOMERS:
        return await scene.hear(**CUSTOMERS[what])
    if what in TIMED:
        return await TIMED[what](scene)
    try:
        async with scene.db.transaction() as tx:
            await ACTS[what](scene, tx, scene.clock.now())
    except Refused:
        return "refused"
    return None


def test_the_table_names_every_status_and_every_line_is_driven():
    assert HEAD[1:] == ["bot", "waiting", "in_progress", "snoozed", "closed"]
    assert {row[0] for row in ROWS} == {*CUSTOMERS, *ACTS, *TIMED}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
async def test_what_becomes_of_a_conversation(db, clock, keyring, row):
    what, *cells = row
    account = await an_account(db, keyring, clock, "messenger")
    scene = await Scene(db, clock, account).build(group=what == IN_A_GROUP)
    seen = {}
    for before, after in zip(HEAD[1:], cells, strict=True):
        for held in HELD.get(before, (False,)):
            if what == "it is given to nobody" and before == "in_progress" and not held:
                continue
            await scene.put(before, scene.sue if held else None)
            said = await happen(scene, what) or await scene.status()
            awake = "in_progress" if held else "waiting"
            seen[before, held] = (said, {"awake": awake}.get(after, after))
            clock.advance(timedelta(minutes=1))
    assert {case: said for case, (said, _) in seen.items()} == {
        case: wanted for case, (_, wanted) in seen.items()
    }
