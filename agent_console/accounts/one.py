"""One channel account: its steps, its health, new credentials, and the way out."""

from __future__ import annotations

from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.accounts.listing import guide, webhook_address
from agent_console.accounts.words import ASKED, SHARES_KEYS, VERIFY
from agent_console.forms import path_id
from agent_console.render import language_of, page
from conversations.accounts import find_account
from conversations.appkeys import CHANNELS
from conversations.queries import account_row
from runtime.appkeys import DATABASE, KEYRING


class Told(msgspec.Struct, frozen=True):
    """What came of an act: a sentence at the form `at`, and what the platform says about it."""

    at: str
    sentence: str
    advice: tuple[str, ...] = ()
    good: bool = False


async def show(request: web.Request) -> web.StreamResponse:
    """Show an account."""
    return await shown(request, path_id(request, "account"))


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the steps and the health alone."""
    return await shown(request, path_id(request, "account"), template="accounts/_live.html")


async def shown(
    request: web.Request,
    account_id: UUID,
    told: Told | None = None,
    *,
    template: str = "accounts/one.html",
    status: int = 200,
) -> web.StreamResponse:
    """Return an account's page; `told` stands at the form it is about. Raises NotFound."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    row = await account_row(database, viewer.workspace_id, account_id)
    keyring = request.config_dict[KEYRING]
    stored = await find_account(database.screens, keyring, viewer.workspace_id, account_id)
    channel, asked = request.config_dict[CHANNELS][row.channel], ASKED.get(row.channel, ())
    return page(
        request,
        template,
        status=status,
        account=row,
        address=webhook_address(request, row),
        # Of no use to a thief: it only lets a platform say that an address is ours.
        verify_token=stored.verify_token if VERIFY in asked and row.webhook_at is None else "",
        old_until=stored.previous_until,
        shares_keys=row.channel in SHARES_KEYS,
        shared_keys=sorted(stored.shared_keys),
        label=channel.abilities.label,
        guide=guide(channel, language_of(request)),
        told=told,
        connected="connected" in request.query,
        oob=template.rpartition("/")[2].startswith("_"),
    )
