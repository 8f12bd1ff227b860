"""Every kind of event a platform sends can be played at the phones, and arrives as what it is."""

from __future__ import annotations

import asyncio
import base64
import re

import pytest

from conversations.actions.change_account import Changes, change_account
from simulator import signing
from simulator.plays import PLAYS

SAID = {
    "video": "video",
    "audio": "audio",
    "file": "file",
    "document": "file",
    "share": "share",
    "reel": "reel",
    "story_mention": "story_mention",
    "story_reply": "story_reply",
    "unsupported": "unsupported",
    "reply": "text",
    "from_ad": "text",
    "contacts": "contacts",
    "flow_answers": "text",
}
OTHER = {
    "edited": "edit",
    "rich_menu": "postback",
    "rich_menu_switch": "postback",
    "join": "join",
    "leave": "leave",
    "member_joined": "member_joined",
    "member_left": "unknown",
    "account_link": "account_link",
    "account_link_failed": "account_link",
    "account_linked": "account_link",
    "account_unlinked": "account_link",
    "beacon": "unknown",
    "video_complete": "unknown",
    "unknown": "unknown",
    "handover": "unknown",
    "referral_ad": "referral",
    "optin": "optin",
    "typed_elsewhere": "echo",
    "coupon_reveal": "coupon_reveal",
    "reaction": "reaction",
    "reaction_taken_back": "reaction",
}
# What gestures of the phone and answers bring: with the plays, every kind the channel's reader knows.
KNOWN = {
    "line": "message postback follow unfollow join leave member_joined account_link unsend edit unknown",
    "messenger": "message postback referral coupon_reveal delivery read reaction edit account_link optin"
    " echo unknown",
    "instagram": "message postback referral read reaction echo unsend optin unknown",
    "whatsapp": "message reaction status unknown",
}
CARD_GONE = "SELECT count(*) FROM message WHERE claim_id IS NOT NULL AND state <> 'queued'"
ROWS = """
SELECT i.id, i.payload FROM inbox i JOIN channel_account a ON a.id = i.account_id
WHERE a.channel = $1 AND i.id > $2 AND i.state = 1 ORDER BY i.id
"""


class Phone:
    """One channel's phone without its picture: gestures go in, received events are read."""

    def __init__(self, demo, account):
        self.demo, self.account = demo, account
        self.url = f"{demo.url}/simulator/api/accounts/{account['id']}"
        self.kinds, self.last = set(), 0

    async def shown(self):
        async with self.demo.http.get(f"{self.url}/phone") as answer:
            return await answer.json()

    async def do(self, action, **more):
        who = (await self.shown())["customer"]["external_id"]
        body = {"customer": who, "action": action, **more}
        async with self.demo.http.post(f"{self.url}/do", json=body) as answer:
            told = await answer.json()
            assert answer.status == 200, (action, more, told)
        return told["message"]

    async def fault(self, name, *, on=True):
        async with self.demo.http.put(f"{self.url}/faults/{name}", json={"on": on}) as answer:
            assert answer.status == 200

    async def heard(self, kind, form=None):
        """Wait until an event of this kind (and form of message) has been handled."""
        read = self.demo.parts.channels[self.account["channel"]].read
        async with asyncio.timeout(60), self.demo.parts.live.follow() as follower:
            while True:
                for row in await self.demo.fetch(ROWS, self.account["channel"], self.last):
                    self.last = row["id"]
                    event = read(row["payload"])
                    self.kinds.add(str(event.kind))
                    if event.kind == kind and (form is None or event.message_type == form):
                        return event
                try:
                    async with asyncio.timeout(0.2):
                        await follower.take()
                except TimeoutError:
                    continue


@pytest.fixture
async def phone(demo):
    async def take(channel):
        return Phone(demo, await demo.account(channel))

    return take


async def gestures(phone):
    """Do with a thumb what this channel's phone can, and wait for each."""
    channel = phone.account["channel"]
    mine = await phone.do("say", text="Hello")
    await phone.heard("message", "text")
    if channel != "whatsapp":
        await phone.do("start")
        await phone.heard("follow" if channel == "line" else "postback")
    if channel in {"line", "instagram"}:
        await phone.do("unsend", message=mine)
        await phone.heard("unsend")
    if channel in {"messenger", "instagram"}:
        await phone.do("open_link", ref="spring")
        await phone.heard("referral")
        said = await phone.do("say", text="Well")
        await phone.do("react", message=said, text="👍")
        await phone.heard("reaction")
    if channel == "messenger":
        await phone.do("edit", message=said, text="Well then")
        await phone.heard("edit")


@pytest.mark.parametrize("channel", sorted(PLAYS))
async def test_every_kind_of_event_can_be_played_and_is_read_as_what_it_is(demo, phone, channel):
    phone = await phone(channel)
    await phone.do("say", text="latte")
    await demo.until(CARD_GONE, wanted=1)
    await gestures(phone)
    if channel in {"messenger", "instagram"}:
        await phone.do("read")
        await phone.heard("read")
    for name in PLAYS[channel]:
        await phone.do("play", event=name)
        form = SAID.get(name)
        await phone.heard("message" if form else OTHER[name], form)
    if channel == "line":
        await phone.do("block")
        await phone.heard("unfollow")
    assert phone.kinds >= set(KNOWN[channel].split())
    assert await demo.value("SELECT count(*) FROM inbox WHERE state = 2") == 0


async def test_an_event_nobody_knows_is_refused_with_those_that_are(demo, phone):
    phone = await phone("line")
    body = {"customer": (await phone.shown())["customer"]["external_id"], "action": "play"}
    async with demo.http.post(f"{phone.url}/do", json=body | {"event": "dance"}) as answer:
        assert answer.status == 400
        assert "member_joined" in (await answer.json())["error"]


@pytest.mark.parametrize("channel", ["line", "messenger", "instagram"])
async def test_while_another_app_answers_the_bot_keeps_still(demo, phone, channel):
    phone = await phone(channel)
    await phone.fault("standby")
    await phone.do("say", text="latte")
    event = await phone.heard("message", "text")
    assert (event.mode, event.reply_token) == ("standby", None)
    await phone.fault("standby", on=False)
    assert await demo.value("SELECT count(*) FROM claim") == 0
    await phone.do("say", text="latte")
    await demo.until("SELECT count(*) FROM claim", wanted=1)


async def test_with_the_monthly_limit_reached_replies_go_and_pushes_say_why(demo, phone):
    phone = await phone("line")
    await phone.fault("monthly_limit")
    await phone.do("say", text="latte")
    await demo.until("SELECT state FROM message WHERE claim_id IS NOT NULL", wanted="sent")
    assert await demo.value("SELECT method FROM delivery") == "reply"
    site = demo.site
    [refused] = [
        line
        for line in (await check(site, demo, "line")).advice
        if re.search(r"\b200\b|quota|limit", line, re.IGNORECASE)  # not a port such as 20057
    ]
    assert refused


async def check(site, demo, channel):
    account = demo.parts.accounts.named(channel, "demo")
    return await demo.parts.channels[channel].client(account, demo.http).check()


async def test_twilio_may_sign_with_a_shared_key(demo, phone):
    phone, site = await phone("whatsapp"), demo.site
    account = demo.parts.accounts.named("whatsapp", "demo")
    await phone.fault("shared_key")
    await phone.do("say", text="latte")
    await demo.until(
        "SELECT count(*) FROM simulator.wire WHERE direction = 'webhook' AND status = 401",
        wanted=1,
    )
    keys = {signing.SHARED_KEY_ID: signing.shared_key(account.secret)}
    changes = Changes(shared_keys=keys)
    await change_account(site.database, site.keyring, "whatsapp", "demo", changes, site.clock)
    await demo.parts.accounts.refresh()
    await phone.do("say", text="latte")
    await demo.until("SELECT count(*) FROM claim", wanted=1)
    # The claim may be there before the simulator has written down how its webhook was answered.
    accepted = "FROM simulator.wire WHERE direction = 'webhook' AND status = 200"
    await demo.until(f"SELECT count(*) > 0 {accepted}")
    signature = await demo.value(f"SELECT signature {accepted} LIMIT 1")
    assert len(base64.b64decode(signature)) == 32
