"""What the Graph API says when it refuses, and whose token came with a call."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from simulator import shapes, signing
from simulator.accounts import Account
from simulator.keys import WORLD
from simulator.platform import Answer, Refusal

if TYPE_CHECKING:
    from aiohttp import web


def error(
    status: int,
    code: int,
    message: str,
    *,
    subcode: int | None = None,
    kind: str = "OAuthException",
) -> Answer:
    """Return an error as the Graph API words it."""
    told: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        told["error_subcode"] = subcode
    return Answer(status, {"error": {**told, "fbtrace_id": shapes.fbtrace()}})


def invalid(message: str, *, subcode: int | None = None) -> Refusal:
    """Return the refusal of a bad parameter (code 100)."""
    return Refusal(error(400, 100, f"(#100) {message}", subcode=subcode))


def read(body: bytes) -> dict[str, Any]:
    """Return the parameters of a JSON body; `recipient` and `message` may be JSON inside strings."""
    try:
        params = json.loads(body or b"{}")
        if isinstance(params, dict):
            for name in ("recipient", "message"):
                if isinstance(params.get(name), str):
                    params[name] = json.loads(params[name])
            return params
    except (ValueError, RecursionError):
        pass
    raise invalid("The request body is not a JSON object.")


class Graph:
    """The frame's questions, answered as the Graph API does."""

    async def account(self, request: web.Request, body: bytes) -> Account:
        """Return the Page or Instagram account of the token.

        A Page's token also serves its Instagram account: then the path or the recipient decides.
        """
        token = self.token_of(request)
        if not token:
            raise Refusal(error(400, 104, "An access token is required to request this resource."))
        rows = await request.app[WORLD].pool.fetch(
            "SELECT * FROM simulator.account WHERE channel IN ('messenger', 'instagram') AND token = $1"
            " ORDER BY id",
            token,
        )
        if not rows:
            message = "Invalid OAuth access token - Cannot parse access token"
            raise Refusal(error(401, 190, message))
        mine = [Account(**row) for row in rows]
        account = mine[0] if len(mine) == 1 else await _choose(request, body, mine)
        self._check_proof(request, account, token)
        return account

    def _check_proof(self, request: web.Request, account: Account, token: str) -> None:
        proof = request.query.get("appsecret_proof")
        if proof is None:
            return
        if not hmac.compare_digest(
            proof.encode(), signing.appsecret_proof(account.secret, token).encode()
        ):
            message = "Invalid appsecret_proof provided in the API argument"
            raise Refusal(error(400, 100, message, kind="GraphMethodException"))

    def token_of(self, request: web.Request) -> str:
        """Return the token of the query or the header."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return request.query.get("access_token") or (
            token.strip() if kind.lower() in {"bearer", "oauth"} else ""
        )

    def expired(self) -> Answer:
        """Say that the token has expired."""
        message = "Error validating access token: Session has expired."
        return error(401, 190, message, subcode=463)

    def too_large(self) -> Answer:
        """Say that the body is too large."""
        return error(413, 1, "The request entity is too large.")

    def too_many(self) -> Answer:
        """Say that the rate limit is used up."""
        return error(429, 613, "(#613) Calls to this api have exceeded the rate limit.")

    def malformed(self) -> Answer:
        """Say that the request cannot be read."""
        return invalid("The request body is not a JSON object.").answer

    def broken(self) -> Answer:
        """Say that the platform itself failed."""
        answer = error(500, 2, "An unexpected error has occurred. Please retry your request later.")
        answer.body["error"]["is_transient"] = True
        return answer


async def _choose(request: web.Request, body: bytes, mine: list[Account]) -> Account:
    asked = request.match_info.get("node", "me")
    for account in mine:
        if account.external_id == asked:
            return account
    recipient = read(body).get("recipient") if request.method == "POST" else None
    person = recipient.get("id") if isinstance(recipient, dict) else asked
    owner = await request.app[WORLD].pool.fetchval(
        "SELECT account_id FROM simulator.customer WHERE account_id = ANY($1) AND external_id = $2",
        [account.id for account in mine],
        str(person),
    )
    return next((account for account in mine if account.id == owner), mine[0])
