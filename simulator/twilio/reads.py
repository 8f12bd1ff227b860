"""Twilio's reads: the account, messages with their filters, and media."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from simulator import media, messages
from simulator.messages import Message
from simulator.platform import Answer, Call, Refusal
from simulator.twilio import resources
from simulator.twilio.answers import error, not_found, refuse

if TYPE_CHECKING:
    import asyncpg

MOST = 1000


async def account(call: Call) -> Answer:
    """GET /2010-04-01/Accounts/{AC}.json."""
    told = {
        "sid": call.account.external_id,
        "friendly_name": call.account.name,
        "status": "active",
        "type": "Full",
    }
    return Answer(200, told)


async def listing(call: Call) -> Answer:
    """GET Messages.json with To, From, DateSent, DateSent> and DateSent<; newest first."""
    query = call.request.query
    size, page = _count(query.get("PageSize", "50"), MOST), _count(query.get("Page", "0"), 10**6)
    since, until = _span(call)
    rows = await call.world.pool.fetch(
        "SELECT id, chat, sender, external_id, direction, kind, body, status, error_code, callback_url, at"
        " FROM simulator.message WHERE account_id = $1 AND at >= $2 AND at < $3"
        " AND ($4 = '' OR (CASE direction WHEN 'in' THEN $6 ELSE 'whatsapp:' || chat END) = $4)"
        " AND ($5 = '' OR (CASE direction WHEN 'in' THEN 'whatsapp:' || chat ELSE $6 END) = $5)"
        " ORDER BY id DESC LIMIT $7 OFFSET $8",
        call.account.id,
        since,
        until,
        query.get("To", ""),
        query.get("From", ""),
        f"whatsapp:{call.account.address}",
        size + 1,
        page * size,
    )
    return Answer(200, _page(call, rows, size, page))


def _page(call: Call, rows: list[asyncpg.Record], size: int, page: int) -> dict[str, object]:
    path = call.request.path.partition("/twilio")[2]
    following = dict(call.request.query) | {"Page": str(page + 1), "PageSize": str(size)}
    uri = str(call.request.rel_url.with_path(path).with_query(following))
    return {
        "messages": [resources.message(call.account, Message(**row)) for row in rows[:size]],
        "page": page,
        "page_size": size,
        "uri": path,
        "next_page_uri": uri if len(rows) > size else None,
    }


def _count(text: str, most: int) -> int:
    if not text.isdigit() or int(text) > most:
        raise refuse(20001, f"Page and PageSize are numbers up to {most}")
    return int(text)


def _span(call: Call) -> tuple[datetime, datetime]:
    """Return the instants [from, to) of the DateSent filters; a date alone means its whole day in UTC."""
    since, until = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    for name, text in call.request.query.items():
        if name not in {"DateSent", "DateSent>", "DateSent<"} or not text:
            continue
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise refuse(20001, f"{name} is not a date") from None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if name != "DateSent<":
            since = at
        if name != "DateSent>":
            until = at + timedelta(days=1) if len(text) == 10 else at + timedelta(seconds=1)
    return since, until


async def message(call: Call) -> Answer:
    """GET Messages/{sid}.json."""
    return Answer(200, resources.message(call.account, await _message(call)))


async def media_list(call: Call) -> Answer:
    """GET Messages/{sid}/Media.json."""
    one = await _message(call)
    file = await media.of_message(call.world.pool, call.account.id, one.external_id)
    listed = [] if file is None else [{"sid": file.id, "content_type": file.content_type}]
    return Answer(200, {"media_list": listed, "page": 0, "next_page_uri": None})


async def media_file(call: Call) -> Answer:
    """GET Messages/{sid}/Media/{ME}: a redirect to a signed address, where credentials have no business."""
    one = await _message(call)
    file = await media.of_message(call.world.pool, call.account.id, one.external_id)
    if file is None or file.id != call.path("media"):
        raise not_found(call.request.path)
    return Answer(307, b"", {"Location": f"{call.world.base_url}/media/{file.file_name}"})


async def _message(call: Call) -> Message:
    found = await messages.one(call.world.pool, call.account, call.path("sid"))
    if found is None:
        raise not_found(call.request.path)
    return found


async def nowhere(call: Call) -> Answer:
    """Answer for paths Twilio does not have, or this simulator does not play."""
    raise Refusal(error(404, 20404, f"The requested resource /{call.path('rest')} was not found"))
