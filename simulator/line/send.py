"""LINE's send endpoints: reply, push, multicast, broadcast, and their dry run."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from simulator import accounts, messages, shapes
from simulator.checks import Checker
from simulator.line import answers, rules
from simulator.messages import Message
from simulator.platform import Answer, Call, Refusal

if TYPE_CHECKING:
    import asyncpg

REPLY_TOKEN_LIFE = timedelta(seconds=60)
RETRY_KEY_LIFE = timedelta(hours=24)
_TARGET = re.compile(r"[UCR][0-9a-f]{32}")
RETRY_KEY = "X-Line-Retry-Key"
_NOT_FOUND = "Failed to send messages"


def read(call: Call) -> dict[str, Any]:
    """Return the JSON object of the body; raises Refusal."""
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refusal(answers.say(400, answers.UNREADABLE))
    return body


def checked(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of a send; raises Refusal with every fault found."""
    checker = Checker(call.world.is_https)
    found = rules.check_messages(checker, body)
    if checker.found:
        raise Refusal(answers.faults(checker.found))
    return found


async def reply(call: Call) -> Answer:
    """POST /v2/bot/message/reply: free, once, within a minute of the event."""
    if RETRY_KEY in call.request.headers:
        raise Refusal(answers.say(400, f"{RETRY_KEY} is not supported by this endpoint"))
    body = read(call)
    token = body.get("replyToken")
    if not isinstance(token, str) or not token:
        raise Refusal(answers.faults([("May not be empty", "replyToken")]))
    said = checked(call, body)
    async with call.world.pool.acquire() as conn, conn.transaction():
        now = call.world.clock.now()
        chat = await conn.fetchval(
            "UPDATE simulator.reply_token SET used_at = $3"
            " WHERE token = $1 AND account_id = $2 AND used_at IS NULL AND issued_at > $4 RETURNING chat",
            token,
            call.account.id,
            now,
            now + call.faults.shift - REPLY_TOKEN_LIFE,
        )
        if chat is None:
            raise Refusal(answers.say(400, "Invalid reply token"))
        sent = await _write(conn, call, chat, said)
    return answers.ok({"sentMessages": sent})


async def push(call: Call) -> Answer:
    """POST /v2/bot/message/push: to a person or group, counted, repeatable under its retry key."""
    body = read(call)
    to = _target(body)
    said = checked(call, body)
    async with call.world.pool.acquire() as conn, conn.transaction():
        await _refuse_repeat(conn, call)
        _refuse_over_limit(call)
        if not await _exists(conn, call, to):
            raise Refusal(answers.say(400, _NOT_FOUND))
        answer = answers.ok({"sentMessages": await _write(conn, call, to, said)})
        await _remember(conn, call, answer)
    return answer


async def multicast(call: Call) -> Answer:
    """POST /v2/bot/message/multicast: to at most 500 people; unknown ones are passed over silently."""
    body = read(call)
    to = body.get("to")
    if not isinstance(to, list) or not 1 <= len(to) <= 500:
        raise Refusal(answers.faults([("Size must be between 1 and 500", "to")]))
    for index, target in enumerate(to):
        if not isinstance(target, str) or not re.fullmatch(r"U[0-9a-f]{32}", target):
            raise Refusal(answers.faults([("The value is not a user id", f"to[{index}]")]))
    units = body.get("customAggregationUnits")
    if units is not None and (not isinstance(units, list) or len(units) > 1):
        raise Refusal(answers.faults([("Size must be between 0 and 1", "customAggregationUnits")]))
    return await _to_many(call, list(dict.fromkeys(to)), checked(call, body))


async def broadcast(call: Call) -> Answer:
    """POST /v2/bot/message/broadcast: to every friend."""
    said = checked(call, read(call))
    people = await accounts.customers(call.world.pool, call.account.id)
    return await _to_many(call, [person.external_id for person in people], said)


async def validate(call: Call) -> Answer:
    """POST /v2/bot/message/validate/{kind}: the message rules without a send."""
    checked(call, read(call))
    return answers.ok({})


async def _to_many(call: Call, to: list[str], said: list[dict[str, Any]]) -> Answer:
    async with call.world.pool.acquire() as conn, conn.transaction():
        await _refuse_repeat(conn, call)
        _refuse_over_limit(call)
        for target in to:
            if await _exists(conn, call, target):
                await _write(conn, call, target, said)
        answer = answers.ok({})
        await _remember(conn, call, answer)
    return answer


def _target(body: dict[str, Any]) -> str:
    to = body.get("to")
    if not isinstance(to, str) or not _TARGET.fullmatch(to):
        raise Refusal(
            answers.say(
                400, "The property, 'to', in the request body is invalid (line: -, column: -)"
            )
        )
    return to


async def _exists(conn: asyncpg.Connection, call: Call, target: str) -> bool:
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM simulator.customer WHERE account_id = $1 AND external_id = $2)"
        " OR EXISTS (SELECT FROM simulator.chat_group WHERE account_id = $1 AND external_id = $2)",
        call.account.id,
        target,
    )
    return found


async def _write(
    conn: asyncpg.Connection, call: Call, chat: str, said: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """Put the messages into the chat; one who blocked the account gets nothing, and LINE does not tell."""
    blocked = "blocked" in call.faults or await conn.fetchval(
        "SELECT blocked FROM simulator.customer WHERE account_id = $1 AND external_id = $2",
        call.account.id,
        chat,
    )
    sent = []
    for body in said:
        message_id = shapes.line_message()
        if not blocked:
            message = Message(chat, message_id, "out", body["type"], body, call.world.clock.now())
            await messages.add(conn, call.account, message)
        sent.append({"id": message_id, "quoteToken": shapes.hex32()})
    return sent


def _refuse_over_limit(call: Call) -> None:
    if "monthly_limit" in call.faults:
        raise Refusal(answers.say(429, "You have reached your monthly limit."))


def _retry_key(call: Call) -> str:
    key = call.request.headers.get(RETRY_KEY, "")
    if not key:
        return ""
    try:
        return str(UUID(key))
    except ValueError:
        raise Refusal(answers.say(400, f"The value of {RETRY_KEY} is not a valid UUID")) from None


async def _refuse_repeat(conn: asyncpg.Connection, call: Call) -> None:
    key = _retry_key(call)
    if not key:
        return
    # Two tries at once: the second waits here for the first to be accepted.
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", key, call.account.id
    )
    row = await conn.fetchrow(
        "SELECT request_id, answer FROM simulator.retry_key WHERE account_id = $1 AND key = $2 AND at > $3",
        call.account.id,
        key,
        call.world.clock.now() - RETRY_KEY_LIFE,
    )
    if row is not None:
        headers = {**answers.request_id(), "x-line-accepted-request-id": row["request_id"]}
        told = {"message": "The retry key is already accepted", **row["answer"]}
        raise Refusal(Answer(409, told, headers))


async def _remember(conn: asyncpg.Connection, call: Call, answer: Answer) -> None:
    key = _retry_key(call)
    if key:
        await conn.execute(
            "INSERT INTO simulator.retry_key (account_id, key, request_id, answer, at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, key) DO UPDATE"
            " SET request_id = excluded.request_id, answer = excluded.answer, at = excluded.at",
            call.account.id,
            key,
            answer.headers["X-Line-Request-Id"],
            answer.body,
            call.world.clock.now(),
        )
