"""Who is erased is gone from every column of every table and from every file, and the books still add up."""

from __future__ import annotations

import asyncio

import pytest

from conversations import recount
from conversations import rollups as chat_figures
from conversations.actions.erase import Erasing, begin_erasing
from conversations.actions.erase_steps import GROUP_ROWS
from conversations.outcomes import claims_lost
from conversations.search import search
from conversations.search_index import rebuild as file_anew
from coupons.actions.release import release
from coupons.audit import audit
from coupons.requests import ClaimRequest
from coupons.rollups import rebuild
from runtime.database import connect
from runtime.errors import NotFound
from runtime.media import small_of
from team.forget import Found, forget_in_logs
from tests.factories import CHANNELS
from tests.gateway.erasing.conftest import GROUP_ID, WORDS, left_of, unfilled
from tests.waiting import waiting

# A transaction that writes, and waits: the feed shows nothing newer than it.
WRITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_xid IS NOT NULL"
COUNTED = "SELECT to_jsonb(t) - 'id' - 'generation' FROM {table} t ORDER BY 1"


async def counted(db):
    tables = ("figure", "message_figure", "time_figure", "limit_row", "unit")
    return [await db.screens.fetch(COUNTED.format(table=table)) for table in tables]


async def test_nothing_of_an_erased_person_is_left_anywhere(db, clock, person):
    await person.leaves_traces()
    assert await unfilled(db) == [], (
        "a new table: leave a trace in it and erase it, or name it as nobody's"
    )
    before = await left_of(db, person.folder)
    assert {line.rpartition(": ")[2] for line in before} >= set(WORDS) - {"quillonspicture"}
    kept = person.store.folder / person.key
    assert kept.exists()
    person.store.add_small(kept, kept.read_bytes())
    assert small_of(kept).exists()
    assert await person.begin()
    await person.finish()
    assert await left_of(db, person.folder) == []
    assert not list(kept.parent.glob(f"{kept.name}*"))
    assert await db.screens.fetchval("SELECT count(*) FROM erase_job") == 0
    await file_anew(db, clock.now())
    assert await left_of(db, person.folder) == []
    assert not (await search(db, person.house, "xylophone")).messages


async def test_a_long_group_is_gone_through_in_steps_that_hold_nobody_up(db, clock, person):
    await person.leaves_traces()
    group = await db.screens.fetchval("SELECT id FROM conversation WHERE chat_type <> 'direct'")
    await db.screens.execute(
        "INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, sender_external_id,"
        " kind, text, content, external_id, provider_at, received_at) SELECT gen_random_uuid(), c.workspace_id, c.id,"
        " c.account_id, 'in', 'contact', CASE n % 2 WHEN 0 THEN $3 ELSE 'Uother' END, 'text', 'inthegroup',"
        " jsonb_build_object('mentioned', $3::text), 'long' || n, $2, $2"
        " FROM conversation c, generate_series(1, $4) AS s (n) WHERE c.id = $1",
        *(group, clock.now(), GROUP_ID, GROUP_ROWS + 500),
    )
    await db.screens.execute(
        "UPDATE message SET text = 'others' WHERE sender_external_id = 'Uother'"
    )
    await person.begin()
    left = "SELECT count(*) FROM message WHERE content::text LIKE '%' || $1 || '%'"
    seen, before = [], await db.screens.fetchval(left, GROUP_ID)
    while await db.screens.fetchval("SELECT step FROM erase_job") in {"files", "words", "groups"}:
        await person.eraser().step(person.id, clock.now())
        now = await db.screens.fetchval(left, GROUP_ID)
        seen.append(before - now)
        before = now
    assert before == 0
    assert len([one for one in seen if one]) == 2
    assert max(seen) <= GROUP_ROWS
    await person.finish()
    assert await left_of(db, person.folder) == []
    kept = await db.screens.fetchval("SELECT count(*) FROM message WHERE text = 'others'")
    assert kept >= GROUP_ROWS // 2


async def test_of_partings_only_those_of_the_erased_lose_their_names(db, person):
    await person.leaves_traces()
    await person.begin()
    await person.finish()
    rows = await db.screens.fetch(
        "SELECT content->>'to' AS name FROM message WHERE trigger = 'separated' ORDER BY seq"
    )
    assert [row["name"] for row in rows] == [None, "Keepsake"]


@pytest.mark.parametrize("table", ["audit_entry", "webhook_event", "pin_guess"])
async def test_a_long_search_through_the_logs_does_not_hold_up_the_live_feed(
    db, dsn, clock, person, table
):
    await person.leaves_traces()
    await person.begin()
    while await db.screens.fetchval("SELECT step FROM erase_job") != "rest":
        await person.eraser().step(person.id, clock.now())
    rival = await connect(dsn)
    async with asyncio.timeout(60):
        async with rival.transaction():
            await rival.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            last = asyncio.ensure_future(person.eraser().step(person.id, clock.now()))
            await waiting(db.screens, 1)
            assert await db.screens.fetchval(WRITING) == 0
        await last
    await rival.close()
    assert await left_of(db, person.folder) == []


async def test_what_the_logs_learn_while_they_are_looked_through_is_forgotten_too(
    db, clock, person
):
    await person.leaves_traces()
    await person.begin()
    async with db.transaction() as tx:
        await forget_in_logs(tx, person.house, [person.id, person.gone], Found(), clock.now())
    words = ("tagtold", "goneword", "gonebodyword", "excerptword")
    assert await left_of(db, person.folder, words) == []


async def test_what_is_counted_stays_and_the_books_add_up(db, clock, person):
    await person.leaves_traces()
    await rebuild(db, clock.now())
    await chat_figures.rebuild(db, clock.now())
    before = await counted(db)
    messages = await db.screens.fetchval("SELECT count(*) FROM message")
    await person.begin()
    await person.finish()
    assert [books.faults for books in await audit(db.screens)] == [()]
    assert await recount.faults(db.screens, person.house) == []
    await rebuild(db, clock.now())
    await chat_figures.rebuild(db, clock.now())
    assert await counted(db) == before
    assert await db.screens.fetchval("SELECT count(*) FROM message") == messages
    assert await db.screens.fetchval("SELECT count(*) FROM claim WHERE contact_id = $1", person.id)


async def test_the_log_keeps_who_did_it_and_when_and_to_which_id(db, person):
    await person.leaves_traces()
    await person.begin()
    await person.finish()
    rows = await db.screens.fetch(
        "SELECT action, member_id, detail FROM audit_entry WHERE subject = $1 ORDER BY id",
        str(person.id),
    )
    assert [tuple(row) for row in rows] == [
        ("contact.tagged", person.ann, {}), ("contact.erased", person.ann, {}),
    ]  # fmt: skip
    assert not await person.begin()


async def test_who_writes_again_is_somebody_new_and_an_old_event_brings_nobody_back(db, person):
    await person.leaves_traces()
    redelivered = person.says("lateword again")
    await person.comes(redelivered)
    await person.begin()
    await person.comes(redelivered)
    assert await person.contact() is None
    await person.finish()
    await person.comes(redelivered)
    assert await person.contact() is None
    await person.comes(person.says("hello, I am new here"))
    fresh = await person.contact()
    assert fresh not in {None, person.id}
    row = await db.screens.fetchrow(
        "SELECT status, shelf, chat_key FROM conversation WHERE contact_id = $1", fresh
    )
    assert (row["status"], row["shelf"], row["chat_key"]) == ("waiting", "", f"c:{fresh}")


async def test_an_erasing_that_is_cut_off_at_any_step_goes_on_and_ends(db, clock, person, tmp_path):
    await person.leaves_traces()
    await person.begin()
    steps = 0
    while True:
        with pytest.raises(RuntimeError, match="killed"):
            await half_a_step(person, clock)
        steps += 1
        if not await person.eraser().step(person.id, clock.now()):
            break
    assert steps >= 5
    assert await left_of(db, person.folder) == []


async def half_a_step(person, clock):
    """Take a step that is rolled back at its end, as by a kill."""
    erasing = person.eraser()
    opened = erasing._db

    class Killed:
        screens = opened.screens

        @staticmethod
        def transaction():
            return Dying(opened)

    erasing._db = Killed
    await erasing.step(person.id, clock.now())


class Dying:
    """A transaction whose process is killed right before it commits."""

    def __init__(self, db):
        self.opened = db.transaction()

    async def __aenter__(self):
        return await self.opened.__aenter__()

    async def __aexit__(self, *what):
        error = RuntimeError("killed")
        await self.opened.__aexit__(RuntimeError, error, None)
        raise error


async def test_a_card_that_waits_is_not_sent_and_its_coupon_goes_back(db, clock, person):
    await person.comes(person.says("a coupon, for me"))
    person.id = await person.contact()
    assert await db.screens.fetchval("SELECT count(*) FROM outbox") == 1

    async def lost(tx, messages):
        await release(tx, await claims_lost(tx, messages), clock.now())

    await person.begin(on_rejected=lost)
    assert await db.screens.fetchval("SELECT count(*) FROM outbox") == 0
    assert await db.screens.fetchval("SELECT state FROM claim") == "released"
    await person.finish()
    assert [books.faults for books in await audit(db.screens)] == [()]
    assert await db.screens.fetchval("SELECT count(*) FROM unit WHERE state = 'free'") == 50


async def test_a_message_worked_on_while_they_are_erased_is_erased_or_somebody_elses(
    db, clock, person
):
    await person.leaves_traces()
    await asyncio.gather(person.work(), person.begin(), person.comes(person.says("gramophone")))
    await person.finish()
    of_erased = await db.screens.fetch(
        "SELECT m.text FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE c.contact_id = $1",
        person.id,
    )
    assert {row["text"] for row in of_erased} == {""}
    again = await person.contact()
    assert again != person.id
    assert "lateword" not in " ".join(await left_of(db, person.folder, ("lateword",)))


async def test_a_claim_asked_for_after_they_are_gone_is_refused(db, clock, person):
    await person.leaves_traces()
    await person.begin()
    wish = ClaimRequest(
        workspace_id=person.house, coupon_id=person.coupon, contact_id=person.id, source="api", key="k",
        arrived_at=clock.now(),
    )  # fmt: skip
    workers = person.workers()
    async with db.transaction() as tx:
        [result] = await workers._wiring.settle(tx, [wish], clock.now())
    assert result.claim is None
    await person.finish()
    assert [books.faults for books in await audit(db.screens)] == [()]


async def test_another_workspaces_contact_is_not_found(db, clock, person):
    await person.leaves_traces()
    who = Erasing(workspace_id=person.id, contact_id=person.id)
    async with db.transaction() as tx:
        with pytest.raises(NotFound):
            await begin_erasing(tx, who, CHANNELS, clock.now())
    assert await person.contact() == person.id
