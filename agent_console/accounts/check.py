"""Asks a platform whether credentials are good. Never inside a transaction: it may take seconds."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from conversations.appkeys import CHANNELS
from conversations.channel import Account, Check
from runtime.appkeys import HTTP, SETTINGS
from runtime.i18n import mark

CHECK_S = 15.0
LONGEST = 2000
NO_ANSWER = Check(ok=False, advice=(mark("The platform did not answer in time; try again."),))
log = structlog.get_logger("console")


async def ask_platform(request: web.Request, account: Account) -> Check:
    """Return what the platform says of `account`'s credentials; not ok when it says nothing."""
    channel = request.config_dict[CHANNELS][account.channel]
    version = request.config_dict[SETTINGS].graph_version
    try:
        async with asyncio.timeout(CHECK_S):
            return await channel.client(account, request.config_dict[HTTP], version).check()
    except TimeoutError:
        return NO_ANSWER
    except Exception:
        log.exception("account check crashed", account=repr(account))
        return Check(ok=False)
