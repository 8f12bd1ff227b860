"""What a customer can do on a phone, for the page and for tests; each call is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from runtime.errors import Invalid, NotFound
from simulator import accounts, media, messages, plays
from simulator.line import voice as line
from simulator.meta import voice as meta
from simulator.speaker import Speaker
from simulator.text import clean
from simulator.twilio import voice as twilio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import asyncpg

    from simulator.media import Media
    from simulator.messages import Message
    from simulator.world import World

VOICES: dict[str, Any] = {"line": line, "messenger": meta, "instagram": meta, "whatsapp": twilio}
PLACE = {
    "title": "Tessera Tea House",
    "address": "No. 12, Section 5, Xinyi Road, Taipei",
    "latitude": 25.0330,
    "longitude": 121.5654,
}


async def speaker(world: World, account_id: int, customer: str, group: str = "") -> Speaker:
    """Return the person with platform id `customer` on that account's phone; raises NotFound."""
    account = await accounts.one(world.pool, account_id)
    person = await accounts.customer(world.pool, account, customer)
    if group and not await world.pool.fetchval(
        "SELECT EXISTS (SELECT FROM simulator.chat_group WHERE account_id = $1 AND external_id = $2)",
        account.id,
        group,
    ):
        raise NotFound(f"{account.channel}/{account.name} has no group {group}.")
    return Speaker(world, account, person, group)


async def say(who: Speaker, text: str) -> str:
    """Send words and return the message's platform id; raises Invalid when empty or too long."""
    text = clean(text)
    if not text.strip() or len(text) > 10_000:
        raise Invalid("text", "Write between 1 and 10,000 characters.")
    async with _act(who) as conn:
        sent: str = await VOICES[who.account.channel].text(conn, who, text)
    return sent


async def send_photo(who: Speaker, file: Media | None = None) -> str:
    """Send a photo (the sample one by default) and return the message's platform id."""
    file = file or media.sample_photo()
    async with _act(who) as conn:
        sent: str = await VOICES[who.account.channel].photo(conn, who, file)
    return sent


async def send_sticker(who: Speaker) -> str:
    """Send a sticker and return the message's platform id."""
    async with _act(who) as conn:
        sent: str = await VOICES[who.account.channel].sticker(conn, who)
    return sent


async def send_location(who: Speaker) -> str:
    """Send where they are and return the message's platform id."""
    async with _act(who) as conn:
        sent: str = await VOICES[who.account.channel].location(conn, who, PLACE)
    return sent


async def block(who: Speaker) -> None:
    """Block the account; LINE tells it, the others do not."""
    await _set_blocked(who, blocked=True)


async def unblock(who: Speaker) -> None:
    """Unblock the account; LINE tells it with a follow."""
    await _set_blocked(who, blocked=False)


async def start(who: Speaker, ref: str = "") -> None:
    """Begin: LINE follows, Messenger and Instagram press Get Started (with `ref` from a link)."""
    async with _act(who) as conn:
        if who.account.channel == "line":
            await line.follow(conn, who, again=False)
        elif who.account.channel in {"messenger", "instagram"}:
            await meta.get_started(conn, who, ref)
        else:
            await twilio.text(conn, who, ref or "Hi")


async def open_link(who: Speaker, ref: str) -> None:
    """Come through a link with `ref`: a referral, or Get Started for one who never wrote."""
    _only(who, "messenger", "instagram")
    async with _act(who) as conn:
        known = await conn.fetchval(
            "SELECT last_inbound_at IS NOT NULL FROM simulator.customer WHERE id = $1",
            who.customer.id,
        )
        await (meta.referral(conn, who, ref) if known else meta.get_started(conn, who, ref))


async def tap(who: Speaker, message_id: str, action: dict[str, Any]) -> None:
    """Tap `action`, which must stand in the message; raises NotFound and Invalid."""
    message = await _message(who, message_id)
    if action not in list(_objects(message.body)):
        raise NotFound("That button is not in this message.")
    async with _act(who) as conn:
        if who.account.channel == "line":
            await line.tap(conn, who, action)
        else:
            await VOICES[who.account.channel].tap(conn, who, message, action)


async def unsend(who: Speaker, message_id: str) -> None:
    """Take one's own message back (LINE, Instagram)."""
    _only(who, "line", "instagram")
    await _own(who, message_id)
    async with _act(who) as conn:
        await VOICES[who.account.channel].unsend(conn, who, message_id)


async def edit(who: Speaker, message_id: str, text: str) -> None:
    """Change the words of one's own message (Messenger), at most five times."""
    _only(who, "messenger")
    message = await _own(who, message_id)
    async with _act(who) as conn:
        await meta.edit(conn, who, message, clean(text))


async def react(who: Speaker, message_id: str, emoji: str) -> None:
    """React to a message, or take the reaction back with an empty `emoji` (Messenger, Instagram)."""
    _only(who, "messenger", "instagram")
    message = await _message(who, message_id)
    async with _act(who) as conn:
        await meta.react(conn, who, message, emoji)


async def play(who: Speaker, event: str) -> None:
    """Play an event that no other gesture makes, by its name in simulator.plays; raises Invalid."""
    async with _act(who, writes=False) as conn:
        await plays.perform(conn, who, event)


async def read(who: Speaker) -> None:
    """Look at the chat: what was sent becomes read, and the platforms that tell, tell."""
    if who.account.channel == "line":
        return
    async with _act(who, writes=False) as conn:
        await VOICES[who.account.channel].read(conn, who)


@asynccontextmanager
async def _act(who: Speaker, *, writes: bool = True) -> AsyncIterator[asyncpg.Connection]:
    if writes:
        who.must_be_friends()
    async with who.world.pool.acquire() as conn, conn.transaction():
        yield conn
    who.world.bell.ring()


async def _set_blocked(who: Speaker, *, blocked: bool) -> None:
    async with who.world.pool.acquire() as conn, conn.transaction():
        changed = await conn.execute(
            "UPDATE simulator.customer SET blocked = $2 WHERE id = $1 AND blocked <> $2",
            who.customer.id,
            blocked,
        )
        await messages.touch(conn, who.account)
        if who.account.channel == "line" and changed != "UPDATE 0":
            await (line.unfollow(conn, who) if blocked else line.follow(conn, who, again=True))
    who.world.bell.ring()


async def _message(who: Speaker, message_id: str) -> Message:
    message = await messages.one(who.world.pool, who.account, message_id)
    if message is None or message.chat != who.chat:
        raise NotFound("There is no such message in this chat.")
    return message


async def _own(who: Speaker, message_id: str) -> Message:
    message = await _message(who, message_id)
    if message.sender != who.customer.external_id:
        raise Invalid("message", "Only one's own messages can be changed.")
    return message


def _only(who: Speaker, *channels: str) -> None:
    if who.account.channel not in channels:
        raise Invalid("channel", f"{who.account.channel} cannot do this.")


def _objects(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (JSON)
    """Walk through every object of a message."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)
