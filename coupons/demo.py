"""The demo tea house's two coupons, their pictures, and the PIN at its first store."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
from PIL import Image, ImageDraw

from coupons.actions.design import create, publish_coupon
from coupons.actions.load_codes import load_codes
from coupons.actions.new_coupon import NewCoupon
from coupons.actions.pins import NewPin, add_pin
from coupons.pages.pictures import keep_picture, resized
from coupons.rules.codes import ean13_check
from runtime.database import Database
from runtime.errors import Invalid
from runtime.keys import Keyring

PIN = "4821"
PIN_STORE = "Xinyi"
CODES = 100
FIRST_CODE = 471_000_000_000

CLAY, CREAM, JADE, INK = "#b5482a", "#f3e3d3", "#1f7a5c", "#22252b"
SIZE = (1024, 512)
# Drawn twice as large and scaled down, which smooths every edge.
SMOOTH = 2


class DemoCoupons(msgspec.Struct, frozen=True):
    """The ids of the two coupons."""

    latte: UUID
    service: UUID


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the demo is planted: the workspace, its stores by name, and the data folder."""

    workspace_id: UUID
    stores: Mapping[str, UUID]
    data_dir: Path


async def seed(database: Database, keyring: Keyring, place: Place, now: datetime) -> DemoCoupons:
    """Make both coupons and the PIN, or find them; a seeding cut off midway is finished by another."""
    latte = await _coupon(database, place, _latte(place), now)
    codes = [f"{n}{ean13_check(str(n))}" for n in range(FIRST_CODE, FIRST_CODE + CODES)]
    await load_codes(database, latte, codes, now)
    service = await _coupon(database, place, _service(place), now)
    for coupon_id in (latte, service):
        state = await database.screens.fetchval("SELECT state FROM coupon WHERE id = $1", coupon_id)
        if state in {"draft", "preparing"}:
            await publish_coupon(database, coupon_id, now)
    await _pin(database, keyring, place, now)
    return DemoCoupons(latte, service)


def _latte(place: Place) -> NewCoupon:
    return NewCoupon(
        name="Latte 50",
        purpose="marketing",
        code_mode="pack",
        code_format="ean_13",
        per_contact_limit=1,
        validity_mode="claim",
        lasts_minutes=180,
        card_text="Any latte for half the price · 任一拿鐵半價",
        rules="One cup a visit. Not with other offers.\n每次限用一杯，不可與其他優惠併用。",
        image_key=store_demo_picture(place.data_dir, "latte"),
        brand_image_key=store_demo_picture(place.data_dir, "brand"),
        notice_limit="{name}, you already have this latte coupon · 您已經領過拿鐵券囉",
        notice_sold_out="{name}, all latte coupons are gone · 拿鐵券已全部領完",
        tag_on_claim="claimed-latte",
        tag_on_open="opened-latte",
        tag_on_redeem="redeemed-latte",
    )


def _service(place: Place) -> NewCoupon:
    return NewCoupon(
        name="Service 20",
        purpose="service",
        fixed_code="SORRY20",
        quantity=50,
        default_quota=5,
        per_contact_limit=1,
        validity_mode="open",
        lasts_days=30,
        card_text="20 % off your next order, with our apologies · 下次消費八折",
        rules="For your next visit, on all drinks.\n下次來店飲品皆可使用。",
        image_key=store_demo_picture(place.data_dir, "service"),
        brand_image_key=store_demo_picture(place.data_dir, "brand"),
        tag_on_claim="service-coupon",
    )


async def _coupon(database: Database, place: Place, new: NewCoupon, now: datetime) -> UUID:
    async with database.transaction() as tx:
        found = await tx.fetchval(
            "SELECT id FROM coupon WHERE workspace_id = $1 AND name = $2 ORDER BY id LIMIT 1",
            place.workspace_id,
            new.name,
        )
        return UUID(str(found)) if found else await create(tx, place.workspace_id, new, now)


async def _pin(database: Database, keyring: Keyring, place: Place, now: datetime) -> None:
    store = place.stores[PIN_STORE]
    new = NewPin(workspace_id=place.workspace_id, store_id=store, name="Ray", pin=PIN, demo=True)
    try:
        async with database.transaction() as tx:
            await add_pin(tx, keyring, new, now)
    except Invalid:
        return  # it is there already


def store_demo_picture(data_dir: Path, name: str) -> str:
    """Keep one of the demo's pictures, resized, and return its key."""
    return keep_picture(data_dir, name, _small(name))


@cache
def _small(name: str) -> bytes:
    """Painted once: it takes a tenth of a second, and the brand is on every coupon."""
    return resized(demo_picture(name))


def demo_picture(name: str) -> bytes:
    """Return one of the demo's pictures as a PNG: latte, service or brand."""
    width, height = SIZE[0] * SMOOTH, SIZE[1] * SMOOTH
    picture = Image.new("RGB", (width, height), CREAM)
    draw = ImageDraw.Draw(picture)
    painters = {"latte": _paint_latte, "service": _paint_service, "brand": _paint_brand}
    painters[name](draw, width, height)
    if name == "brand":
        picture = picture.crop((0, 0, height, height))
    small = picture.resize((picture.width // SMOOTH, picture.height // SMOOTH))
    output = io.BytesIO()
    small.save(output, "PNG", optimize=True)
    return output.getvalue()


def _paint_latte(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """A cup from above on tiles: clay saucer, white cup, coffee, a heart of milk."""
    tile = height // 4
    for row in range(4):
        for column in range(width // tile + 1):
            shade = "#f3e3d3" if (row + column) % 2 else "#edd8c4"
            draw.rectangle(_box(column * tile, row * tile, tile - 6), fill=shade)
    x, y = width // 2, height // 2
    for radius, colour in ((0.46, CLAY), (0.38, "#ffffff"), (0.33, "#8a5a3b"), (0.27, "#a8734e")):
        _disc(draw, x, y, int(height * radius), colour)
    draw.arc(_around(x + int(height * 0.46), y, height // 10), 0, 360, fill="#ffffff", width=28)
    # The milk on top: a heart of two discs and a point.
    lobe = int(height * 0.085)
    for side in (-1, 1):
        _disc(draw, x + side * int(lobe * 0.88), y - lobe // 2, lobe, "#fdf3e7")
    reach, top = int(lobe * 1.78), y - lobe // 5
    draw.polygon([(x - reach, top), (x + reach, top), (x, y + int(lobe * 2.1))], fill="#fdf3e7")


def _paint_service(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """A gift: a jade box with a clay ribbon."""
    x, y, half = width // 2, int(height * 0.56), int(height * 0.26)
    draw.rounded_rectangle((x - half, y - half // 2, x + half, y + half), 24, fill=JADE)
    lid = (x - half - 24, y - half // 2 - 60, x + half + 24, y - half // 2 + 30)
    draw.rounded_rectangle(lid, 20, fill="#27916e")
    draw.rectangle((x - 30, y - half // 2 - 60, x + 30, y + half), fill=CLAY)
    for side in (-1, 1):
        centre = x + side * int(height * 0.09)
        box = _around(centre, y - half // 2 - 110, int(height * 0.09))
        draw.ellipse(box, outline=CLAY, width=34)


def _paint_brand(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """The tea house's tile: a cup under steam, within the square that is kept."""
    draw.rectangle((0, 0, width, height), fill=CLAY)
    x, y, half = height // 2, int(height * 0.6), int(height * 0.24)
    draw.pieslice((x - half, y - half, x + half, y + half), 0, 180, fill=CREAM)
    draw.arc(_around(x + half, y + half // 3, half // 3), 270, 100, fill=CREAM, width=36)
    for offset in (-half // 2, 0, half // 2):
        draw.arc((x + offset - 40, y - 260, x + offset + 40, y - 60), 90, 270, fill=CREAM, width=26)


def _disc(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int, colour: str) -> None:
    draw.ellipse(_around(x, y, radius), fill=colour)


def _around(x: int, y: int, radius: int) -> tuple[int, int, int, int]:
    return x - radius, y - radius, x + radius, y + radius


def _box(x: int, y: int, side: int) -> tuple[int, int, int, int]:
    return x, y, x + side, y + side
