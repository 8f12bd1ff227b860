"""Set what happens by itself in a workspace's inbox."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.errors import Invalid
from runtime.live import Change, publish
from team.audit import Entry, record
from team.automation import Automation, automation_of
from team.automation_changes import changes
from team.hours import DAY, Hours
from team.roles import Right, holders

MOST_MINUTES = 14 * DAY
MOST_HOLIDAYS = 366
MOST_RULES = 50
MOST_WORDS = 1000
SAVE = """
INSERT INTO automation (id, workspace_id, hours_on, hours, away_text, idle_minutes, idle_text, close_minutes,
  assign_on, assign_roles, assign_rules, assignee_only)
VALUES (gen_random_uuid(), $1, $2, $3::text::jsonb, $4, $5, $6, $7, $8, $9::text::jsonb, $10::text::jsonb, $11)
ON CONFLICT (workspace_id) DO UPDATE SET hours_on = excluded.hours_on, hours = excluded.hours,
  away_text = excluded.away_text, idle_minutes = excluded.idle_minutes, idle_text = excluded.idle_text,
  close_minutes = excluded.close_minutes, assign_on = excluded.assign_on, assign_roles = excluded.assign_roles,
  assign_rules = excluded.assign_rules, assignee_only = excluded.assignee_only
"""
COLLEAGUES = """
SELECT count(*) FROM member WHERE workspace_id = $1 AND active AND id = ANY ($2::uuid[]) AND role = ANY ($3::text[])
"""
WRITERS = holders(Right.WRITE_INBOX)


async def set_automation(tx: Connection, new: Automation, by: UUID, now: datetime) -> None:
    """Replace the settings within the caller's transaction; raises Invalid naming the field.

    The audit log keeps what differs, before and after.
    """
    _check_hours(new.hours)
    _check_words(new)
    _check_idle(new)
    await _check_assigning(tx, new)
    stored = await automation_of(tx, [new.workspace_id])
    old = stored.get(new.workspace_id) or Automation(workspace_id=new.workspace_id)
    await tx.execute(SAVE, *_columns(new))
    entry = Entry(
        workspace_id=new.workspace_id,
        member_id=by,
        action="automation.changed",
        detail=changes(old, new),
    )
    await record(tx, entry, now)
    await publish(tx, [Change(new.workspace_id, "automation", new.workspace_id)], now)


def _columns(new: Automation) -> tuple[object, ...]:
    hours = {"week": new.hours.week, "holidays": [str(day) for day in new.hours.holidays]}
    return (
        new.workspace_id,
        new.hours_on,
        json.dumps(hours),
        new.away_text,
        new.idle_minutes,
        new.idle_text,
        new.close_minutes,
        new.assign_on,
        json.dumps(new.assign_roles),
        json.dumps(msgspec.to_builtins(new.assign_rules)),
        new.assignee_only,
    )


def _check_hours(hours: Hours) -> None:
    for spans in hours.week:
        if any(not (0 <= start < DAY and 0 <= end <= DAY) for start, end in spans):
            raise Invalid("hours", "Write times of day as 09:00")
        # Past midnight counts on: two spans of a day must not cover the same minute.
        whole = sorted((start, end if end > start else end + DAY) for start, end in spans)
        if any(one[1] > two[0] for one, two in pairwise(whole)):
            raise Invalid(
                "hours", "Two spans of one day overlap; let each begin after the one before"
            )
    if len(hours.holidays) > MOST_HOLIDAYS:
        raise Invalid("holidays", "These are too many holidays; keep those of one year")


def _check_words(new: Automation) -> None:
    for field, text in (("away_text", new.away_text), ("idle_text", new.idle_text)):
        if len(text) > MOST_WORDS:
            raise Invalid(field, "Keep the message within 1,000 characters")


def _check_idle(new: Automation) -> None:
    if new.idle_minutes is None:
        return
    if new.close_minutes is None:
        raise Invalid(
            "close_minutes", "Write after how many more minutes the conversation is closed"
        )
    for field, minutes in (
        ("idle_minutes", new.idle_minutes),
        ("close_minutes", new.close_minutes),
    ):
        if not 1 <= minutes <= MOST_MINUTES:
            raise Invalid(field, "Choose between 1 minute and 14 days (20160 minutes)")
    if not new.idle_text:
        raise Invalid(
            "idle_text", "Write what the customer is told before the conversation is closed"
        )


async def _check_assigning(tx: Connection, new: Automation) -> None:
    roles = {*new.assign_roles, *(rule.role for rule in new.assign_rules if rule.role)}
    if not roles <= WRITERS:
        raise Invalid("assign_roles", "Choose roles that may answer customers")
    if len(new.assign_rules) > MOST_RULES or any(not rule.words for rule in new.assign_rules):
        raise Invalid("assign_rules", "Give each rule its words, and keep at most 50 rules")
    if any((rule.member_id is None) == (not rule.role) for rule in new.assign_rules):
        raise Invalid("assign_rules", "Choose for each rule a role or a colleague")
    named = {rule.member_id for rule in new.assign_rules if rule.member_id}
    if await tx.fetchval(COLLEAGUES, new.workspace_id, sorted(named), sorted(WRITERS)) != len(
        named
    ):
        raise Invalid("assign_rules", "A rule names a colleague who has left or may not answer")
    if new.assign_on and not roles and not named:
        raise Invalid("assign_roles", "Choose who is given conversations")
