"""Typed keys under which the application carries its parts; handlers read `request.config_dict[KEY]`."""

from __future__ import annotations

from aiohttp import ClientSession, web

from config.settings import Settings
from runtime.clock import Clock
from runtime.database import Database
from runtime.keys import Keyring
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
CLOCK: web.AppKey[Clock] = web.AppKey("clock", Clock)
KEYRING = web.AppKey("keyring", Keyring)
LIVE = web.AppKey("live", LiveFeed)
SUPERVISOR = web.AppKey("supervisor", Supervisor)
HTTP = web.AppKey("http", ClientSession)
