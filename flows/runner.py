"""Lets bots answer a wave of events: matches rules, issues coupons, sends words, calls a person.

Runs in the block's transaction, after the events were written. What it needs of other packages (issuing
claims) comes in as a function, wired by the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.await_person import await_person
from conversations.actions.post import NewMessage, post
from conversations.actions.receive import Handled
from conversations.actions.tell_away import tell_away
from conversations.channel import Channel
from conversations.content import Text
from coupons.requests import CardPost, ClaimRequest
from flows.links import Settle, arrivals, give
from flows.my_coupons import Link, answers, asks
from flows.private import invitation
from flows.queries import rules_of
from flows.triggers import Match, match, needs_person
from runtime.arrays import every, once
from runtime.database import Connection
from runtime.ids import uuid7

ADD_RUNS = f"""
INSERT INTO flow_run (id, workspace_id, rule_id, conversation_id, trigger, at)
SELECT id, {every("w", "$3::uuid[]")}, {every("r", "$4::uuid[]")}, c, {every("t", "$6::text[]")}, $1
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[]) AS u (id, w, r, c, t)
"""  # noqa: S608 (columns of our own; every value is a parameter)


class _Run(msgspec.Struct):
    id: UUID
    handled: Handled
    match: Match


async def answer(
    tx: Connection,
    wave: Sequence[Handled],
    channels: Mapping[str, Channel],
    settle: Settle,
    now: datetime,
    list_link: Link | None = None,
) -> bool:
    """Answer a wave (one event of each chat at most); say whether anything was posted. Standby events, chats
    a person has, messages taken back before they came and blocked customers are left alone.

    A promotion's word comes before every rule. `list_link` makes the link to a customer's coupons, for
    those who ask for it and whom no rule answers.
    """
    present = [
        one
        for one in wave
        if one.event.inbound.mode != "standby" and not one.unsent and not one.blocked
    ]
    heard = [one for one in present if one.status == "bot"]
    waiting = [one for one in present if one.status != "bot" and _waits(one)]
    if not heard:
        return await tell_away(tx, waiting, channels, now)
    rules = await rules_of(tx, [one.workspace_id for one in heard])
    came = await arrivals(tx, heard)
    runs: list[_Run] = []
    asking: list[Handled] = []
    for one in heard:
        if one.conversation_id in came:
            continue
        found = match(rules.get(one.workspace_id, ()), one.event.inbound)
        if found is not None:
            runs.append(_Run(uuid7(), one, found))
        elif list_link is not None and asks(one.event.inbound):
            asking.append(one)
        elif _waits(one):
            waiting.append(one)
    await await_person(tx, [one.conversation_id for one in waiting if one.status == "bot"], now)
    await _keep(tx, runs, now)
    await post(tx, _leads(runs), channels, now)
    texts = [*_words(runs, channels), *await _issue(tx, runs, settle, now)]
    texts += await give(tx, list(came.values()), channels, settle, now)
    if list_link is not None:
        texts += await answers(tx, asking, list_link, now)
    await post(tx, texts, channels, now)
    away = await tell_away(tx, waiting, channels, now)
    return bool(runs or came or asking or away)


def _waits(one: Handled) -> bool:
    return needs_person(one.event.inbound) and one.event.inbound.chat is None


async def _keep(tx: Connection, runs: Sequence[_Run], now: datetime) -> None:
    if runs:
        await tx.execute(
            ADD_RUNS,
            now,
            [run.id for run in runs],
            once([run.handled.workspace_id for run in runs]),
            once([run.match.rule.id for run in runs]),
            [run.handled.conversation_id for run in runs],
            once([run.match.trigger[:120] for run in runs]),
        )


def _leads(runs: Sequence[_Run]) -> list[NewMessage]:
    """Return the words that go before a card, in the chats where the coupon is asked for."""
    return [
        _message(run, run.match.rule.lead_text)
        for run in runs
        if run.match.rule.lead_text and run.match.rule.coupon_id and run.handled.contact_id
    ]


def _words(runs: Sequence[_Run], channels: Mapping[str, Channel]) -> list[NewMessage]:
    """Return the words of rules that only talk, and the way into the 1:1 chat where a group asks."""
    messages = []
    for run in runs:
        rule, handled = run.match.rule, run.handled
        if rule.coupon_id is None:
            if rule.text:
                messages.append(_message(run, rule.text))
        elif handled.contact_id is None:
            keyword = run.match.trigger.partition(": ")[2]
            words = invitation(handled, keyword, rule.language, channels)
            if words:
                messages.append(_message(run, words))
    return messages


async def _issue(
    tx: Connection, runs: Sequence[_Run], settle: Settle, now: datetime
) -> list[NewMessage]:
    """Issue the coupons of rules and return the words for those that were refused."""
    asking = [run for run in runs if run.match.rule.coupon_id and run.handled.contact_id]
    if not asking:
        return []
    results = await settle(tx, [_request(run) for run in asking], now)
    messages = []
    for run, result in zip(asking, results, strict=True):
        if result.refusal is not None:
            own = run.match.rule.refusal_texts
            text = own.get(result.refusal) or own.get("*") or result.text
            messages.append(_message(run, text.replace("{name}", run.handled.contact_name)))
    return messages


def _request(run: _Run) -> ClaimRequest:
    handled, rule = run.handled, run.match.rule
    assert rule.coupon_id is not None and handled.contact_id is not None  # noqa: PT018, S101 (chosen by the caller)
    return ClaimRequest(
        workspace_id=handled.workspace_id,
        coupon_id=rule.coupon_id,
        contact_id=handled.contact_id,
        conversation_id=handled.conversation_id,
        source="flow",
        key=f"{run.id}:1",
        trigger=run.match.trigger,
        arrived_at=handled.event.received_at,
        post=CardPost(text=rule.text),
        request_id=handled.event.request_id,
    )


def _message(run: _Run, text: str) -> NewMessage:
    return NewMessage(
        conversation_id=run.handled.conversation_id,
        content=Text(text),
        trigger=run.match.trigger,
        request_id=run.handled.event.request_id,
    )
