"""What the LINE Messaging API says when it refuses, and who may call it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from simulator import accounts
from simulator.accounts import Account
from simulator.keys import WORLD
from simulator.platform import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

AUTHENTICATION_FAILED = (
    "Authentication failed. Confirm that the access token in the authorization header is valid."
)

UNREADABLE = "The request body could not be parsed as JSON (line: 1, column: 1)"


def say(status: int, message: str, **rest: Any) -> Answer:  # noqa: ANN401 (JSON)
    """Return an error as LINE words it: a message, no code."""
    return Answer(status, {"message": message, **rest}, request_id())


def ok(body: dict[str, Any]) -> Answer:
    """Return a success."""
    return Answer(200, body, request_id())


def request_id() -> dict[str, str]:
    """Return the header that every LINE answer carries."""
    return {"X-Line-Request-Id": str(uuid.uuid4())}


def faults(found: Sequence[tuple[str, str]]) -> Answer:
    """Return the answer to a body with faults."""
    details = [{"message": message, "property": where} for message, where in found]
    return say(400, f"The request body has {len(details)} error(s)", details=details)


class Line:
    """The frame's questions, answered as LINE does."""

    async def account(self, request: web.Request, body: bytes) -> Account:  # noqa: ARG002 (the frame's signature)
        """Return the account of the bearer token."""
        token = self.token_of(request)
        row = await request.app[WORLD].pool.fetchrow(
            "SELECT * FROM simulator.account WHERE channel = 'line' AND token = $1", token
        )
        if row is None:
            raise Refusal(say(401, AUTHENTICATION_FAILED))
        return accounts.Account(**row)

    def token_of(self, request: web.Request) -> str:
        """Return the bearer token."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    def expired(self) -> Answer:
        """Say that the token has expired."""
        return say(401, AUTHENTICATION_FAILED)

    def too_large(self) -> Answer:
        """Say that the body is too large."""
        return say(413, "Request body is too large")

    def too_many(self) -> Answer:
        """Say that the rate limit is used up."""
        return say(429, "The API rate limit has been exceeded. Try again later.")

    def malformed(self) -> Answer:
        """Say that the request cannot be read."""
        return say(400, UNREADABLE)

    def broken(self) -> Answer:
        """Say that LINE itself failed."""
        return say(500, "Internal server error")
