"""Sentences of the trail: what was done with a conversation, as its thread tells it."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.actions.trail import Act
from runtime.i18n import mark

ACTS: Mapping[str, str] = {
    Act.TAKEN_OVER: mark("%(who)s took over"),
    Act.ASSIGNED: mark("%(who)s assigned this to %(to)s"),
    Act.UNASSIGNED: mark("%(who)s assigned this to nobody again"),
    Act.ASSIGNED_BY_RULE: mark("assigned to %(to)s by rule"),
    Act.CLOSED: mark("%(who)s closed this"),
    Act.CLOSED_IDLE: mark("closed automatically: the customer wrote nothing more"),
    Act.SNOOZED: mark("%(who)s snoozed this until %(until)s"),
    Act.WOKEN: mark("back from its snooze"),
    Act.TAGGED: mark("%(who)s added the tag %(tag)s"),
    Act.UNTAGGED: mark("%(who)s removed the tag %(tag)s"),
    Act.MERGED: mark("%(who)s merged the customer %(to)s with %(other)s"),
    Act.SEPARATED: mark("%(who)s separated the customer %(to)s from %(other)s again"),
    Act.BLOCKED: mark("%(who)s blocked this customer"),
    Act.UNBLOCKED: mark("%(who)s unblocked this customer"),
}
ICONS: Mapping[str, str] = {
    Act.TAKEN_OVER: "user-check",
    Act.ASSIGNED: "user",
    Act.UNASSIGNED: "users",
    Act.ASSIGNED_BY_RULE: "robot",
    Act.CLOSED: "circle-check",
    Act.CLOSED_IDLE: "circle-check",
    Act.SNOOZED: "zzz",
    Act.WOKEN: "clock",
    Act.TAGGED: "tags",
    Act.UNTAGGED: "tags",
    Act.MERGED: "users",
    Act.SEPARATED: "users",
    Act.BLOCKED: "ban",
    Act.UNBLOCKED: "user-check",
}
# Sentences of the actions that the console shows.
PROBLEMS = (
    mark("This person is not on the team, or may not answer customers"),
    mark("Choose a time that lies ahead"),
    mark("Choose a time within the next year"),
    mark("A closed conversation cannot be snoozed; it comes back when the customer writes"),
)
