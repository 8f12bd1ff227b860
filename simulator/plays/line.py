"""LINE's events that no gesture makes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from runtime.errors import Invalid
from simulator import deliveries, media, shapes
from simulator.line import events, voice
from simulator.plays.play import FILES, Perform, Play, file_of, last_message
from simulator.speaker import tell

if TYPE_CHECKING:
    import asyncpg

    from simulator.speaker import Speaker


def _file(kind: str) -> Perform:
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        file, message_id = file_of(kind), shapes.line_message()
        await media.add(conn, who.account.id, message_id, file)
        told: dict[str, Any] = {"id": message_id, "type": kind, "markAsReadToken": shapes.hex32()}
        if kind == "file":
            told |= {"fileName": "收據.pdf", "fileSize": len(FILES[kind][1])}
        else:
            told |= {"duration": 5600, "contentProvider": {"type": "line"}}
        shown = {"type": "text", "text": f"[{kind}]"}
        event = events.event(
            "message",
            events.source(who.customer.external_id, who.group),
            who.now_ms,
            replyToken=await voice.reply_token(conn, who),
            message=told,
        )
        await tell(conn, who, event, who.message(message_id, "text", shown))

    return perform


def _personal(kind: str, *, token: bool = True, **rest: Any) -> Perform:  # noqa: ANN401 (JSON)
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        alone = dataclasses.replace(who, group="")
        told = dict(rest)
        if token:
            told["replyToken"] = await voice.reply_token(conn, alone)
        event = events.event(kind, events.source(who.customer.external_id), who.now_ms, **told)
        await deliveries.enqueue(conn, who.world, who.account, alone.chat, event)

    return perform


def _in_group(kind: str, members: str = "", *, token: bool = True) -> Perform:
    """Return an event of the account's group; `members` names the field that says who came or went."""

    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        group = who.group or await conn.fetchval(
            "SELECT external_id FROM simulator.chat_group WHERE account_id = $1 ORDER BY id LIMIT 1",
            who.account.id,
        )
        if not group:
            raise Invalid("event", "This account has no group.")
        there = dataclasses.replace(who, group=group)
        told: dict[str, Any] = {}
        if members:
            told[members] = {"members": [{"type": "user", "userId": who.customer.external_id}]}
        if token:
            told["replyToken"] = await voice.reply_token(conn, there)
        event = events.event(kind, {"type": "group", "groupId": group}, who.now_ms, **told)
        await deliveries.enqueue(conn, who.world, who.account, there.chat, event)

    return perform


async def _edited(conn: asyncpg.Connection, who: Speaker) -> None:
    message = await last_message(conn, who, "in")
    if not message:
        raise Invalid("event", "Write something first: there is nothing to edit.")
    source = events.source(who.customer.external_id, who.group)
    told = events.text(message, "latte, no sugar")
    event = events.event("messageEdited", source, who.now_ms, message=told)
    await deliveries.enqueue(conn, who.world, who.account, who.chat, event)


MENU = {"data": "menu", "params": {"newRichMenuAliasId": "alias-b", "status": "SUCCESS"}}
LINKED, NOT_LINKED = ({"result": result, "nonce": "n0nce"} for result in ("ok", "failed"))
WATCHED = {"trackingId": "film"}
PLAYS = {
    "video": Play("Video", _file("video")),
    "audio": Play("Voice message", _file("audio")),
    "file": Play("File", _file("file")),
    "edited": Play("Edit the last message", _edited),
    "rich_menu": Play("Tap an area of a rich menu", _personal("postback", postback={"data": "menu=coupons"})),
    "rich_menu_switch": Play("Switch the rich menu", _personal("postback", postback=MENU)),
    "join": Play("Bot joins the group", _in_group("join")),
    "leave": Play("Bot leaves the group", _in_group("leave", token=False)),
    "member_joined": Play("Somebody joins the group", _in_group("memberJoined", "joined")),
    "member_left": Play("Somebody leaves the group", _in_group("memberLeft", "left", token=False)),
    "account_link": Play("Link an account", _personal("accountLink", link=LINKED)),
    "account_link_failed": Play("Fail to link an account", _personal("accountLink", token=False, link=NOT_LINKED)),
    "beacon": Play("Come near a beacon", _personal("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"})),
    "video_complete": Play("Watch a video to its end", _personal("videoPlayComplete", videoPlayComplete=WATCHED)),
    "unknown": Play("An event of a new kind", _personal("somethingNew", token=False, somethingNew={})),
}  # fmt: skip
