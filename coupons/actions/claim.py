"""The doorway: the only place where a coupon's stock, limits and quotas are taken.

`settle` runs in the transaction it is given (blocks of the inbox); callers without one use
`coupons.claim_queue.ClaimQueue`. Locks are taken in one order: conversation, contact limit, quota, unit,
each sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from conversations.actions.post import NewMessage, post
from conversations.channel import Channel, ContentRefused
from conversations.content import Card, Text
from conversations.window import window
from coupons import cards, words
from coupons.actions.read_claim_facts import Facts, read_claim_facts, request_hash
from coupons.actions.record_claims import Draft, record_claims, tag_contacts
from coupons.actions.release import release
from coupons.actions.take_at_once import fits, stands_alone, take_at_once
from coupons.actions.take_scarce import take_scarce
from coupons.errors import Refusal
from coupons.notices import notice
from coupons.requests import CardPost, ClaimRequest, ClaimResult, IssuedClaim
from coupons.rules.claiming import refuse_offer, refuse_taken
from coupons.rules.quota import may_send_here
from runtime.database import Connection
from runtime.ids import number, token, uuid7

Key = tuple[UUID, str, str]
NO_POST = CardPost()
Begin = Callable[[], AbstractAsyncContextManager[object]]


async def settle(
    tx: Connection,
    requests: Sequence[ClaimRequest],
    channels: Mapping[str, Channel],
    base_url: str,
    now: datetime,
    begin: Begin = nullcontext,
) -> list[ClaimResult]:
    """Settle claims in the caller's transaction and return one result a request, in their order.

    Refusals are values. Equal keys collapse to one claim; of several requests for one contact and coupon
    each sees what the one before it took. `base_url` is the public address without a trailing slash.
    Raises only database errors (a rival's claim under the same key): run the transaction again then.
    `begin` opens the transaction once more than one statement writes, for callers outside one who post no
    card (a card's conversation must be read in the transaction that locks it).
    Wake the live feed after the commit.
    """
    results: dict[Key, ClaimResult] = {}
    settled: dict[Key, ClaimRequest] = {}
    waiting = list(requests)
    while waiting:
        now_round, waiting = _round(waiting, settled)
        for request, result in zip(
            now_round, await _settle(tx, now_round, channels, base_url, now, begin), strict=True
        ):
            results[_key(request)] = result
    return [_answer(request, settled, results) for request in requests]


def _round(
    waiting: Sequence[ClaimRequest], settled: dict[Key, ClaimRequest]
) -> tuple[list[ClaimRequest], list[ClaimRequest]]:
    """Choose at most one request a contact and coupon; the rest waits. Repeated keys drop out."""
    chosen: dict[tuple[UUID, UUID], ClaimRequest] = {}
    later: list[ClaimRequest] = []
    for request in waiting:
        if _key(request) in settled:
            continue
        pair = (request.coupon_id, request.contact_id)
        if pair in chosen:
            later.append(request)
        else:
            chosen[pair] = request
            settled[_key(request)] = request
    return list(chosen.values()), later


def _answer(
    request: ClaimRequest, settled: Mapping[Key, ClaimRequest], results: Mapping[Key, ClaimResult]
) -> ClaimResult:
    first = settled[_key(request)]
    if first is not request and _wanted(first) != _wanted(request):
        return _refused(Refusal.IDEMPOTENCY_CONFLICT, "")
    return results[_key(request)]


def _wanted(request: ClaimRequest) -> tuple[UUID, UUID]:
    return request.coupon_id, request.contact_id


def _key(request: ClaimRequest) -> Key:
    return request.workspace_id, request.source, request.key


async def _settle(
    tx: Connection,
    requests: Sequence[ClaimRequest],
    channels: Mapping[str, Channel],
    base_url: str,
    now: datetime,
    begin: Begin,
) -> list[ClaimResult]:
    results: dict[int, ClaimResult] = {}
    drafts: dict[int, Draft] = {}
    for index, facts in enumerate(await read_claim_facts(tx, requests)):
        outcome = _diagnose(facts, channels, base_url, now)
        if isinstance(outcome, ClaimResult):
            results[index] = outcome
        else:
            drafts[index] = outcome
    late: dict[int, ClaimResult] = {}
    if drafts:
        made = await _make(tx, list(drafts.values()), base_url, now, begin)
        late = await _made_meanwhile(tx, drafts, base_url)
        await _post(tx, made, channels, now)
    results |= {index: _result(draft, base_url) for index, draft in drafts.items()}
    results |= late
    return [results[index] for index in range(len(requests))]


async def _make(
    tx: Connection, drafts: Sequence[Draft], base_url: str, now: datetime, begin: Begin
) -> list[Draft]:
    """Take what the drafts need and write the claims; return those that were made."""
    left = list(drafts)
    if all(fits(draft) for draft in drafts) and stands_alone(drafts):
        left = await take_at_once(tx, drafts, now)
    if left:
        async with begin():
            await _take(tx, left, now)
    made = [draft for draft in drafts if draft.refusal is None]
    for draft in made:
        if draft.card is None or draft.code != draft.design.fixed_code:
            draft.card, draft.pieces = _card(draft, base_url, draft.code), ()
    return made


async def _take(tx: Connection, drafts: Sequence[Draft], now: datetime) -> None:
    """Take all at once or all step by step: mixed, two batches could wait for each other's contacts in a
    circle.
    """
    left = list(drafts)
    if all(fits(draft) for draft in drafts):
        left = await take_at_once(tx, drafts, now)
    if left:
        await take_scarce(tx, left)
        await record_claims(tx, [draft for draft in left if draft.refusal is None], now)
    await tag_contacts(tx, [draft for draft in drafts if draft.refusal is None], now)


async def _made_meanwhile(
    tx: Connection, drafts: Mapping[int, Draft], base_url: str
) -> dict[int, ClaimResult]:
    """Look again for those that came too late: the same form, sent to another process too, may have taken
    what they wanted. They are answered with the claim that it made.
    """
    refused = [index for index, draft in drafts.items() if draft.refusal is not None]
    if not refused:
        return {}
    facts = await read_claim_facts(tx, [drafts[index].facts.request for index in refused])
    return {
        index: _again(found, base_url)
        for index, found in zip(refused, facts, strict=True)
        if found.earlier is not None
    }


def _diagnose(
    facts: Facts, channels: Mapping[str, Channel], base_url: str, now: datetime
) -> ClaimResult | Draft:
    """Refuse what can be refused by reading alone, so that a refusal writes nothing."""
    request, design = facts.request, facts.design
    if facts.earlier is not None:
        return _again(facts, base_url)
    if design is None or not facts.row["contact_known"]:
        return _refused(Refusal.ERROR, "")
    lang = words.language(facts.row["contact_language"] or design.workspace_language)
    role = None if request.member_id is None else (facts.row["role"] or "")
    refusal = refuse_offer(design.offer(), request.arrived_at, role=role, test=request.test)
    if role is not None and not may_send_here(role, in_own_stores=facts.row["in_own_stores"]):
        refusal = refusal or Refusal.NOT_PERMITTED
    if refusal is None and facts.row["contact_blocked"]:
        refusal = Refusal.NOT_ELIGIBLE
    if refusal is None and not request.test:
        refusal = refuse_taken(facts.taken(design), stock=facts.in_stock)
    draft = Draft(facts=facts, design=design, lang=lang, refusal=refusal)
    if refusal is None:
        draft.id, draft.number, draft.token = uuid7(), number(), token()
        draft.refusal = _refuse_post(draft, channels, base_url, now)
    return _result(draft, base_url) if draft.refusal is not None else draft


def _refuse_post(
    draft: Draft, channels: Mapping[str, Channel], base_url: str, now: datetime
) -> Refusal | None:
    """Say why the card could not be posted, before anything is taken for it."""
    request, chat = draft.facts.request, draft.facts.chat
    if request.post is None:
        return None
    if chat is None or chat.owners != (request.workspace_id, request.contact_id):
        return Refusal.ERROR
    if not chat.reachable:
        return Refusal.CONTACT_UNREACHABLE
    channel = channels[chat.target.channel]
    limits = window(channel.abilities, chat.target.customer_at)
    if not limits.is_open(now, human=request.post.human):
        return Refusal.CHANNEL_WINDOW_CLOSED
    draft.card = _card(draft, base_url, draft.design.fixed_code)
    try:
        draft.pieces = channel.parts(draft.card)
    except ContentRefused:
        return Refusal.CHANNEL_WINDOW_CLOSED
    return None


async def _post(
    tx: Connection, drafts: Sequence[Draft], channels: Mapping[str, Channel], now: datetime
) -> None:
    messages: dict[UUID, Draft] = {}
    rows: list[NewMessage] = []
    for draft in drafts:
        request, wish = draft.facts.request, draft.facts.request.post
        if wish is None or request.conversation_id is None or draft.card is None:
            continue
        row = NewMessage(
            conversation_id=request.conversation_id,
            content=draft.card,
            queue=wish.queue,
            author=wish.author,
            member_id=request.member_id,
            sender_name=wish.sender_name,
            human=wish.human,
            claim_id=draft.id,
            trigger=request.trigger,
            request_id=request.request_id,
            pieces=draft.pieces,
        )
        if wish.note:
            rows.append(replace(row, content=Text(wish.note), claim_id=None, pieces=(), id=uuid7()))
        draft.message_id = row.id
        messages[row.id] = draft
        rows.append(row)
    locked = {chat.target.id: chat.target for draft in drafts if (chat := draft.facts.chat)}
    refused = await post(tx, rows, channels, now, locked)
    lost = [messages[message_id] for message_id in refused]
    await release(tx, [draft.id for draft in lost], now, code_was_shown=False)
    for draft in lost:
        draft.refusal = Refusal.CHANNEL_WINDOW_CLOSED


def _again(facts: Facts, base_url: str) -> ClaimResult:
    """Answer a repeated key with the claim it made, or as a conflict when it asks for another."""
    earlier, design = facts.earlier, facts.design
    if earlier["request_hash"] != request_hash(facts.request) or design is None:
        return _refused(Refusal.IDEMPOTENCY_CONFLICT, facts.row["contact_language"] or "")
    lang = words.language(facts.row["contact_language"] or design.workspace_language)
    url = cards.claim_url(base_url, earlier["token"])
    wish = facts.request.post or NO_POST
    code = earlier["code"]
    card = cards.card(design, url=url, base_url=base_url, lang=lang, code=code, post=wish)
    claim = IssuedClaim(
        id=earlier["claim_id"],
        coupon_id=design.id,
        contact_id=earlier["claim_contact"],
        number=earlier["number"],
        url=url,
        card=card,
        repeated=True,
    )
    return ClaimResult(claim=claim)


def _card(draft: Draft, base_url: str, code: str) -> Card:
    url = cards.claim_url(base_url, draft.token)
    wish = draft.facts.request.post or NO_POST
    return cards.card(
        draft.design, url=url, base_url=base_url, lang=draft.lang, code=code, post=wish
    )


def _result(draft: Draft, base_url: str) -> ClaimResult:
    if draft.refusal is not None or draft.card is None:
        refusal = draft.refusal or Refusal.ERROR
        return ClaimResult(refusal=refusal, text=_text(draft, refusal))
    claim = IssuedClaim(
        id=draft.id,
        coupon_id=draft.design.id,
        contact_id=draft.facts.request.contact_id,
        number=draft.number,
        url=cards.claim_url(base_url, draft.token),
        card=draft.card,
        message_id=draft.message_id,
    )
    return ClaimResult(claim=claim)


def _text(draft: Draft, refusal: Refusal) -> str:
    notices = {
        Refusal.CONTACT_LIMIT: draft.design.notice_limit,
        Refusal.SOLD_OUT: draft.design.notice_sold_out,
    }
    own = notices.get(refusal, "")
    if own:
        return notice(own, draft.design, draft.facts.row["contact_name"] or "", draft.lang)
    return words.sentence(refusal, draft.lang)


def _refused(refusal: Refusal, lang: str) -> ClaimResult:
    return ClaimResult(refusal=refusal, text=words.sentence(refusal, lang))
