"""POST /api/v1/redemptions: look up, hold, confirm, release, redeem and undo, for a shop's own tills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from api import wishes
from api.answers import Wish, once
from api.bodies import idempotency_key, read
from api.guard import require_scope
from api.problems import Problem, refused
from coupons.actions.hold_claim import confirm_hold, place_hold, release_hold
from coupons.actions.lock_claim import Locked, Till, lock_claim
from coupons.actions.redeem import Redeemed, RedeemResult, redeem
from coupons.actions.undo import Undo, undo
from coupons.errors import Refusal
from coupons.look_up import Found, look_up
from coupons.words import sentence
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.database import Connection, Database
from team.tokens import Bearer, Scope

ENDPOINT = "redemptions"
STORE = "SELECT name FROM store WHERE id = $1 AND workspace_id = $2"
READER: msgspec.json.Decoder[wishes.Wish] = msgspec.json.Decoder(wishes.Wish)
Changing = wishes.PlaceHold | wishes.Confirm | wishes.Release | wishes.Redeem | wishes.Undo


async def handle(request: web.Request, who: Bearer) -> web.Response:
    """Do what the body's `action` says; a look-up changes nothing and needs no key."""
    wish, raw = await read(request, READER)
    if isinstance(wish, wishes.LookUp):
        return _json(await _look_up(request, who, wish))
    require_scope(who, Scope.REDEMPTIONS_WRITE)
    asked = Wish(who=who, endpoint=ENDPOINT, key=idempotency_key(request), body=raw)
    changing: Changing = wish

    async def work(key: str) -> tuple[int, Any]:
        told = await _change(request, who, changing, key)
        request.config_dict[LIVE].committed()
        return 200, told

    return await once(request, asked, work)


async def _look_up(request: web.Request, who: Bearer, wish: wishes.LookUp) -> wishes.ClaimFacts:
    database = request.config_dict[DATABASE]
    found = await _find(request, who, wish, await _till(database, who, wish))
    return wishes.ClaimFacts(
        claim_id=found.claim_id,
        number=found.number,
        coupon=found.coupon_name,
        state=found.state,
        valid_from=found.span.start if found.span is not None else None,
        valid_until=found.span.end if found.span is not None else None,
        stores=found.stores,
        refusal=found.refusal.value if found.refusal is not None else None,
        text=sentence(found.refusal, "en") if found.refusal is not None else "",
        redeemed=_earlier(found.redeemed) if found.redeemed is not None else None,
    )


async def _change(request: web.Request, who: Bearer, wish: Changing, key: str) -> Any:  # noqa: ANN401 (one of wishes.TOLD)
    database, now = request.config_dict[DATABASE], request.config_dict[CLOCK].now()
    till = await _till(database, who, wish)
    if isinstance(wish, wishes.Confirm | wishes.Release):
        async with database.transaction() as tx:
            return await _end_hold(tx, who, wish, till, key, now)
    found = await _find(request, who, wish, till)
    async with database.transaction() as tx:
        claim = await lock_claim(tx, found.claim_id, now, who.workspace_id)
        if claim is None:
            raise _problem(Refusal.UNKNOWN_CODE, None)
        return await _with_claim(tx, claim, wish, till, key, now)


async def _with_claim(
    tx: Connection,
    claim: Locked,
    wish: wishes.PlaceHold | wishes.Redeem | wishes.Undo,
    till: Till,
    key: str,
    now: datetime,
) -> wishes.Held | wishes.Done | wishes.Undone:
    if isinstance(wish, wishes.Undo):
        undone = await undo(tx, claim, Undo(reason=wish.reason, key=key, till=till), now)
        if undone.undone_at is None:
            raise _problem(undone.refusal, None)
        return wishes.Undone(undone_at=undone.undone_at)
    if isinstance(wish, wishes.Redeem):
        simulate, purchase = wish.simulate, wish.purchase()
        result = await redeem(tx, claim, till, key, now, purchase=purchase, simulate=simulate)
        return _done(result, simulated=simulate)
    held = await place_hold(tx, claim, till, key, int(wish.seconds), now, purchase=wish.purchase())
    if held.hold is None:
        raise _problem(held.refusal, held.redeemed)
    return wishes.Held(
        hold_id=held.hold.id,
        claim_id=held.hold.claim_id,
        state=held.hold.state,
        expires_at=held.hold.expires_at,
    )


async def _end_hold(
    tx: Connection,
    who: Bearer,
    wish: wishes.Confirm | wishes.Release,
    till: Till,
    key: str,
    now: datetime,
) -> wishes.Done | wishes.Released:
    if isinstance(wish, wishes.Release):
        await release_hold(tx, who.workspace_id, wish.hold_id, till.holder, now)
        return wishes.Released(hold_id=wish.hold_id)
    purchase = wish.purchase()
    result = await confirm_hold(
        tx, who.workspace_id, wish.hold_id, till, key, now, purchase=purchase
    )
    return _done(result, simulated=False)


async def _till(database: Database, who: Bearer, wish: wishes.Wish) -> Till:
    """Return the till that asks; raises Problem when the store is not the token's, or not there."""
    store_id, name = who.store_id, who.store_name
    if wish.store_id is not None and wish.store_id != store_id:
        if store_id is not None:
            raise Problem(403, "wrong_store", f"This token redeems in {name} only")
        store_id = wish.store_id
        name = await database.screens.fetchval(STORE, store_id, who.workspace_id)
        if name is None:
            raise Problem(404, "not_found", "There is no such store")
    return Till(
        store_id=store_id,
        store_name=name,
        who=who.name,
        via="pos",
        holder=f"pos:{who.id}:{wish.till}"[:120],
    )


async def _find(
    request: web.Request,
    who: Bearer,
    wish: wishes.LookUp | wishes.PlaceHold | wishes.Redeem | wishes.Undo,
    till: Till,
) -> Found:
    """Find the claim that the number means; raises Problem when none is, or when several are meant."""
    pool, now = request.config_dict[DATABASE].screens, request.config_dict[CLOCK].now()
    meant = await look_up(pool, who.workspace_id, wish.number, till, now, purchase=wish.purchase())
    if meant.ambiguous:
        detail = "Several customers have this code; ask for the number on the coupon's page"
        raise Problem(409, "ambiguous", detail)
    if meant.found is None:
        raise _problem(Refusal.UNKNOWN_CODE, None)
    return meant.found


def _done(result: RedeemResult, *, simulated: bool) -> wishes.Done:
    if result.refusal is not None or result.redeemed is None:
        raise _problem(result.refusal, result.redeemed)
    return wishes.Done(redeemed=_earlier(result.redeemed), simulated=simulated)


def _earlier(story: Redeemed) -> wishes.Earlier:
    return wishes.Earlier(at=story.at, store=story.store_name, who=story.who)


def _problem(refusal: Refusal | None, story: Redeemed | None) -> Problem:
    known = refusal or Refusal.ERROR
    more = {"redeemed": msgspec.to_builtins(_earlier(story))} if story is not None else {}
    return refused(known, sentence(known, "en"), **more)


def _json(told: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(told), content_type="application/json")
