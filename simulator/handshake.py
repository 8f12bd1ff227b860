"""The Verify button of a platform's console: is the webhook there, and does it know its secrets."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from simulator import signing, wire

if TYPE_CHECKING:
    from simulator.accounts import Account
    from simulator.world import World


@dataclass(frozen=True)
class Outcome:
    """Whether the webhook passed, and a sentence about it."""

    ok: bool
    text: str


async def verify(world: World, account: Account) -> Outcome:
    """Do what the platform does when an admin presses Verify."""
    try:
        if account.channel == "line":
            return await _line(world, account)
        if account.channel == "whatsapp":
            return Outcome(ok=True, text="Twilio has no handshake; send a message instead.")
        return await _meta(world, account)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Outcome(
            ok=False, text=f"No answer from {account.webhook_url}: {type(error).__name__}"
        )


async def _line(world: World, account: Account) -> Outcome:
    body = signing.line_body({"destination": account.external_id, "events": []})
    signature = signing.line_signature(account.secret, body)
    headers = {"Content-Type": "application/json; charset=utf-8", "x-line-signature": signature}
    async with world.http.post(
        account.webhook_url, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=2)
    ) as answer:
        said = await answer.text()
    exchange = wire.Exchange(
        "webhook", "POST", account.webhook_url, body.decode(), answer.status, said, signature
    )
    await wire.record(world.pool, account.id, exchange, world.clock.now())
    return Outcome(ok=answer.status == 200, text=f"The webhook answered {answer.status}.")


async def _meta(world: World, account: Account) -> Outcome:
    challenge = str(secrets.randbelow(10**10))
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": account.verify_token,
        "hub.challenge": challenge,
    }
    async with world.http.get(
        account.webhook_url, params=query, timeout=aiohttp.ClientTimeout(total=10)
    ) as answer:
        said = await answer.text()
    exchange = wire.Exchange("webhook", "GET", account.webhook_url, "", answer.status, said)
    await wire.record(world.pool, account.id, exchange, world.clock.now())
    ok = answer.status == 200 and said == challenge
    wrong = "" if ok else " It must be 200 with the challenge alone."
    return Outcome(ok=ok, text=f"The webhook answered {answer.status}.{wrong}")
