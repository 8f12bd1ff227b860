"""Events that no gesture of a phone makes, each in its platform's true shape, by name.

Every kind of event that platforms send can be played from the phones' menu, so that what the gateway makes
of it can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.errors import Invalid
from simulator.plays import line, meta, twilio

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from simulator.plays.play import Play
    from simulator.speaker import Speaker

PLAYS: Mapping[str, Mapping[str, Play]] = {
    "line": line.PLAYS,
    "messenger": meta.MESSENGER,
    "instagram": meta.INSTAGRAM,
    "whatsapp": twilio.PLAYS,
}


async def perform(conn: asyncpg.Connection, who: Speaker, name: str) -> None:
    """Play the event `name` of this person's channel; raises Invalid for an unknown one."""
    known = PLAYS[who.account.channel]
    if name not in known:
        raise Invalid("event", f"Choose one of {', '.join(known)}.")
    await known[name].perform(conn, who)
