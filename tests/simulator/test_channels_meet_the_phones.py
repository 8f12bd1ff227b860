"""The channels and the simulator, two readings of the same documents, understand one another."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from channels.registry import load
from conversations.channel import (
    Account,
    Call,
    Kind,
    MessageType,
    Part,
    SendError,
    Sent,
    WebhookRequest,
)
from conversations.content import Text
from runtime.clock import to_ms
from simulator import phones
from tests.channels.contents import EVERY_BUTTON, KINDS, at_limits

CHANNELS = load()
BASES = {"line": "line", "messenger": "meta", "instagram": "meta", "whatsapp": "twilio"}
SECRET, TOKEN = "a secret for tests", "a-token-for-tests"


@pytest.fixture(params=sorted(CHANNELS))
def channel(request):
    """Each channel in turn."""
    return CHANNELS[request.param]


@pytest.fixture
async def account(stage, channel):
    """The channel's view of the simulator's account."""
    known = await stage.account(channel.name)
    return Account(
        id=uuid4(),
        workspace_id=uuid4(),
        channel=channel.name,
        name="demo",
        external_id=known.external_id,
        secret=SECRET,
        token=TOKEN,
        verify_token="verify me",
        address=known.address,
        api_base=f"{stage.url}/{BASES[channel.name]}",
    )


@pytest.fixture
def client(stage, channel, account):
    """A client that calls the simulator."""
    return channel.client(account, stage.http, "v26.0")


@pytest.fixture
def read(stage, channel, account, hook):
    """Deliver what is due and read it as the gateway would."""

    async def heard():
        await stage.deliver()
        found = []
        for call in hook.calls:
            parts = urlsplit(call.url)
            request = WebhookRequest(
                method="POST",
                target=parts.path + (f"?{parts.query}" if parts.query else ""),
                query=dict(call.query),
                headers={name.lower(): value for name, value in call.headers.items()},
                body=call.body,
                public_url=f"{parts.scheme}://{parts.netloc}",
            )
            assert channel.verify(account, request)
            entries = channel.split(request)
            assert {entry.account_external_id for entry in entries} <= {account.external_id, None}
            found += [channel.read(entry.payload) for entry in entries]
        hook.calls.clear()
        return found

    return heard


def call(who, *contents, **rest):
    parts = [Part(delivery_id=uuid4(), content=content) for content in contents]
    return Call(to=who.customer.external_id, parts=parts, retry_key=uuid4(), **rest)


async def test_what_a_customer_does_is_read(stage, channel, read):
    who = await stage.who(channel.name)
    await phones.say(who, "拿鐵 a/b & c")
    await phones.send_photo(who)
    await phones.send_sticker(who)
    text, photo, sticker = await read()
    assert (text.kind, text.message_type, text.text) == (
        Kind.MESSAGE,
        MessageType.TEXT,
        "拿鐵 a/b & c",
    )
    assert text.contact_external_id == who.customer.external_id
    assert photo.message_type is MessageType.IMAGE
    assert sticker.kind is Kind.MESSAGE
    assert len({one.external_event_id for one in (text, photo, sticker)}) == 3
    if channel.name != "whatsapp":
        assert text.timestamp_ms == to_ms(stage.clock.now())


async def test_every_kind_of_content_is_taken(stage, channel, client):
    who = await stage.who(channel.name)
    await phones.say(who, "hi")
    said = {**KINDS, **at_limits(channel.abilities)}
    for name, content in said.items():
        if name in {"template", *channel.abilities.unsupported}:
            continue
        for part in channel.parts(content):
            sent = await client.send(call(who, part))
            assert isinstance(sent, Sent), (name, sent)


async def test_every_card_with_every_button_is_kept_as_a_template_and_sent(stage, channel, client):
    who = await stage.who(channel.name)
    await phones.say(who, "hi")
    shape = channel.shape(KINDS["card"])
    if shape is None:
        assert channel.name != "whatsapp"
        return
    sid = await client.create_template(shape)
    assert isinstance(sid, str), sid
    [*_, last] = channel.parts(KINDS["card"])
    part = Part(delivery_id=uuid4(), content=last, template_id=sid)
    sent = await client.send(Call(to=who.customer.external_id, parts=[part], retry_key=uuid4()))
    assert isinstance(sent, Sent), sent
    shown = (await stage.chat(channel.name))[-1]
    assert EVERY_BUTTON["link"].url in str(shown["body"])


async def test_a_photo_is_fetched_where_the_event_says(stage, channel, client, read):
    await phones.send_photo(await stage.who(channel.name))
    [event] = await read()
    source = client.media(event, event.attachments[0])
    async with stage.http.get(source.url, headers=source.headers) as answer:
        assert (await answer.read())[:2] == b"\xff\xd8"


async def test_the_account_checks_out_and_a_wrong_token_does_not(stage, channel, account, client):
    check = await client.check()
    assert check.ok, check
    assert check.external_id in {account.external_id, None}
    await stage.fault(channel.name, "expired_token")
    await stage.fault("messenger", "expired_token")  # its token also speaks for Instagram
    check = await client.check()
    assert not check.ok
    assert check.credentials_bad


async def test_refusals_are_understood(stage, channel, client, clock):
    who = await stage.who(channel.name)
    await phones.say(who, "hi")
    await stage.fault(channel.name, "answer_429", calls=1)
    limited = await client.send(call(who, Text("hi")))
    assert isinstance(limited, SendError)
    assert limited.retry
    await stage.fault(channel.name, "expired_token", calls=1)
    refused = await client.send(call(who, Text("hi")))
    assert isinstance(refused, SendError)
    assert refused.credentials_bad
    if channel.name in {"messenger", "instagram"}:
        clock.advance(timedelta(hours=25))
        late = await client.send(call(who, Text("hi")))
        assert isinstance(late, SendError)
        assert late.window_closed
        assert isinstance(await client.send(call(who, Text("hi"), human_agent=True)), Sent)
        await phones.block(who)
        blocked = await client.send(call(who, Text("hi")))
        assert isinstance(blocked, SendError)
        assert blocked.unreachable


async def test_line_replies_repeats_and_dead_tokens(stage, hook, channel, client, read):
    if channel.name != "line":
        return
    who = await stage.who("line")
    await phones.say(who, "hi")
    [event] = await read()
    reply = call(who, Text("one"), Text("two"), reply_token=event.reply_token)
    assert isinstance(await client.send(reply), Sent)
    dead = await client.send(call(who, Text("three"), reply_token=event.reply_token))
    assert isinstance(dead, SendError)
    assert dead.use_push or dead.unknown
    push = call(who, Text("four"))
    first, again = await client.send(push), await client.send(push)
    assert first == again
    assert len(await stage.chat("line")) == 4


async def test_a_lost_whatsapp_message_is_found_again(stage, hook, channel, client):
    if channel.name != "whatsapp":
        return
    who = await stage.who("whatsapp")
    sent = await phones.say(who, "lost")
    found = [
        channel.read(payload) for payload in await client.missed(to_ms(stage.clock.now()) - 60_000)
    ]
    assert [(one.external_message_id, one.text) for one in found] == [(sent, "lost")]


async def test_progress_is_reported_and_read(stage, channel, client, read):
    who = await stage.who(channel.name)
    await phones.say(who, "hi")
    await read()
    sent = await client.send(
        call(who, Text("hello"), status_url=f"{stage.hook_url}/{channel.name}")
    )
    assert isinstance(sent, Sent)
    await phones.read(who)
    events = await read()
    kinds = {
        "line": [],
        "messenger": [Kind.ECHO, Kind.DELIVERY, Kind.READ],
        "instagram": [Kind.ECHO, Kind.READ],
        "whatsapp": [Kind.STATUS] * 4,
    }
    assert [event.kind for event in events] == kinds[channel.name]
