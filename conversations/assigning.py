"""Whom a waiting conversation is given to: pure comparison of words, roles and how much each has in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.keywords import normalise
from team.automation import Automation

NEVER = ""


class Waiting(msgspec.Struct, frozen=True):
    """A conversation nobody has, and what its customer wrote last."""

    id: UUID
    text: str


class Hand(msgspec.Struct, frozen=True):
    """A member who is there and may answer; `load` is how many conversations they have in progress."""

    id: UUID
    name: str
    role: str
    load: int


def choose(
    waiting: Sequence[Waiting],
    hands: Sequence[Hand],
    rules: Automation,
    turns: Mapping[str, str],
    now: datetime,
) -> tuple[list[tuple[Waiting, Hand]], dict[str, str]]:
    """Return who is given what, in order, and whose turn was when (ISO 8601 by member) thereafter.

    The fewest in hand come first, then whoever's turn is longest past. A conversation whose people are
    not there is left waiting.
    """
    load = {hand.id: hand.load for hand in hands}
    last = {str(hand.id): turns.get(str(hand.id), NEVER) for hand in hands}
    given = []
    for number, one in enumerate(waiting):
        fitting = [hand for hand in hands if _fits(hand, one.text, rules)]
        if not fitting:
            continue
        hand = min(fitting, key=lambda h: (load[h.id], last[str(h.id)], str(h.id)))
        load[hand.id] += 1
        last[str(hand.id)] = f"{now.isoformat()} {number:04}"
        given.append((one, hand))
    return given, {**turns, **last}


def _fits(hand: Hand, text: str, rules: Automation) -> bool:
    said = normalise(text)
    for rule in rules.assign_rules:
        if any(normalise(word) in said for word in rule.words):
            return hand.id == rule.member_id or hand.role == rule.role
    return hand.role in rules.assign_roles
