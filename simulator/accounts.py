"""The simulator's own list of channel accounts and of the customers who write to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runtime.errors import Invalid, NotFound
from simulator import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import asyncpg

CHANNELS = ("line", "messenger", "instagram", "whatsapp")
CUSTOMERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "line": (("Mei", "zh-TW"), ("Kenji", "ja"), ("Ploy", "th")),
    "messenger": (("Lin", "zh-TW"), ("Omar", "en")),
    "instagram": (("Aiko", "ja"), ("Noah", "en")),
    "whatsapp": (("Tom", "en"), ("Wei", "zh-TW"), ("Dana (hides her number)", "en")),
}
WHATSAPP_IDS = {
    "Tom": "+886912000321",
    "Wei": "+886955000147",
    "Dana (hides her number)": "TW.13491208655302741918",
}
GROUP = "Tea friends"


@dataclass(frozen=True)
class NewAccount:
    """What it takes to add an account. `webhook_url` is where its events go.

    external_id: LINE bot user id, Page id, Instagram account id or Twilio Account SID; empty makes one up.
    address: LINE basic id, Page or Instagram user name, WhatsApp number.
    """

    channel: str
    name: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    webhook_url: str
    verify_token: str = field(default="", repr=False)
    external_id: str = ""
    address: str = ""


@dataclass(frozen=True)
class Account(NewAccount):
    """A stored account."""

    id: int = 0
    version: int = 0


@dataclass(frozen=True)
class Customer:
    """A pretended person on one account's phone."""

    id: int
    account_id: int
    external_id: str
    name: str
    language: str
    blocked: bool


_EXTERNAL = {
    "line": lambda name: shapes.line_user(f"bot {name}"),
    "messenger": lambda name: shapes.scoped_id(f"page {name}"),
    "instagram": lambda name: shapes.scoped_id(f"instagram {name}"),
    "whatsapp": lambda name: "AC" + shapes.line_user(f"twilio {name}")[1:],
}


def check(new: NewAccount) -> None:
    """Raise Invalid naming the first field that cannot be used."""
    if new.channel not in CHANNELS:
        raise Invalid("channel", f"Choose one of {', '.join(CHANNELS)}.")
    for name in ("name", "secret", "token"):
        if not str(getattr(new, name)).strip():
            raise Invalid(name, f"Enter the account's {name}.")
    parts = urlsplit(new.webhook_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid(
            "webhook_url", "Enter the full webhook address, beginning with http:// or https://."
        )


async def seed(conn: asyncpg.Connection, accounts: Sequence[NewAccount]) -> None:
    """Add or update `accounts`, each with a few customers; safe to repeat. Raises Invalid."""
    for new in accounts:
        await add(conn, new)


async def add(conn: asyncpg.Connection, new: NewAccount) -> int:
    """Add or update one account and return its id; raises Invalid."""
    check(new)
    external_id = new.external_id or _EXTERNAL[new.channel](new.name)
    async with conn.transaction():
        account_id: int = await conn.fetchval(
            """
            INSERT INTO simulator.account
                (channel, name, secret, token, verify_token, external_id, address, webhook_url)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (channel, name) DO UPDATE SET
                secret = excluded.secret, token = excluded.token, verify_token = excluded.verify_token,
                external_id = excluded.external_id, address = excluded.address,
                webhook_url = excluded.webhook_url, version = account.version + 1
            RETURNING id
            """,
            new.channel,
            new.name,
            new.secret,
            new.token,
            new.verify_token,
            external_id,
            new.address,
            new.webhook_url,
        )
        for name, language in CUSTOMERS[new.channel]:
            await _add_customer(
                conn, account_id, _person(new.channel, external_id, name), name, language
            )
        if new.channel == "line":
            await conn.execute(
                "INSERT INTO simulator.chat_group (account_id, external_id, name) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING",
                account_id,
                shapes.line_group(f"{external_id} {GROUP}"),
                GROUP,
            )
    return account_id


def _person(channel: str, account: str, name: str) -> str:
    if channel == "line":
        return shapes.line_user(f"{account} {name}")
    if channel == "whatsapp":
        digits = int(shapes.scoped_id(f"{account} {name}")) % 10**8
        return WHATSAPP_IDS.get(name, f"+8869{digits:08d}")
    return shapes.scoped_id(f"{account} {name}")


async def _add_customer(
    conn: asyncpg.Connection, account_id: int, external_id: str, name: str, language: str
) -> None:
    await conn.execute(
        "INSERT INTO simulator.customer (account_id, external_id, name, language)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        account_id,
        external_id,
        name,
        language,
    )


async def new_customer(conn: asyncpg.Connection, account: Account, name: str) -> Customer:
    """Add one more person to an account's phone; raises Invalid without a name."""
    name = name.strip()[:60]
    if not name:
        raise Invalid("name", "Enter the new customer's name.")
    count = await conn.fetchval(
        "SELECT count(*) FROM simulator.customer WHERE account_id = $1", account.id
    )
    external_id = _person(account.channel, account.external_id, f"{name} {count}")
    await _add_customer(conn, account.id, external_id, name, "en")
    await conn.execute(
        "UPDATE simulator.account SET version = version + 1 WHERE id = $1", account.id
    )
    return await customer(conn, account, external_id)


async def every(conn: asyncpg.Connection | asyncpg.Pool) -> list[Account]:
    """Return all accounts in the order they were added."""
    return [
        Account(**row) for row in await conn.fetch("SELECT * FROM simulator.account ORDER BY id")
    ]


async def one(conn: asyncpg.Connection | asyncpg.Pool, account_id: int) -> Account:
    """Return one account; raises NotFound."""
    row = await conn.fetchrow("SELECT * FROM simulator.account WHERE id = $1", account_id)
    if row is None:
        raise NotFound(f"The simulator has no account {account_id}.")
    return Account(**row)


async def customers(conn: asyncpg.Connection | asyncpg.Pool, account_id: int) -> list[Customer]:
    """Return an account's people in the order they were added."""
    rows = await conn.fetch(
        "SELECT id, account_id, external_id, name, language, blocked"
        " FROM simulator.customer WHERE account_id = $1 ORDER BY id",
        account_id,
    )
    return [Customer(**row) for row in rows]


async def customer(
    conn: asyncpg.Connection | asyncpg.Pool, account: Account, external_id: str
) -> Customer:
    """Return one of an account's people by platform id; raises NotFound."""
    row = await conn.fetchrow(
        "SELECT id, account_id, external_id, name, language, blocked"
        " FROM simulator.customer WHERE account_id = $1 AND external_id = $2",
        account.id,
        external_id,
    )
    if row is None:
        raise NotFound(f"{account.channel}/{account.name} has no customer {external_id}.")
    return Customer(**row)
