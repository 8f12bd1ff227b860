"""Channel accounts for the admin: their state, the address to enter at the platform, the guide."""

from __future__ import annotations

import importlib.resources
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import as_id
from agent_console.markdown import to_html
from agent_console.render import page
from conversations.appkeys import CHANNELS
from conversations.channel import Channel
from conversations.queries import account_list
from runtime.appkeys import DATABASE, SETTINGS


class Told(msgspec.Struct, frozen=True):
    """Why new credentials of `account` were not kept: a sentence, and what the platform advises."""

    account: UUID
    sentence: str
    advice: tuple[str, ...] = ()


async def show(request: web.Request) -> web.StreamResponse:
    """List the workspace's accounts, and the guide of every channel."""
    return await listing(request, None)


async def listing(
    request: web.Request, told: Told | None, *, status: int = 200
) -> web.StreamResponse:
    """Return the list; `told` stands at the account it is about."""
    channels = request.config_dict[CHANNELS]
    base = request.config_dict[SETTINGS].base_url
    rows = await account_list(request.config_dict[DATABASE], request[VIEWER].workspace_id)
    accounts = [
        (row, channels[row.channel].webhook_address(f"{base}/webhooks/{row.channel}/{row.name}"))
        for row in rows
        if row.channel in channels
    ]
    guides = [
        (name, channel.abilities.label, to_html(guide(channel)))
        for name, channel in sorted(channels.items())
    ]
    return page(
        request,
        "accounts/page.html",
        status=status,
        accounts=accounts,
        guides=guides,
        told=told,
        connected=as_id(request.query.get("connected", "")),
    )


def guide(channel: Channel) -> str:
    """Return the guide that lies beside the channel's code; "" when it has none."""
    package = type(channel).__module__.rpartition(".")[0]
    try:
        return (importlib.resources.files(package) / "guide.md").read_text("utf-8")
    except (OSError, ModuleNotFoundError, TypeError, ValueError):
        return ""
