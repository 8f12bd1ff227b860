"""What the pages share: do a thing in one transaction, and say at its form what could not be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from agent_console.forms import fields
from runtime.appkeys import DATABASE, LIVE
from runtime.database import Connection
from runtime.errors import Invalid, Refused

LONGEST = 6000
Act = Callable[[Connection], Awaitable[Any]]


class Problem(msgspec.Struct, frozen=True):
    """Why the form `at` was not taken, and what was typed there."""

    at: str = ""
    sentence: str = ""
    entered: Mapping[str, str] = {}


NONE = Problem()


async def entered(request: web.Request) -> dict[str, str]:
    """Return what a form carries, without what no database holds."""
    typed = await fields(request)
    return {name: value.replace("\x00", "")[:LONGEST] for name, value in typed.items()}


async def attempt(
    request: web.Request, act: Act, at: str, typed: Mapping[str, str]
) -> Problem | None:
    """Do `act` in a transaction; return what is wrong with the form, None when it is done."""
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await act(tx)
    except (Invalid, Refused) as error:
        return Problem(at, str(error), dict(typed))
    request.config_dict[LIVE].committed()
    return None
