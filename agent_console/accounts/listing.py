"""The list of channel accounts, and the channels another may be added on."""

from __future__ import annotations

import importlib.resources

import msgspec
from aiohttp import web
from markupsafe import Markup

from agent_console.access import VIEWER
from agent_console.markdown import to_html
from agent_console.render import page
from agent_console.words import CHANNELS as CHANNEL_NAMES
from conversations.appkeys import CHANNELS
from conversations.channel import Channel
from conversations.queries import account_list
from conversations.views import AccountRow
from runtime.appkeys import DATABASE, SETTINGS


async def show(request: web.Request) -> web.StreamResponse:
    """List the workspace's accounts."""
    return await _page(request, "accounts/page.html")


async def refresh(request: web.Request) -> web.StreamResponse:
    """Return the list alone."""
    return await _page(request, "accounts/_list.html", oob=True)


async def _page(request: web.Request, template: str, *, oob: bool = False) -> web.StreamResponse:
    channels = request.config_dict[CHANNELS]
    rows = await account_list(request.config_dict[DATABASE], request[VIEWER].workspace_id)
    return page(
        request,
        template,
        accounts=[row for row in rows if row.channel in channels],
        labels={name: channels[name].abilities.label for name in sorted(channels, key=_place)},
        oob=oob,
    )


def _place(channel: str) -> int:
    known = list(CHANNEL_NAMES)
    return known.index(channel) if channel in known else len(known)


def webhook_address(request: web.Request, row: AccountRow) -> str:
    """Return the address to enter at the platform."""
    base = request.config_dict[SETTINGS].base_url
    channel = request.config_dict[CHANNELS][row.channel]
    return channel.webhook_address(f"{base}/webhooks/{row.channel}/{row.name}")


class Guide(msgspec.Struct, frozen=True):
    """How an account is connected, and the language it is written in."""

    html: Markup
    language: str


def guide(channel: Channel, language: str) -> Guide:
    """Return the guide that lies beside the channel's code, in `language` where it is written in it, else in
    English; without words when the channel has none.
    """
    package = type(channel).__module__.rpartition(".")[0]
    for spoken, name in ((language, f"guide.{language.replace('-', '_')}.md"), ("en", "guide.md")):
        try:
            text = (importlib.resources.files(package) / name).read_text("utf-8")
        except (OSError, ModuleNotFoundError, TypeError, ValueError):
            continue
        return Guide(to_html(text), spoken)
    return Guide(Markup(), "en")
