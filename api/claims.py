"""POST /api/v1/claims: give a coupon to a contact, and send its card unless asked not to."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web

from api.answers import Wish, once
from api.bodies import idempotency_key, read
from api.problems import Problem, refused
from conversations.reach import Reach, by_address, by_contact
from coupons.appkeys import CLAIMS
from coupons.errors import Refusal
from coupons.requests import CardPost, ClaimRequest, ClaimResult
from runtime.appkeys import CLOCK, DATABASE
from runtime.request_ids import request_id
from team.tokens import Bearer

ENDPOINT = "claims"
EXTERNAL = 160


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a channel account knows the customer: `account` is CHANNEL/NAME as in `tessera account list`."""

    account: Annotated[
        str, msgspec.Meta(min_length=3, max_length=140, pattern="^[a-z]+/[^\\x00]+$")
    ]
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=EXTERNAL, pattern="^[^\\x00]+$")]


class NewClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`contact`: the customer's id here, or how one of our accounts knows them. `send`: post the card into
    the chat they last wrote in; without it the answer's `url` is the only way to the coupon.
    """

    coupon_id: UUID
    contact: UUID | Address
    send: bool = True


class ClaimMade(msgspec.Struct, frozen=True, kw_only=True):
    """A claim: `number` is what tills redeem, `url` the customer's page. `message_id`: the card's message."""

    id: UUID
    coupon_id: UUID
    contact_id: UUID
    number: str
    url: str
    message_id: UUID | None
    repeated: bool


READER = msgspec.json.Decoder(NewClaim)


async def create(request: web.Request, who: Bearer) -> web.Response:
    """Give the coupon; the same Idempotency-Key gives it once."""
    key = idempotency_key(request)
    new, raw = await read(request, READER)

    async def work(domain_key: str) -> tuple[int, Any]:
        reach = await _find(request, who, new)
        result = await _claim(request, who, new, reach, domain_key)
        return 201, _made(result)

    return await once(request, Wish(who=who, endpoint=ENDPOINT, key=key, body=raw), work)


async def _find(request: web.Request, who: Bearer, new: NewClaim) -> Reach:
    pool = request.config_dict[DATABASE].screens
    if isinstance(new.contact, UUID):
        found = await by_contact(pool, who.workspace_id, new.contact)
    else:
        channel, _, name = new.contact.account.partition("/")
        found = await by_address(pool, who.workspace_id, channel, name, new.contact.user_id)
    if found is None:
        raise Problem(404, "not_found", "There is no such contact; they must have written before")
    if new.send and found.conversation_id is None:
        raise refused(Refusal.CONTACT_UNREACHABLE, "This contact has no chat to send a card to")
    return found


async def _claim(
    request: web.Request, who: Bearer, new: NewClaim, reach: Reach, domain_key: str
) -> ClaimResult:
    return await request.config_dict[CLAIMS].claim(
        ClaimRequest(
            workspace_id=who.workspace_id,
            coupon_id=new.coupon_id,
            contact_id=reach.contact_id,
            source="api",
            key=domain_key,
            arrived_at=request.config_dict[CLOCK].now(),
            conversation_id=reach.conversation_id,
            trigger=f"api: {who.name}",
            request_id=request_id(),
            post=CardPost() if new.send else None,
        )
    )


def _made(result: ClaimResult) -> ClaimMade:
    if result.claim is None:
        refusal = result.refusal or Refusal.ERROR
        if refusal is Refusal.ERROR:
            raise Problem(404, "not_found", "There is no such coupon")
        raise refused(refusal, result.text)
    claim = result.claim
    return ClaimMade(
        id=claim.id,
        coupon_id=claim.coupon_id,
        contact_id=claim.contact_id,
        number=claim.number,
        url=claim.url,
        message_id=claim.message_id,
        repeated=claim.repeated,
    )
