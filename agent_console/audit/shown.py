"""Entries as people read them: a sentence, and every fact with its name and, where it changed, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from agent_console import coupon_words
from agent_console import words as console_words
from agent_console.audit.words import FIELDS, NOBODY, NOTHING, OTHER, SENTENCES, SYSTEM
from agent_console.automation_forms import DAYS
from agent_console.designer.words import LABELS
from agent_console.forms import as_id
from conversations.audit_names import customer_names
from coupons.audit_names import coupon_names
from runtime.database import Pool
from runtime.i18n import exact_time, mark
from team.audit_log import Line, members_of
from team.verifiers import NOWHERE
from team.workspaces import store_rows

YES, NO = mark("yes"), mark("no")
COLON, COMMA, SEMICOLON = mark(": "), mark(", "), mark("; ")
BY_LINK = mark("comes in by a link")
# What stands in an entry only so that machines find it again.
SILENT = frozenset({"request", "as"})
LONGEST = 300
# Facts whose values are codes, with the words of each.
CODES: Mapping[str, Mapping[str, str]] = {
    "was": console_words.STATUS,
    "state": coupon_words.STATES
    | {"granted": mark("request granted"), "declined": mark("request declined")},
    "field": {
        "name": mark("Name"),
        "phone": mark("Phone"),
        "email": mark("E-mail"),
        "language": mark("Language"),
    },
}
Names = Mapping[UUID, str]


class Fact(msgspec.Struct, frozen=True):
    """One fact; `before` None where nothing was replaced."""

    label: str
    value: str
    before: str | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in words. `object` is what it is about, as it was written: what the filter looks for."""

    id: UUID
    at: datetime
    who: str
    sentence: str
    action: str
    object: str
    facts: Sequence[Fact]


class Teller(msgspec.Struct, frozen=True):
    """Tells entries in one language: `say` translates and fills in."""

    say: Callable[..., str]
    zone: str
    names: Names
    members: Names

    def tell(self, line: Line) -> Shown:
        """Return an entry in words."""
        who = self._who(line.member_id)
        what = self._value(line.subject) if line.subject else ""
        sentence = SENTENCES.get(line.action, OTHER)
        return Shown(
            id=line.id,
            at=line.at,
            who=who,
            sentence=self.say(sentence, who=who, what=what, action=line.action),
            action=line.action,
            object=line.subject,
            facts=list(self._facts(line.detail, who)),
        )

    def _who(self, member_id: UUID | None) -> str:
        if member_id is None:
            return self.say(SYSTEM)
        return self.members.get(member_id) or self.say(NOBODY)

    def _facts(self, detail: Mapping[str, Any], who: str) -> Iterable[Fact]:
        left = dict(detail)
        if "from" in left:
            # Assignments and roles tell what was before beside what is now.
            after = "role" if "role" in left else "to"
            before, now = self._value(left.pop("from")), left.pop(after, None)
            label = FIELDS["role"] if after == "role" else FIELDS["member"]
            # Who takes a conversation over names nobody else.
            yield Fact(self.say(label), who if now is None else self._value(now), before)
        for name, value in left.items():
            if name not in SILENT and value not in ("", None, []):
                yield self._fact(name, value)

    def _fact(self, name: str, value: Any) -> Fact:  # noqa: ANN401 (any JSON value)
        label = self._label(name)
        if isinstance(value, dict) and set(value) == {"from", "to"}:
            return Fact(label, self._told(name, value["to"]), self._told(name, value["from"]))
        return Fact(label, self._told(name, value))

    def _told(self, name: str, value: Any) -> str:  # noqa: ANN401 (any JSON value)
        if name == "hours" and isinstance(value, list):
            days = zip(DAYS, value, strict=False)
            open_on = (f"{self.say(day)} {spans}" for day, spans in days if spans)
            return self.say(COMMA).join(open_on) or self.say(NOTHING)
        known = CODES.get(name, {})
        if isinstance(value, str) and value in known:
            return self.say(known[value])
        return self._value(value)

    def _label(self, name: str) -> str:
        known = FIELDS.get(name) or LABELS.get(name)
        return self.say(known) if known else name.replace("_", " ")

    def _value(self, value: Any) -> str:  # noqa: ANN401 (any JSON value)
        match value:
            case bool():
                return self.say(YES if value else NO)
            case None | "" | []:
                return self.say(NOTHING)
            case str():
                return self._text(value)
            case list():
                between = SEMICOLON if any(isinstance(one, dict) for one in value) else COMMA
                return self.say(between).join(self._value(one) for one in value)[:LONGEST]
            case dict():
                left = {name: one for name, one in value.items() if one not in ("", None, [])}
                colon = self.say(COLON)
                pairs = (self._label(name) + colon + self._value(one) for name, one in left.items())
                return self.say(COMMA).join(pairs)[:LONGEST] or self.say(NOTHING)
            case _:
                return str(value)

    def _text(self, value: str) -> str:
        key = as_id(value)
        if key is not None:
            return self.names.get(key) or value
        if value.endswith(NOWHERE):
            return self.say(BY_LINK)
        if value in console_words.ROLES:
            return self.say(console_words.ROLES[value])
        if len(value) >= 20 and value[4] == "-" and "T" in value[:11]:
            return self._instant(value)
        return value[:LONGEST]

    def _instant(self, value: str) -> str:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return exact_time(at, self.zone) if at.tzinfo else value


async def teller(
    pool: Pool, workspace_id: UUID, lines: Sequence[Line], say: Callable[..., str], zone: str
) -> Teller:
    """Return who tells `lines`, with the names of all they speak of."""
    ids = {key for line in lines for key in _ids((line.subject, line.detail))}
    members = dict(await members_of(pool, workspace_id))
    names: dict[UUID, str] = {
        store.id: store.name for store in await store_rows(pool, workspace_id)
    }
    if ids:
        names |= await customer_names(pool, workspace_id, ids)
        names |= await coupon_names(pool, workspace_id, ids)
    return Teller(say, zone, names | members, members)


def _ids(value: object) -> Iterable[UUID]:
    match value:
        case str():
            key = as_id(value)
            if key is not None:
                yield key
        case list() | tuple():
            for one in value:
                yield from _ids(one)
        case dict():
            for one in value.values():
                yield from _ids(one)
        case _:
            return
