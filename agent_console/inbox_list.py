"""The conversation list as its address asks for it: the choice, its rows, the numbers beside the choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console import paged
from agent_console.access import INBOX, VIEWER
from agent_console.forms import as_id, list_place, place_text, whole
from agent_console.people_of import people_of
from agent_console.render import page
from agent_console.words import CHANNELS
from conversations.inbox_counts import inbox_counts, one_of
from conversations.inbox_list import MOST_ROWS, STATUSES, ListFilter, Sort, inbox_page, place_of
from conversations.search import search
from conversations.search_text import LONGEST_TERM
from conversations.views import ListPlace, View
from runtime.appkeys import DATABASE

PAGE = 50
Context = dict[str, Any]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the address asks for; what makes no sense there counts as not asked for."""

    view: View = "all"
    status: str = ""
    channel: str = ""
    account: UUID | None = None
    tag: UUID | None = None
    member: UUID | None = None
    unread: bool = False
    blocked: bool = False
    sort: Sort = "latest"
    q: str = ""

    @property
    def kept(self) -> dict[str, str]:
        """The query of an address that asks for the same."""
        plain = {
            "view": "" if self.view == "all" else self.view,
            "status": self.status,
            "channel": self.channel,
            "account": str(self.account or ""),
            "tag": str(self.tag or ""),
            "member": str(self.member or ""),
            "unread": "1" if self.unread else "",
            "blocked": "1" if self.blocked else "",
            "sort": "" if self.sort == "latest" else self.sort,
            "q": self.q,
        }
        return {name: value for name, value in plain.items() if value}

    @property
    def narrowed(self) -> int:
        """How many of the choices in the folded form are made."""
        return sum(map(bool, (self.channel, self.account, self.tag, self.member, self.blocked)))

    def link(self, path: str = INBOX, **changed: str) -> str:
        """Return the address with some of the query changed; "" leaves a name out. One that asks for nothing
        asks for all by name: without a choice an address opens the member's last (inbox_last).
        """
        query = {**self.kept, **changed}
        return paged.address(
            path, query if set(query.values()) - {""} else {**query, "view": "all"}
        )


def choice(request: web.Request) -> Choice:
    """Return what the address asks for."""
    return choice_of(request.query)


def choice_of(asked: Mapping[str, str]) -> Choice:
    """Return what the names and values of a query ask for."""
    view, status = asked.get("view", ""), asked.get("status", "")
    channel = asked.get("channel", "")
    return Choice(
        view=cast("View", view) if view in get_args(View) else "all",
        status=status if status in STATUSES else "",
        channel=channel if channel in CHANNELS else "",
        account=as_id(asked.get("account", "")),
        tag=as_id(asked.get("tag", "")),
        member=as_id(asked.get("member", "")),
        unread=asked.get("unread") == "1",
        blocked=asked.get("blocked") == "1",
        sort="waiting" if asked.get("sort") == "waiting" else "latest",
        q=entered(asked.get("q", "")),
    )


def entered(text: str) -> str:
    """Return a search as it can be written in an address again; "" when nothing was entered."""
    return " ".join(
        text[:LONGEST_TERM].encode("utf-8", "ignore").decode().replace("\0", " ").split()
    )


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the rows of a window of the list, the choices with their numbers, or both."""
    part = request.query.get("part", "")
    context: Context = {"choice": choice(request), "oob": True}
    if part != "rows":
        context |= await controls(request)
    if part != "controls":
        context |= await rows(request)
    shown = part if part in {"rows", "controls"} else "both"
    return page(request, "inbox/_list.html", **context, shown=shown)


async def whole_list(request: web.Request) -> Context:
    """Return what the list's templates need."""
    return {"choice": choice(request), **await controls(request), **await rows(request)}


async def rows(request: web.Request) -> Context:
    """Return what a search found, or the rows of the window asked for: `rows` many after a place, with `first`
    rows standing before it.
    """
    asked = choice(request)
    opened = request.match_info.get("conversation") or request.query.get("open", "")
    if asked.q:
        house = request[VIEWER].workspace_id
        found = await search(request.config_dict[DATABASE], house, asked.q)
        return {"found": found, "after": "", "current": opened}
    after = list_place(request.query.get("after", ""))
    count = whole(request.query.get("rows", ""), PAGE, MOST_ROWS)
    which = _filter(request, after=after, limit=count)
    listed = await inbox_page(request.config_dict[DATABASE], which)
    first = whole(request.query.get("first", ""), 0, 10_000_000) if after else 0
    return {
        "found": None,
        "conversations": listed.rows,
        "more": listed.after is not None,
        "first": first,
        "loaded_rows": count,
        "place_of": lambda row: place_text(place_of(row, which.sort)),
        "after": place_text(listed.after),
        "current": opened,
    }


async def controls(request: web.Request) -> Context:
    """Return the numbers beside the choices, and what a list may be narrowed to."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    return {
        "counts": await inbox_counts(database, _filter(request)),
        "one_of": await one_of(database, viewer.workspace_id),
        "colleagues": await people_of(request),
        "statuses": STATUSES,
    }


def _filter(request: web.Request, after: ListPlace | None = None, limit: int = PAGE) -> ListFilter:
    viewer, asked = request[VIEWER], choice(request)
    return ListFilter(
        workspace_id=viewer.workspace_id,
        member_id=viewer.id,
        view=asked.view,
        status=asked.status,
        channel=asked.channel,
        account=asked.account,
        tag=asked.tag,
        assignee=asked.member,
        unread=asked.unread,
        blocked=asked.blocked,
        sort=asked.sort,
        after=after,
        limit=limit,
    )
