"""From outbox rows to calls, and from a call's answer to what becomes of its rows: plain functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from conversations import content as contents
from conversations.channel import Abilities, Call, Part, SendError, Sent
from conversations.outbox import Attempt, Row, Talk
from conversations.outcomes import Verdict
from conversations.window import is_fresh, window
from runtime.words import mark

FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 60.0
RECONNECT_WAIT = timedelta(seconds=30)
DEADLINE_TEXT = mark("It could not be sent in time")


def join(head: Row, behind: Sequence[Row], most: int, now: datetime) -> tuple[Row, ...]:
    """Return the head and the adjacent rows that may travel in the same call, at most `most` in all."""
    rows = [head]
    for row in behind:
        due = row.state == 0 and row.not_before <= now < row.deadline
        alike = (row.address, row.sender_name, row.human) == (
            head.address,
            head.sender_name,
            head.human,
        )
        if len(rows) >= most or not due or not alike:
            break
        rows.append(row)
    return tuple(rows)


def plan(
    rows: tuple[Row, ...], talk: Talk, abilities: Abilities, now: datetime, retry_key: UUID
) -> Attempt:
    """Choose how `rows` go: by the free reply token while it is fresh, else as a push."""
    head = rows[0]
    late = head.human and window(abilities, talk.customer_at).needs_human_tag(now)
    own = is_fresh(head.reply_token, head.reply_token_at, abilities, now)
    free = own or is_fresh(talk.reply_token, talk.reply_token_at, abilities, now)
    if not free:
        return Attempt(rows=rows, method="push", retry_key=retry_key, human_agent=late)
    source = head if own else talk
    return Attempt(
        rows=rows,
        method="reply",
        retry_key=retry_key,
        human_agent=late,
        reply_token=source.reply_token,
        reply_token_at=source.reply_token_at,
        taken=not own,
    )


def call_of(attempt: Attempt, templates: Mapping[UUID, str], status_url: str | None) -> Call:
    """Return the call of an attempt; `templates` gives platform template ids by delivery."""
    head = attempt.rows[0]
    made = attempt.contents or [contents.decode(row.content) for row in attempt.rows]
    return Call(
        to=head.address,
        parts=tuple(
            Part(
                delivery_id=row.delivery_id,
                content=content,
                template_id=templates.get(row.delivery_id),
            )
            for row, content in zip(attempt.rows, made, strict=True)
        ),
        retry_key=attempt.retry_key,
        reply_token=attempt.reply_token or None,
        human_agent=attempt.human_agent,
        sender_name=head.sender_name or None,
        status_url=status_url,
    )


def sent(attempt: Attempt, answer: Sent) -> list[Verdict]:
    """Return the verdicts of a call that the platform took."""
    ids = (*answer.message_ids, *("" for _ in attempt.rows))
    return [
        Verdict(id=row.id, epoch=row.epoch, kind="sent", external_id=ids[n])
        for n, row in enumerate(attempt.rows)
    ]


def failed(attempt: Attempt, code: str, text: str) -> list[Verdict]:
    """Return the verdicts of a call that failed for good."""
    return [
        Verdict(id=row.id, epoch=row.epoch, kind="failed", code=code, text=text)
        for row in attempt.rows
    ]


def expired(row: Row) -> Verdict:
    """Return the verdict of a queued row whose deadline has passed."""
    return Verdict(id=row.id, epoch=row.epoch, kind="failed", code="deadline", text=DEADLINE_TEXT)


def queued(attempt: Attempt, at: datetime, *, drop_token: bool = False) -> list[Verdict]:
    """Return the verdicts of a call that is made again at `at`."""
    return [
        Verdict(id=row.id, epoch=row.epoch, kind="queue", at=at, drop_token=drop_token)
        for row in attempt.rows
    ]


def settle(attempt: Attempt, at: datetime) -> list[Verdict]:
    """Return the verdicts of a call of unknown outcome that is looked at again at `at`."""
    return [Verdict(id=row.id, epoch=row.epoch, kind="settle", at=at) for row in attempt.rows]


def judge(attempt: Attempt, error: SendError, now: datetime, rng: Random) -> list[Verdict]:
    """Return what becomes of a first call that failed with a known outcome."""
    if error.use_push:
        return queued(attempt, now, drop_token=True)
    if error.credentials_bad:
        return queued(attempt, now + RECONNECT_WAIT)
    if error.retry:
        return queued(attempt, now + backoff(attempt.rows[0].attempts, rng, error.retry_after_s))
    return failed(attempt, error.code, error.agent_text)


def backoff(attempts: int, rng: Random, at_least_s: float | None = None) -> timedelta:
    """Return the pause after the given number of attempts: doubling, jittered by half each way."""
    base = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** min(max(attempts - 1, 0), 10))
    return timedelta(seconds=max(base * rng.uniform(0.5, 1.5), at_least_s or 0.0))
