"""Reads and checks what a form or an address carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from aiohttp import web

from conversations.views import ListPlace, ThreadPlace
from runtime.errors import Invalid, NotFound
from runtime.forms import posted
from runtime.i18n import mark

NO_FORM = mark("This form is out of date: reload the page.")
NO_MEMBER = mark("This person is not on the team, or may not answer customers")
LARGEST = 256 * 1024


async def fields(request: web.Request) -> dict[str, str]:
    """Return the posted text fields; 413 when there is too much of it."""
    if (request.content_length or 0) > LARGEST:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=LARGEST + 1)
    form = await posted(request)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def many(request: web.Request, name: str) -> list[str]:
    """Return every value of a field that may stand in a form several times."""
    return [value for value in (await posted(request)).getall(name, []) if isinstance(value, str)]


def path_id(request: web.Request, name: str) -> UUID:
    """Return the id in the address; NotFound when it is none."""
    found = as_id(request.match_info[name])
    if found is None:
        raise NotFound("There is no such thing")
    return found


def as_id(text: str) -> UUID | None:
    """Return the UUID written in `text`, None when it is not one."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def member_field(entered: Mapping[str, str]) -> UUID | None:
    """Return the colleague chosen in the field `member`, None for nobody; raises Invalid when it names none."""
    wanted = entered.get("member", "")
    found = as_id(wanted)
    if wanted and found is None:
        raise Invalid("member", NO_MEMBER)
    return found


def form_id(entered: Mapping[str, str]) -> str:
    """Return the name of a filled-in form, under which what it does is done once; raises Invalid."""
    found = entered.get("form_id", "")
    if not 8 <= len(found) <= 64:
        raise Invalid("form_id", NO_FORM)
    return found


def whole(text: str, default: int, most: int) -> int:
    """Return the number in `text`, kept between `default` and `most`."""
    return min(max(int(text), default), most) if text.isdecimal() and len(text) < 8 else default


def list_place(text: str) -> ListPlace | None:
    """Return the place a list page starts after, None when `text` names none."""
    instant, _, key = text.removeprefix("w").partition("_")
    found, at = as_id(key), _instant(instant)
    return ListPlace(at, found, waiting=text.startswith("w")) if found and at else None


def thread_place(text: str) -> ThreadPlace | None:
    """Return the place before which older messages lie, None when `text` names none."""
    instant, _, seq = text.partition("_")
    at = _instant(instant)
    return ThreadPlace(at, int(seq)) if at and seq.isdecimal() and len(seq) < 18 else None


def place_text(place: ListPlace | ThreadPlace | None) -> str:
    """Return how a place is written in an address."""
    match place:
        case ListPlace(at=at, id=key, waiting=waits):
            return f"{'w' if waits else ''}{at.isoformat()}_{key}"
        case ThreadPlace(provider_at=at, seq=seq):
            return f"{at.isoformat()}_{seq}"
        case None:
            return ""


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
