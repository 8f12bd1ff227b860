"""What the Twilio API says when it refuses, and whose credentials came with a call."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from simulator.accounts import Account
from simulator.keys import WORLD
from simulator.platform import Answer, Refusal

if TYPE_CHECKING:
    from aiohttp import web


def error(status: int, code: int, message: str) -> Answer:
    """Return an error as Twilio words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})


def refuse(code: int, message: str, status: int = 400) -> Refusal:
    """Return the refusal of a request."""
    return Refusal(error(status, code, message))


def not_found(path: str) -> Refusal:
    """Return the refusal of an unknown resource."""
    return refuse(20404, f"The requested resource {path} was not found", 404)


class Twilio:
    """The frame's questions, answered as Twilio does."""

    async def account(self, request: web.Request, body: bytes) -> Account:  # noqa: ARG002 (the frame's signature)
        """Return the account of the basic credentials: its SID with auth token, or an API key `SK…:secret`."""
        user, _, password = self._credentials(request).partition(":")
        rows = await request.app[WORLD].pool.fetch(
            "SELECT * FROM simulator.account WHERE channel = 'whatsapp' AND (external_id = $1 OR token = $2)",
            user,
            f"{user}:{password}",
        )
        for row in rows:
            account = Account(**row)
            known = (
                (
                    f"{account.external_id}:{account.token}",
                    f"{account.external_id}:{account.secret}",
                )
                if user == account.external_id
                else (account.token,)
            )
            if any(_same(f"{user}:{password}", one) for one in known):
                _own_path(request, account)
                return account
        raise Refusal(error(401, 20003, "Authenticate"))

    def _credentials(self, request: web.Request) -> str:
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            decoded = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return decoded.replace("\0", "") if kind.lower() == "basic" else ""

    def token_of(self, request: web.Request) -> str:
        """Return the password."""
        return self._credentials(request).partition(":")[2]

    def expired(self) -> Answer:
        """Say that the credentials no longer hold."""
        return error(401, 20003, "Authenticate")

    def too_large(self) -> Answer:
        """Say that the body is too large."""
        return error(413, 20413, "Payload Too Large")

    def too_many(self) -> Answer:
        """Say that the rate limit is used up; the request was not processed."""
        return error(429, 20429, "Too Many Requests")

    def malformed(self) -> Answer:
        """Say that the request cannot be read."""
        return error(400, 20001, "The request cannot be read.")

    def broken(self) -> Answer:
        """Say that Twilio itself failed."""
        return error(500, 20500, "Internal Server Error")


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def _own_path(request: web.Request, account: Account) -> None:
    sid = request.match_info.get("ac")
    if sid is not None and sid != account.external_id:
        raise not_found(request.path)
