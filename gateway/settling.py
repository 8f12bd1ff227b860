"""What to do about a call of unknown outcome, and what its evidence means: plain functions.

* A push with a retry key is repeated under the same key until its deadline: the platform answers a
  repeat of a message it has taken as a success.
* A reply is repeated with the same token while that is fresh. A refusal of the token within that time
  means that our own attempt used it up, so the message is there. Never a push after it.
* Elsewhere nothing is repeated: we wait for the echo or the status callback, ask the platform, and
  say "unknown" when it knows nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from random import Random

from conversations.channel import Abilities, SendError, Sent
from conversations.outbox import Attempt
from conversations.outcomes import Verdict
from conversations.window import is_fresh
from gateway.attempts import backoff, failed, sent, settle
from runtime.words import mark

RETRY_KEY_LIFE = timedelta(hours=24)
REPEAT_REPLY = timedelta(seconds=1)
# When the platform is asked after an attempt without echoes; the last time decides.
ASK_AFTER_S = (5, 15, 30)
UNKNOWN_TEXT = mark("It may or may not have arrived: the platform did not answer in time")


class Step(Enum):
    """What settles a call now."""

    REPEAT = "repeat"
    ASK = "ask"
    GIVE_UP = "give up"


def step(attempt: Attempt, abilities: Abilities, now: datetime) -> Step:
    """Return what to do now about a call of unknown outcome."""
    head = attempt.rows[0]
    if attempt.method == "push" and abilities.retry_key:
        return Step.REPEAT if now < _push_end(attempt) else Step.GIVE_UP
    if attempt.method == "reply":
        fresh = is_fresh(head.reply_token, head.reply_token_at, abilities, now)
        return Step.REPEAT if fresh else Step.GIVE_UP
    return Step.ASK


def first_look(attempt: Attempt, abilities: Abilities, now: datetime, rng: Random) -> datetime:
    """Return when a call whose outcome has just become unknown is looked at."""
    if attempt.method == "reply":
        return now + REPEAT_REPLY
    if abilities.retry_key:
        return now + backoff(attempt.rows[0].attempts, rng)
    return next_look(attempt, abilities, now) or now


def next_look(attempt: Attempt, abilities: Abilities, now: datetime) -> datetime | None:
    """Return when the platform is asked next; None when it has been asked for the last time."""
    begun = attempt.rows[0].attempted_at or now
    waits = (abilities.echo_wait_s,) if abilities.echoes else ASK_AFTER_S
    ahead = (begun + timedelta(seconds=wait) for wait in waits)
    return next((at for at in ahead if at > now), None)


def unknown(attempt: Attempt) -> list[Verdict]:
    """Return the verdicts of a call about which there is no evidence."""
    return [
        Verdict(id=row.id, epoch=row.epoch, kind="unknown", code="unknown", text=UNKNOWN_TEXT)
        for row in attempt.rows
    ]


def judge_repeat(
    attempt: Attempt, answer: Sent | SendError, abilities: Abilities, now: datetime, rng: Random
) -> list[Verdict]:
    """Return what the answer to a repeated call tells about the call."""
    if isinstance(answer, Sent):
        return sent(attempt, answer)
    again = step(attempt, abilities, now) is Step.REPEAT
    if answer.use_push:
        return sent(attempt, Sent(())) if again else unknown(attempt)
    if not (answer.unknown or answer.retry or answer.credentials_bad):
        return failed(attempt, answer.code, answer.agent_text)
    if not again:
        return unknown(attempt)
    if attempt.method == "reply":
        return settle(attempt, now + REPEAT_REPLY)
    pause = backoff(attempt.rows[0].attempts, rng, answer.retry_after_s)
    return settle(attempt, min(now + pause, _push_end(attempt)))


def judge_evidence(
    attempt: Attempt, answer: Sent | SendError | None, abilities: Abilities, now: datetime
) -> list[Verdict]:
    """Return what the platform's own records tell about a call."""
    if isinstance(answer, Sent):
        return sent(attempt, answer)
    if (
        answer is not None
        and not answer.unknown
        and not answer.retry
        and not answer.credentials_bad
    ):
        return failed(attempt, answer.code, answer.agent_text)
    later = next_look(attempt, abilities, now)
    return unknown(attempt) if later is None else settle(attempt, later)


def _push_end(attempt: Attempt) -> datetime:
    head = attempt.rows[0]
    begun = head.attempted_at or head.not_before
    return min(head.deadline, begun + RETRY_KEY_LIFE)
