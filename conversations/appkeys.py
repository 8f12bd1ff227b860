"""The key under which the application carries the channel registry."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from conversations.channel import Channel

CHANNELS: web.AppKey[Mapping[str, Channel]] = web.AppKey("channels", Mapping)
