"""Create a coupon and move it through its life."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from coupons.actions.make_units import make_units
from coupons.errors import CouponRefused, Refusal
from coupons.words import sentence
from runtime.database import Connection, Database
from runtime.errors import Invalid, NotFound
from runtime.ids import uuid7
from runtime.live import Change, publish

PURPOSES = ("service", "sales", "marketing")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
FORMATS = ("", "qr", "code_39", "code_128", "ean_13")
MOVES: Mapping[str, frozenset[str]] = {
    "published": frozenset({"draft", "preparing", "paused"}),
    "paused": frozenset({"published"}),
    "ended": frozenset({"published", "paused"}),
    "archived": frozenset({"draft", "ended"}),
}


class NewCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon is made of; each field is the column of the same name."""

    name: str
    purpose: str
    code_mode: str = "fixed"
    fixed_code: str = ""
    code_format: str = ""
    quantity: int | None = None
    send_from: datetime | None = None
    send_until: datetime | None = None
    validity_mode: str = "fixed"
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    starts_after_days: int = 0
    lasts_days: int | None = None
    lasts_minutes: int | None = None
    per_contact_limit: int | None = None
    per_contact_daily_limit: int | None = None
    default_quota: int | None = None
    card_text: str = ""
    rules: str = ""
    image_key: str = ""
    image_url: str = ""
    brand_image_key: str = ""
    colour_page: str = ""
    colour_border: str = ""
    colour_button: str = ""
    colour_button_text: str = ""
    button_text: str = ""
    button_url: str = ""
    copy_button: bool = True
    redeem_button: bool = True
    notice_limit: str = ""
    notice_sold_out: str = ""
    tag_on_claim: str = ""
    tag_on_open: str = ""
    tag_on_redeem: str = ""
    allow_code_in_chat: bool = False


def check(new: NewCoupon) -> None:
    """Raise Invalid, naming the field, unless the coupon makes sense."""
    _check_words(new)
    _check_choices(new)
    _check_spans(new)
    _check_numbers(new)


def _check_words(new: NewCoupon) -> None:
    longest = {"name": 120, "rules": 1000, "card_text": 300, "button_text": 40, "fixed_code": 100}
    for field, limit in longest.items():
        if len(getattr(new, field)) > limit:
            raise Invalid(field, f"At most {limit} characters")
    if not new.name.strip():
        raise Invalid("name", "Give the coupon a name; customers see it")
    for field in ("colour_page", "colour_border", "colour_button", "colour_button_text"):
        if getattr(new, field) and not COLOUR.fullmatch(getattr(new, field)):
            raise Invalid(field, "Write a colour as # and six digits, such as #B5482A")
    for field in ("image_url", "button_url"):
        if getattr(new, field) and urlsplit(getattr(new, field)).scheme != "https":
            raise Invalid(field, "The address must begin with https://")


def _check_choices(new: NewCoupon) -> None:
    choices = {
        "purpose": (new.purpose, PURPOSES),
        "code_mode": (new.code_mode, ("fixed", "pack")),
        "code_format": (new.code_format, FORMATS),
        "validity_mode": (new.validity_mode, ("fixed", "claim", "open")),
    }
    for field, (value, allowed) in choices.items():
        if value not in allowed:
            raise Invalid(field, f"Choose one of {', '.join(filter(None, allowed))}")


def _check_spans(new: NewCoupon) -> None:
    for start, end in (("send_from", "send_until"), ("valid_from", "valid_until")):
        first, last = getattr(new, start), getattr(new, end)
        if first is not None and last is not None and first >= last:
            raise Invalid(end, "The end must come after the start")
    spans = [value for value in (new.lasts_days, new.lasts_minutes) if value is not None]
    if new.validity_mode != "fixed" and len(spans) != 1:
        raise Invalid("lasts_minutes", "Say how long it lasts: either in days or in minutes")


def _check_numbers(new: NewCoupon) -> None:
    least = {
        "quantity": 0,
        "per_contact_limit": 0,
        "per_contact_daily_limit": 0,
        "default_quota": 0,
        "starts_after_days": 0,
        "lasts_days": 1,
        "lasts_minutes": 1,
    }
    for field, low in least.items():
        value = getattr(new, field)
        if value is not None and not low <= value <= 10_000_000:
            raise Invalid(field, f"Write a whole number from {low} to 10,000,000")


async def create(tx: Connection, workspace_id: UUID, new: NewCoupon, now: datetime) -> UUID:
    """Store a draft and return its id; raises Invalid."""
    check(new)
    coupon_id = uuid7()
    names = [*NewCoupon.__struct_fields__, "state", "version", "created_at", "id", "workspace_id"]
    values = [*msgspec.structs.astuple(new), "draft", 1, now, coupon_id, workspace_id]
    slots = ", ".join(f"${position}" for position in range(1, len(names) + 1))
    statement = f"INSERT INTO coupon ({', '.join(names)}) VALUES ({slots})"  # noqa: S608 (field names)
    await tx.execute(statement, *values)
    await publish(tx, [Change(workspace_id, "coupon", coupon_id, {"state": "draft"})], now)
    return coupon_id


async def publish_coupon(database: Database, coupon_id: UUID, now: datetime) -> None:
    """Make the units, wipe the test claims and open the coupon. Call it again after a crash: it goes on
    where it stopped. Raises NotFound, or CouponRefused when the coupon has ended.
    """
    async with database.transaction() as tx:
        state = await tx.fetchval("SELECT state FROM coupon WHERE id = $1 FOR UPDATE", coupon_id)
        if state is None:
            raise NotFound("There is no such coupon")
        if state == "draft":
            await tx.execute("DELETE FROM claim WHERE coupon_id = $1 AND test", coupon_id)
            await tx.execute("UPDATE coupon SET state = 'preparing' WHERE id = $1", coupon_id)
    await make_units(database, coupon_id, now)
    async with database.transaction() as tx:
        await move(tx, coupon_id, "published", now)
        await tx.execute(
            "UPDATE coupon SET published_at = coalesce(published_at, $2) WHERE id = $1",
            coupon_id,
            now,
        )


async def move(tx: Connection, coupon_id: UUID, state: str, now: datetime) -> None:
    """Move the coupon to published, paused, ended or archived; raises NotFound or CouponRefused."""
    row = await tx.fetchrow(
        "SELECT workspace_id, state FROM coupon WHERE id = $1 FOR UPDATE", coupon_id
    )
    if row is None:
        raise NotFound("There is no such coupon")
    if row["state"] not in MOVES[state]:
        raise CouponRefused(Refusal.SENDING_ENDED, sentence(Refusal.SENDING_ENDED, "en"))
    await tx.execute(
        "UPDATE coupon SET state = $2, version = version + 1 WHERE id = $1", coupon_id, state
    )
    await publish(tx, [Change(row["workspace_id"], "coupon", coupon_id, {"state": state})], now)


async def set_quantity(
    database: Database, coupon_id: UUID, quantity: int | None, now: datetime
) -> None:
    """Change how many may be claimed: raising adds stock, lowering withdraws what is still free.

    A coupon that was published without a total, or with one, stays so: claims already made hold no
    unit, or do. Raises NotFound or Invalid.
    """
    if quantity is not None and not 0 <= quantity <= 10_000_000:
        raise Invalid("quantity", "Write a whole number from 0 to 10,000,000")
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT state, code_mode, quantity FROM coupon WHERE id = $1 FOR UPDATE", coupon_id
        )
        if row is None:
            raise NotFound("There is no such coupon")
        switched = row["code_mode"] == "fixed" and (row["quantity"] is None) != (quantity is None)
        if row["state"] != "draft" and switched:
            raise Invalid("quantity", "A published coupon keeps having a total, or having none")
        await tx.execute("UPDATE coupon SET quantity = $2 WHERE id = $1", coupon_id, quantity)
    await make_units(database, coupon_id, now)
