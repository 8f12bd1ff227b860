"""What the deliverer does with what was posted, at a real small platform."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from conversations import outbox
from conversations.actions.account_state import mark_reconnected
from conversations.actions.pause_account import pause_account, resume_account
from conversations.actions.remove_account import Removal, remove_account
from conversations.outcomes import Verdict, finish
from gateway.starting import PARK
from tests.doubles.platform import CUT, SPENT_TOKEN, Answer

BUSY = Answer(400, {"error": {"code": 2, "message": "temporarily unavailable"}})


async def test_a_posted_message_reaches_the_platform_and_shows_as_sent(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"))
    await deliver()
    await shop.say(conversation, "hello")
    await shop.until("sent")
    assert platform.said == ["hello"]
    assert await shop.db.screens.fetchval("SELECT count(*) FROM outbox") == 0
    kept = await shop.db.screens.fetchrow("SELECT * FROM delivery")
    assert (kept["state"], kept["method"], kept["attempts"]) == ("sent", "push", 1)
    assert kept["external_id"] == "m1-0"
    told = await shop.db.screens.fetch("SELECT kind FROM feed WHERE subject = $1", conversation)
    assert len(told) == 2


async def test_the_free_reply_is_used_first_and_joins_five_messages(shop, platform, deliver):
    """Lesson 22: a push is paid for only where no free reply is left."""
    conversation = await shop.conversation(await shop.account("line"), token="free")
    await shop.say(conversation, *"abcdefg")
    await deliver()
    await shop.until(*["sent"] * 7)
    first, second = platform.taken
    assert (first.path, first.texts) == ("/v2/bot/message/reply", list("abcde"))
    assert (second.path, second.texts) == ("/v2/bot/message/push", list("fg"))
    assert "X-Line-Retry-Key" not in first.headers
    assert second.headers["X-Line-Retry-Key"]
    assert await shop.db.screens.fetchval("SELECT reply_token FROM conversation") == ""


async def test_a_reply_token_too_old_is_left_alone(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"), token="old")
    await shop.pass_time(60)
    await shop.say(conversation, "late")
    await deliver()
    await shop.until("sent")
    assert platform.taken[0].path == "/v2/bot/message/push"


async def test_a_refused_reply_token_sends_the_same_messages_as_a_push(shop, platform, deliver):
    platform.answers.append(SPENT_TOKEN)
    conversation = await shop.conversation(await shop.account("line"), token="dead")
    await shop.say(conversation, "a", "b")
    await deliver()
    await shop.until("sent", "sent")
    assert [call.path[-5:] for call in platform.taken] == ["reply", "/push"]
    assert platform.taken[1].texts == ["a", "b"]


async def test_a_conversation_keeps_its_order_across_people_and_bots(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("messenger"))
    for n in range(8):
        queue = "agent" if n % 2 else "bot"
        await shop.say(conversation, str(n), queue=queue)
    await deliver()
    await shop.until(*["sent"] * 8)
    assert platform.said == list("01234567")


async def test_a_waiting_head_holds_its_own_conversation_only(shop, platform, deliver):
    account = await shop.account("messenger")
    stuck, free = await shop.conversation(account, "A"), await shop.conversation(account, "B")
    platform.answers.append(BUSY)
    await shop.say(stuck, "first")
    await shop.say(stuck, "second")
    await deliver()
    await platform.calls(1)
    await shop.say(free, "other")
    await platform.calls(2)
    assert platform.said == ["first", "other"]
    await shop.pass_time(3600)
    await shop.until("sent", "sent", "sent")
    assert platform.said == ["first", "other", "first", "second"]


async def test_a_broadcast_delays_no_answer_in_the_same_conversation(shop, platform, deliver):
    """Lesson 9: a person’s answer waits for no bulk."""
    conversation = await shop.conversation(await shop.account("messenger"))
    platform.answers.append(BUSY)
    await shop.say(conversation, "news", queue="broadcast")
    await deliver()
    await platform.calls(1)
    await shop.say(conversation, "answer", queue="agent")
    await platform.calls(2)
    assert platform.said == ["news", "answer"]


async def test_a_definite_refusal_fails_with_a_sentence_and_tells_who_listens(
    shop, platform, deliver
):
    platform.answers.append(Answer(400, {"message": "The request body has 1 error(s)"}))
    conversation = await shop.conversation(await shop.account("line"))
    [message] = await shop.say(conversation, "bad")
    await shop.say(conversation, "good")
    platform.answers[0].body["details"] = []
    await deliver(at_once={"agent": 1, "bot": 1, "broadcast": 1})
    await shop.until("failed", "failed")
    row = await shop.db.screens.fetchrow("SELECT * FROM message WHERE id = $1", message)
    assert row["error_code"] == "bad_request"
    assert row["error_text"].startswith("LINE refused the message")
    assert message in [rejected.id for rejected in shop.rejected]


async def test_a_customer_who_blocked_us_is_remembered_as_unreachable(shop, platform, deliver):
    platform.answers.append(Answer(400, {"error": {"code": 551, "message": "unavailable"}}))
    conversation = await shop.conversation(await shop.account("messenger"))
    await shop.say(conversation, "hello?")
    await deliver()
    await shop.until("failed")
    assert await shop.db.screens.fetchval("SELECT reachable FROM channel_identity") is False


async def test_only_refused_credentials_stop_an_account_and_new_ones_let_its_sends_go_at_once(
    shop, platform, deliver
):
    """Lesson 18: only an error of credentials asks to reconnect."""
    platform.answers.append(Answer(401, {"message": "Authentication failed"}))
    account = await shop.account("line")
    conversation = await shop.conversation(account)
    await deliver()
    await shop.say(conversation, "hello")
    await platform.calls(1)
    await shop.wait(lambda: account_needs_reconnect(shop))
    assert await shop.states() == ["queued"]
    async with shop.db.transaction() as tx:
        await mark_reconnected(tx, account.id, shop.clock.now())
    await shop.until("sent")


async def account_needs_reconnect(shop):
    return await shop.db.screens.fetchval("SELECT state FROM channel_account") == "reconnect"


async def test_what_could_not_be_sent_in_time_fails_by_its_deadline(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "a", queue="agent")
    await shop.pass_time(601)
    await deliver()
    await shop.until("failed")
    assert platform.taken == []
    assert await shop.db.screens.fetchval("SELECT error_code FROM message") == "deadline"


async def test_retries_wait_for_as_long_as_the_platform_asks(shop, platform, deliver):
    platform.answers.append(Answer(429, {"message": "The API rate limit has been exceeded."}))
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "a")
    await deliver()
    await platform.calls(1)
    await shop.outbox(state=0, attempts=1)
    wait = await shop.db.screens.fetchval("SELECT not_before FROM outbox") - shop.clock.now()
    assert wait >= timedelta(seconds=1)
    await shop.pass_time(10)
    await shop.until("sent")


async def test_a_slow_call_shows_as_sending(shop, platform, deliver):
    platform.gate.clear()
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "slow")
    await deliver()
    await platform.calls(1)
    await shop.pass_time(2)
    await shop.until("sending")
    platform.gate.set()
    await shop.until("sent")


async def test_stopping_finishes_the_calls_that_are_out(shop, platform, deliver):
    platform.gate.clear()
    conversation = await shop.conversation(await shop.account("line"))
    deliverer = await deliver()
    await shop.say(conversation, "going")
    await platform.calls(1)
    stopping = asyncio.ensure_future(deliverer.supervisor.stop(10))
    await shop.say(conversation, "not any more")
    platform.gate.set()
    await stopping
    assert await shop.states() == ["sent", "queued"]


async def test_many_conversations_are_served_at_once_by_two_processes(shop, platform, deliver):
    account = await shop.account("messenger")
    for n in range(40):
        await shop.say(await shop.conversation(account, f"P{n}"), f"{n}a", f"{n}b")
    await deliver(rates={"messenger": 100_000})
    await deliver(rates={"messenger": 100_000})
    await shop.until(*["sent"] * 80)
    assert sorted(platform.said) == sorted(f"{n}{part}" for n in range(40) for part in "ab")
    assert all(platform.said.index(f"{n}a") < platform.said.index(f"{n}b") for n in range(40))


async def test_a_connection_cut_after_the_request_is_not_repeated_where_nothing_protects(
    shop, platform, deliver
):
    platform.answers.append(CUT)
    conversation = await shop.conversation(await shop.account("messenger"))
    await shop.say(conversation, "once")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(31)
    await shop.until("unknown")
    assert platform.said == ["once"]


async def test_a_customer_writing_at_this_moment_costs_no_push(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "hello")
    other = await shop.conversation(await shop.account("messenger"))
    async with shop.db.transaction(shop.db.lanes) as block:
        await block.execute(
            "UPDATE conversation SET reply_token = 'new', reply_token_at = $2 WHERE id = $1",
            *(conversation, shop.clock.now()),
        )
        await deliver()
        await shop.say(other, "another")
        await platform.calls(1)
        assert platform.said == ["another"]
    await shop.until("sent", "sent")
    assert platform.taken[1].path == "/v2/bot/message/reply"


async def test_a_limit_on_a_free_reply_keeps_its_token_for_the_next_try(shop, platform, deliver):
    platform.answers.append(Answer(429, {"message": "The API rate limit has been exceeded."}))
    conversation = await shop.conversation(await shop.account("line"), token="free")
    await shop.say(conversation, "a")
    await deliver()
    await platform.calls(1)
    await shop.outbox(state=0, attempts=1)
    await shop.pass_time(10)
    await shop.until("sent")
    assert [call.path[-5:] for call in platform.taken] == ["reply", "reply"]


async def test_what_was_begun_but_never_called_goes_back_untouched(shop):
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "a")
    account = next(iter(shop.accounts))
    async with shop.db.transaction() as tx:
        now = shop.clock.now()
        ask = outbox.Ask(queue="bot", rooms={account: 1}, limit=1)
        [head] = (await outbox.pop(tx, ask, now)).heads
        planned = outbox.Attempt(rows=(head,), method="push", retry_key=head.retry_key)
        [begun] = await outbox.begin(tx, [planned], now, timedelta(seconds=20))
        await outbox.release(tx, [begun])
    row = await shop.db.screens.fetchrow("SELECT state, attempts, lease_until FROM outbox")
    assert tuple(row) == (0, 0, None)
    async with shop.db.transaction() as tx:
        late = Verdict(id=head.id, epoch=begun.rows[0].epoch, kind="sent")
        await finish(tx, [late], shop.clock.now())
    assert await shop.states() == ["queued"]


async def test_what_was_cancelled_at_this_moment_does_not_travel_with_its_head(shop):
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "card", "words taken back")
    account = next(iter(shop.accounts))
    async with shop.db.transaction() as tx:
        now = shop.clock.now()
        ask = outbox.Ask(queue="bot", rooms={account: 1}, limit=1, joining=[account], joined=5)
        due = await outbox.pop(tx, ask, now)
        [head] = due.heads
        await shop.db.screens.execute("DELETE FROM outbox WHERE id > $1", head.id)
        rows = (head, *due.behind[conversation])
        planned = outbox.Attempt(rows=rows, method="push", retry_key=head.retry_key)
        [begun] = await outbox.begin(tx, [planned], now, timedelta(seconds=20))
    assert [row.id for row in begun.rows] == [head.id]


async def test_a_listener_that_fails_loses_nobody_elses_outcome(shop, platform, deliver):
    async def broken(_, __):
        raise RuntimeError("a listener's own fault")

    account = await shop.account("line")
    platform.answers.append(Answer(400, {"message": "bad"}))
    await shop.say(await shop.conversation(account, "U1"), "refused")
    deliverer = await deliver(at_once={"agent": 1, "bot": 1, "broadcast": 1}, on_rejected=broken)
    await platform.calls(1)
    await shop.say(await shop.conversation(account, "U2"), "fine")
    deliverer.wake()
    await shop.wait(lambda: second_is_sent(shop))
    assert await shop.states() == ["queued", "sent"]


async def second_is_sent(shop):
    return (await shop.states())[1:] == ["sent"]


async def test_a_paused_account_sends_nothing_and_what_waited_goes_once_it_is_resumed(
    shop, platform, deliver
):
    account = await shop.account("line")
    conversation = await shop.conversation(account)
    await shop.say(conversation, "before")
    async with shop.db.transaction() as tx:
        await pause_account(tx, shop.workspace, account.id, shop.clock.now())
    await shop.say(conversation, "meanwhile")
    await deliver()
    await shop.outbox(state=0, not_before=shop.clock.now() + PARK)
    assert await shop.states() == ["queued", "failed"]
    assert platform.taken == []
    told = "SELECT error_code FROM message ORDER BY seq DESC LIMIT 1"
    assert await shop.db.screens.fetchval(told) == "account_paused"
    async with shop.db.transaction() as tx:
        await resume_account(tx, shop.workspace, account.id, shop.clock.now())
    await shop.until("sent", "failed")
    assert platform.said == ["before"]


async def test_what_waits_for_an_account_that_is_removed_fails_and_is_told(shop, platform, deliver):
    account = await shop.account("line")
    conversation = await shop.conversation(account)
    await shop.say(conversation, "before")
    removal = Removal(workspace_id=shop.workspace, account_id=account.id, typed_name=account.name)
    async with shop.db.transaction() as tx:
        await remove_account(tx, shop.keyring, removal, shop.clock.now())
    del shop.accounts[account.id]
    await shop.say(conversation, "after")
    await deliver()
    await shop.until("failed", "failed")
    await shop.wait(lambda: some_rejected(shop))
    assert platform.taken == []


async def some_rejected(shop):
    return bool(shop.rejected)
