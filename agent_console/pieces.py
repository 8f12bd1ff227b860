"""Small pieces that every screen uses: signs, pills, times, names. Templates know them as `ui`.

What is the same on many lines is made once: a page of the inbox has hundreds of signs, and a dozen different ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from markupsafe import Markup

from agent_console import words
from agent_console.templating import text_of
from runtime.i18n import Times, mark
from team.queries import Colleague

NEW = mark("New customer")
GROUP = mark("Group")
DAYS = mark("%(days)s d %(hours)s h")
HOURS = mark("%(hours)s h %(minutes)s min")
MINUTES = mark("%(minutes)s min")
KEPT = 1024
KEPT_TIMES = 8192
Say = Callable[[str], str]


@lru_cache(KEPT)
def _icon(file: str, name: str) -> Markup:
    return Markup(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="%s#%s"></use></svg>'
    ) % (file, name)


@lru_cache(KEPT)
def _channel(name: str, label: str) -> Markup:
    return Markup(
        '<span class="channel channel-%s"><span class="dot" aria-hidden="true"></span>%s</span>'
    ) % (name, label)


@lru_cache(KEPT)
def _status(code: str, icon: Markup, label: str) -> Markup:
    return Markup('<span class="state state-%s">%s%s</span>') % (code, icon, label)


# The same lines are drawn again with every change, for everybody who looks.
@lru_cache(KEPT_TIMES)
def _when(times: Times, instant: datetime) -> Markup:
    at, exact = times.both(instant)
    return _time(instant, at, exact)


@lru_cache(KEPT_TIMES)
def _clock(times: Times, instant: datetime) -> Markup:
    return _time(instant, times.clock(instant), times.exact(instant))


def _time(instant: datetime, at: str, exact: str) -> Markup:
    shown = f'<time datetime="{instant.isoformat()}" title="{text_of(exact)}">{text_of(at)}</time>'
    return Markup(shown)  # noqa: S704 (escaped)


class Pieces:
    """The pieces of one page. `icons` is the address of the signs, `say` translates a sentence, `times` tells a
    time as this reader is shown it.
    """

    def __init__(self, icons: str, say: Say, times: Times) -> None:
        self._icons = icons
        self._say = say
        self._times = times

    def icon(self, name: str) -> Markup:
        """Return a sign; it says nothing by itself, so words stand beside it."""
        return _icon(self._icons, name)

    def channel(self, name: str, label: str | None = None) -> Markup:
        """Return the pill of a channel; `label` in place of its own name."""
        return _channel(name, label or words.CHANNELS.get(name, name))

    def status(self, code: str) -> Markup:
        """Return the pill of a conversation's status."""
        icon = self.icon(words.STATUS_ICONS.get(code, "clock"))
        return _status(code, icon, self._say(words.STATUS.get(code, code)))

    def when(self, instant: datetime) -> Markup:
        """Return a time in short, to the second for who asks."""
        return _when(self._times, instant)

    def clock(self, instant: datetime) -> Markup:
        """Return the time of the day, to the second for who asks."""
        return _clock(self._times, instant)

    def options(self, people: Iterable[Colleague], chosen: UUID | None = None) -> Markup:
        """Return `people` as the options of a select."""
        lines = [
            f'<option value="{one.id}"{" selected" if one.id == chosen else ""}>{text_of(one.name)}</option>'
            for one in people
        ]
        return Markup("".join(lines))  # noqa: S704 (escaped)

    def offered(self, people: Iterable[Colleague]) -> Markup:
        """Return `people` as the lines of the list that offers them while a note is written."""
        lines = []
        for one in people:
            name, role = text_of(one.name), self._say(words.ROLES.get(one.role, one.role))
            lines.append(
                f'<li id="name-{one.id}" role="option" aria-selected="false" data-name="{name}">'
                f'<span class="avatar-initials" aria-hidden="true">{text_of(words.initials(one.name))}</span>'
                f'<span>{name}</span> <span class="soft">{text_of(role)}</span></li>'
            )
        return Markup("".join(lines))  # noqa: S704 (escaped)

    def person(self, name: str, chat_type: str = "direct") -> str:
        """Return whom a conversation is with."""
        if name:
            return name
        return self._say(NEW if chat_type == "direct" else GROUP)

    def preview(self, text: str) -> str:
        """Return a line of a message; in place of a "[kind]" that stands for words, its name."""
        kind = text[1:-1] if text.startswith("[") and text.endswith("]") else ""
        return f"[{self._say(words.KINDS[kind])}]" if kind in words.KINDS else text

    def span(self, left: timedelta) -> str:
        """Return how long something takes, in the two largest units."""
        minutes = int(left.total_seconds() // 60)
        if minutes >= 2880:
            return self._say(DAYS) % {"days": minutes // 1440, "hours": minutes % 1440 // 60}
        if minutes >= 60:
            return self._say(HOURS) % {"hours": minutes // 60, "minutes": minutes % 60}
        return self._say(MINUTES) % {"minutes": max(minutes, 1)}

    def spans(self) -> list[str]:
        """Return the sentences of `span` in this language, shortest time first, for the page's own clock."""
        return [self._say(one) for one in (MINUTES, HOURS, DAYS)]

    def waits(self, since: datetime, now: datetime) -> Markup:
        """Return for how long somebody waits, as a piece that the page keeps true (frontend/waits.ts)."""
        told = text_of(self.span(now - since))
        return Markup(  # noqa: S704 (escaped)
            f'<span data-since="{int(since.timestamp())}">{told}</span>'
        )

    @staticmethod
    def size(count: int) -> str:
        """Return a file's size, "" for nothing."""
        if count >= 1_000_000:
            return f"{count / 1_000_000:.1f} MB"
        return f"{max(round(count / 1000), 1)} kB" if count else ""
