"""Reads the form of hours and automatic answers, and fills it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from agent_console.forms import as_id
from runtime.errors import Invalid
from runtime.i18n import mark
from team.automation import Automation, KeywordRule
from team.hours import DAY, Hours, Span

DAYS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
SPANS = 2
SPARE_RULES = 2
LONGEST_RULE = 200
NO_TIME = mark("Write times of day as 09:00")
HALF = mark("Write both when a span begins and when it ends")
NO_DATE = mark("Write each holiday on a line of its own, as 2026-12-25")
NO_NUMBER = mark("Write minutes as a whole number")
# Sentences of team.actions.set_automation that this page shows.
PROBLEMS = (
    mark("Two spans of one day overlap; let each begin after the one before"),
    mark("These are too many holidays; keep those of one year"),
    mark("Keep the message within 1,000 characters"),
    mark("Write after how many more minutes the conversation is closed"),
    mark("Choose between 1 minute and 14 days (20160 minutes)"),
    mark("Write what the customer is told before the conversation is closed"),
    mark("Choose roles that may answer customers"),
    mark("Give each rule its words, and keep at most 50 rules"),
    mark("Choose for each rule a role or a colleague"),
    mark("A rule names a colleague who has left or may not answer"),
    mark("Choose who is given conversations"),
)


def read(workspace_id: UUID, form: Mapping[str, Sequence[str]]) -> Automation:
    """Return what was entered; raises Invalid naming the field. `form` holds every value of a name."""

    def one(name: str) -> str:
        return form.get(name, [""])[0].strip()

    return Automation(
        workspace_id=workspace_id,
        hours_on=one("hours_on") == "on",
        hours=Hours(
            week=tuple(_spans(one, day) for day in range(7)), holidays=_holidays(one("holidays"))
        ),
        away_text=_words(one("away_text")),
        idle_minutes=_minutes("idle_minutes", one("idle_minutes")),
        idle_text=_words(one("idle_text")),
        close_minutes=_minutes("close_minutes", one("close_minutes")),
        assign_on=one("assign_on") == "on",
        assign_roles=tuple(sorted(set(form.get("assign_role", ())))),
        assign_rules=_rules(form.get("rule_words", ()), form.get("rule_to", ())),
        assignee_only=one("assignee_only") == "on",
    )


def filled(rules: Automation) -> dict[str, Any]:
    """Return the form's fields for what is set: times as 09:00, each day with SPANS of them."""
    week = []
    for spans in rules.hours.week:
        times = [(_clock(start), _clock(end)) for start, end in spans]
        week.append(times + [("", "")] * (SPANS - len(times)))
    rows = [(", ".join(rule.words), _to(rule)) for rule in rules.assign_rules]
    return {
        "hours_on": rules.hours_on,
        "week": week,
        "holidays": "\n".join(str(day) for day in rules.hours.holidays),
        "away_text": rules.away_text,
        "idle_minutes": rules.idle_minutes or "",
        "idle_text": rules.idle_text,
        "close_minutes": rules.close_minutes or "",
        "assign_on": rules.assign_on,
        "assign_roles": rules.assign_roles,
        "rules": rows + [("", "")] * SPARE_RULES,
        "assignee_only": rules.assignee_only,
    }


def typed(form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the form's fields as they were entered, to show them again beside what is wrong."""

    def one(name: str) -> str:
        return form.get(name, [""])[0]

    rows = list(zip(form.get("rule_words", ()), form.get("rule_to", ()), strict=False))
    return {
        "hours_on": one("hours_on") == "on",
        "week": [
            [(one(f"from_{day}_{n}"), one(f"to_{day}_{n}")) for n in range(SPANS)]
            for day in range(7)
        ],
        **{name: one(name) for name in ("holidays", "away_text", "idle_text")},
        **{name: one(name) for name in ("idle_minutes", "close_minutes")},
        "assign_on": one("assign_on") == "on",
        "assign_roles": tuple(form.get("assign_role", ())),
        "rules": rows,
        "assignee_only": one("assignee_only") == "on",
    }


def _spans(one: Any, day: int) -> tuple[Span, ...]:  # noqa: ANN401 (a function of a name)
    spans = []
    for n in range(SPANS):
        start, end = one(f"from_{day}_{n}"), one(f"to_{day}_{n}")
        if bool(start) != bool(end):
            raise Invalid("hours", HALF)
        if start:
            spans.append((_time(start), _time(end)))
    return tuple(sorted(spans))


def _time(text: str) -> int:
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes[:2].isdecimal() and len(text) <= 8):
        raise Invalid("hours", NO_TIME)
    found = int(hours) * 60 + int(minutes[:2])
    if not (int(minutes[:2]) < 60 and found < DAY):
        raise Invalid("hours", NO_TIME)
    return found


def _clock(minutes: int) -> str:
    return f"{minutes % DAY // 60:02}:{minutes % 60:02}"


def _holidays(text: str) -> tuple[date, ...]:
    try:
        return tuple(sorted({date.fromisoformat(line.strip()) for line in text.split()}))
    except ValueError as error:
        raise Invalid("holidays", NO_DATE) from error


def _words(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "")


def _minutes(field: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise Invalid(field, NO_NUMBER)
    return int(text)


def _rules(words: Sequence[str], targets: Sequence[str]) -> tuple[KeywordRule, ...]:
    found = []
    for text, target in zip(words, targets, strict=False):
        parts = _words(text)[:LONGEST_RULE].replace("，", ",").replace("、", ",").split(",")
        cut = tuple(part.strip() for part in parts if part.strip())
        if cut or target:
            found.append(_rule(cut, target))
    return tuple(found)


def _rule(words: tuple[str, ...], target: str) -> KeywordRule:
    kind, _, name = target.partition(":")
    if kind == "role":
        return KeywordRule(words=words, role=name)
    return KeywordRule(words=words, member_id=as_id(name) if kind == "member" else None)


def _to(rule: KeywordRule) -> str:
    return f"member:{rule.member_id}" if rule.member_id else f"role:{rule.role}"
