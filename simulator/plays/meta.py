"""Messenger's and Instagram's events that no gesture makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runtime.clock import to_ms
from runtime.errors import Invalid
from simulator import deliveries, media, messages
from simulator.messages import Message
from simulator.meta import events
from simulator.plays.play import Perform, Play, file_of, last_message
from simulator.speaker import tell

if TYPE_CHECKING:
    import asyncpg

    from simulator.speaker import Speaker

AD = {"ref": "ad-summer", "source": "ADS", "type": "OPEN_THREAD", "ad_id": "6045246247433"}


def _said(**told: Any) -> Perform:  # noqa: ANN401 (JSON)
    """Return a message that holds `told`; the phone shows its words, or what it is."""

    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        mid = events.mid(who.account)
        kinds = [one["type"] for one in told.get("attachments", [])]
        words = told.get("text") or f"[{kinds[0] if kinds else 'unsupported'}]"
        shown = who.message(mid, "text", {"type": "text", "text": words})
        await tell(conn, who, events.from_person(who, message={"mid": mid, **told}), shown)

    return perform


def _file(kind: str) -> Perform:
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        file, mid = file_of(kind), events.mid(who.account)
        await media.add(conn, who.account.id, mid, file)
        url = f"{who.world.base_url}/media/{file.file_name}"
        told = {"mid": mid, "attachments": [{"type": kind, "payload": {"url": url}}]}
        shown = who.message(mid, "text", {"type": "text", "text": f"[{kind}]"})
        await tell(conn, who, events.from_person(who, message=told), shown)

    return perform


def _item(**item: Any) -> Perform:  # noqa: ANN401 (JSON)
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        await deliveries.enqueue(
            conn, who.world, who.account, who.chat, events.from_person(who, **item)
        )

    return perform


async def _reply(conn: asyncpg.Connection, who: Speaker) -> None:
    answered = await last_message(conn, who, "out") or await last_message(conn, who, "in")
    if not answered:
        raise Invalid("event", "There is no message to reply to.")
    await _said(text="This one, please", reply_to={"mid": answered})(conn, who)


async def _typed_elsewhere(conn: asyncpg.Connection, who: Speaker) -> None:
    """Tell of an answer somebody typed in the platform's own inbox."""
    now, mid = who.world.clock.now(), events.mid(who.account)
    body = {"text": "Answered in the platform's own inbox"}
    told = {"mid": mid, "is_echo": True, **body}
    item = {
        "sender": {"id": who.account.external_id},
        "recipient": {"id": who.chat},
        "timestamp": to_ms(now),
        "message": told,
    }
    await messages.add(
        conn, who.account, Message(who.chat, mid, "out", "text", body, now, status="sent")
    )
    await deliveries.enqueue(conn, who.world, who.account, who.chat, item)


def _shared(kind: str, **more: str) -> Perform:
    payload = {"url": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=5", **more}
    return _said(attachments=[{"type": kind, "payload": payload}])


COUPON = {"type": "coupon", "payload": "c:spring:1", "coupon_code": "TEA-50"}
CONSENT = {"type": "notification_messages", "payload": "weekly",
           "notification_messages_token": "1234567890123456789"}  # fmt: skip
HANDOVER = {"new_owner_app_id": "263902037430900", "metadata": "to the inbox"}
LINK = {"type": "fallback", "title": "春茶", "url": "https://tea.example/spring", "payload": None}
STORY = {
    "story": {
        "url": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=9",
        "id": "17999999999999999",
    }
}
LINKED = {"status": "linked", "authorization_code": "AQD-7x"}
_BOTH = {
    "video": Play("Video", _file("video")),
    "audio": Play("Voice message", _file("audio")),
    "unsupported": Play("Something unsupported", _said(is_unsupported=True)),
    "reply": Play("Reply to the last message", _reply),
    "from_ad": Play("Write from an ad", _said(text="Is this still on?", referral=AD)),
    "referral_ad": Play("Come back through an ad", _item(referral=AD)),
    "optin": Play("Opt in to messages", _item(optin=CONSENT)),
    "typed_elsewhere": Play("Answer in the platform's own inbox", _typed_elsewhere),
    "handover": Play("Hand over to another app", _item(pass_thread_control=HANDOVER)),
    "unknown": Play("An event of a new kind", _item(something_new={})),
}
MESSENGER = {
    **_BOTH,
    "file": Play("File", _file("file")),
    "share": Play("Share a link", _said(attachments=[LINK])),
    "reel": Play("Share a reel", _shared("reel", reel_video_id="3210987654321")),
    "account_linked": Play("Link an account", _item(account_linking=LINKED)),
    "account_unlinked": Play("Unlink the account", _item(account_linking={"status": "unlinked"})),
    "coupon_reveal": Play("Look at a coupon's code", _item(template=COUPON)),
}  # fmt: skip
INSTAGRAM = {
    **_BOTH,
    "share": Play("Share a post", _shared("ig_post", ig_post_media_id="1800000000000001")),
    "reel": Play("Share a reel", _shared("ig_reel", reel_video_id="1800000000000002")),
    "story_mention": Play("Mention the shop in a story", _shared("story_mention")),
    "story_reply": Play("Reply to the shop's story", _said(text="這杯多少錢？", reply_to=STORY)),
}
