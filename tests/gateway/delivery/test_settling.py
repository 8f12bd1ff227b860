"""What happens after a call of unknown outcome, on each kind of platform."""

from __future__ import annotations

import pytest

from tests.doubles.platform import CUT, Answer

BROKEN = Answer(500, {"message": "Internal error"})


async def abandon(shop, platform, deliver):
    """Kill a deliverer in mid-call: the platform has the call, nobody hears the answer."""
    platform.gate.clear()
    victim = await deliver()
    await platform.calls(1)
    await shop.outbox(state=1)
    await victim.supervisor.stop(0)
    platform.gate.set()


async def test_a_push_is_repeated_under_the_same_key_and_counted_once(shop, platform, deliver):
    platform.answers.append(CUT)
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "a")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(5)
    await shop.until("sent")
    keys = [call.headers["X-Line-Retry-Key"] for call in platform.taken]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(platform.keys) == 1


async def test_a_reply_is_repeated_with_its_token_and_the_refusal_means_it_arrived(
    shop, platform, deliver
):
    platform.answers.append(CUT)
    conversation = await shop.conversation(await shop.account("line"), token="t")
    await shop.say(conversation, "a", "b")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(5)
    await shop.until("sent", "sent")
    assert [call.body["replyToken"] for call in platform.taken] == ["t", "t"]


async def test_a_reply_that_never_arrived_is_sent_by_the_repeat(shop, platform, deliver):
    platform.answers.append(BROKEN)
    conversation = await shop.conversation(await shop.account("line"), token="t")
    await shop.say(conversation, "a")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(5)
    await shop.until("sent")
    assert [call.path[-5:] for call in platform.taken] == ["reply", "reply"]


async def test_a_reply_of_unknown_outcome_is_never_pushed(shop, platform, deliver):
    platform.answers.append(BROKEN)
    conversation = await shop.conversation(await shop.account("line"), token="t")
    await shop.say(conversation, "a")
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(60)
    await shop.until("unknown")
    assert len(platform.taken) == 1
    kept = await shop.db.screens.fetchrow("SELECT * FROM message")
    assert kept["error_code"] == "unknown"


async def test_a_process_killed_in_mid_push_leaves_a_message_that_arrives_once(
    shop, platform, deliver
):
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "a")
    await abandon(shop, platform, deliver)
    await shop.end_leases()
    await deliver()
    await shop.until("sent")
    assert len(platform.keys) == 1


async def test_a_process_killed_in_mid_reply_leaves_a_message_that_arrives_once(
    shop, platform, deliver
):
    conversation = await shop.conversation(await shop.account("line"), token="t")
    await shop.say(conversation, "a")
    await abandon(shop, platform, deliver)
    await shop.end_leases()
    await deliver()
    await shop.until("sent")
    assert platform.tokens == {"t"}
    assert all(call.path.endswith("reply") for call in platform.taken)


@pytest.mark.parametrize("channel", ["messenger", "instagram", "whatsapp"])
async def test_a_process_killed_in_mid_call_repeats_nothing_it_cannot_prove(
    shop, platform, deliver, channel
):
    """Lesson 8: an unknown outcome is a state of its own, not a failure."""
    conversation = await shop.conversation(await shop.account(channel))
    await shop.say(conversation, "a")
    await abandon(shop, platform, deliver)
    await shop.end_leases()
    await deliver()
    await shop.outbox(state=2)
    await shop.pass_time(31)
    await shop.until("unknown")
    assert len(platform.taken) == 1


async def test_a_live_lease_keeps_others_away(shop, platform, deliver):
    platform.gate.clear()
    conversation = await shop.conversation(await shop.account("line"))
    await shop.say(conversation, "a", "b")
    await deliver()
    await platform.calls(1)
    other = await deliver()
    other.wake()
    await shop.say(conversation, "c")
    await shop.pass_time(1)
    platform.gate.set()
    await shop.until("sent", "sent", "sent")
    assert platform.said == ["a", "b", "c"]


async def test_a_writer_whose_lease_has_passed_on_changes_nothing(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("messenger"))
    await shop.say(conversation, "a")
    platform.gate.clear()
    await deliver()
    await platform.calls(1)
    await shop.outbox(state=1)
    await shop.db.screens.execute("UPDATE outbox SET epoch = epoch + 1, state = 2")
    platform.gate.set()
    await shop.say(await shop.conversation(await shop.account("line")), "later")
    await shop.wait(lambda: last_is_sent(shop))
    assert await shop.states() == ["queued", "sent"]


async def last_is_sent(shop):
    return (await shop.states())[-1] == "sent"


async def test_twilio_is_asked_and_what_it_lists_is_sent(shop, platform, deliver):
    platform.answers.append(CUT)
    conversation = await shop.conversation(await shop.account("whatsapp"), "+886900000001")
    await shop.say(conversation, "your tea")
    await deliver()
    await shop.outbox(state=2)
    platform.listed.append(
        {
            "sid": "SM" + "1" * 32,
            "body": "your tea",
            "status": "delivered",
            "direction": "outbound-api",
            "from": "whatsapp:+15550001111",
            "to": "whatsapp:+886900000001",
            "num_media": "0",
            "date_created": "Mon, 04 May 2026 05:00:01 +0000",
            "date_sent": "Mon, 04 May 2026 05:00:01 +0000",
            "error_code": None,
        }
    )
    await shop.pass_time(6)
    await shop.until("sent")
    assert len(platform.taken) == 1
