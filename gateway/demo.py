"""The demo workspace: a tea house in Taipei with four channel accounts, members, stores, coupons, tags."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from conversations.actions.add_account import NewAccount, add_account
from coupons.demo import Place
from coupons.demo import seed as seed_coupons
from gateway.site import Site
from runtime.ids import uuid7
from simulator import accounts as simulated
from simulator.schema import migrate as migrate_simulator
from team.actions.add_member import NewMember, add_member
from team.actions.add_workspace import add_workspace

PASSWORD = "tessera-demo"  # noqa: S105 (the demo's obvious one; shown on the login page)
NAME = "Tessera 茶館"
ZONE = "Asia/Taipei"
MEMBERS = (
    ("ann@demo.example", "Ann", "admin"),
    ("ken@demo.example", "Ken", "supervisor"),
    ("sue@demo.example", "Sue", "service_agent"),
    ("ray@demo.example", "Ray", "verifier"),
    ("mia@demo.example", "Mia", "marketer"),
    ("leo@demo.example", "Leo", "seller"),
)
STORES = (
    ("Xinyi", "台北市信義區松高路11號", "+886-2-2720-0001", 25.0396, 121.5655),
    ("Dadaocheng", "台北市大同區迪化街一段67號", "+886-2-2552-0002", 25.0562, 121.5100),
)
TAGS = ("vip", "regular", "tea-club", "complaint")
PLATFORMS = {"line": "line", "messenger": "meta", "instagram": "meta", "whatsapp": "twilio"}
FINISHED = 'UPDATE workspace SET features = features || \'{"demo": "ready"}\' WHERE id = $1'
VERIFIERS = ("ray@demo.example", "leo@demo.example")
WORKS_IN = """
INSERT INTO member_store (member_id, store_id) SELECT m.id, s.id FROM member m, store s
WHERE m.workspace_id = $1 AND s.workspace_id = $1 AND m.email = ANY ($2::text[]) ON CONFLICT DO NOTHING
"""
ADD_STORE = """
INSERT INTO store (id, workspace_id, name, address, phone, latitude, longitude)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""
ADD_RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text, refusal_texts, active)
VALUES ($1, $2, $3, $4, $5, false, $6, $7, '{}', true)
"""


@dataclass(frozen=True)
class Presence:
    """One demo account: the same facts on our side and on the simulator's."""

    channel: str
    external_id: str
    address: str

    @property
    def secret(self) -> str:
        """The word webhooks are signed with."""
        return f"demo-{self.channel}-secret-not-for-production"

    @property
    def token(self) -> str:
        """The word sends are allowed with."""
        return f"demo-{self.channel}-token-not-for-production"

    def base(self, url: str) -> str:
        """Return where the simulator plays this platform."""
        return f"{url}/simulator/{PLATFORMS[self.channel]}"


PRESENCES = (
    Presence("line", "U0123456789abcdef0123456789abcdef", "@tessera-tea"),
    Presence("messenger", "104857600000001", "tessera.tea"),
    Presence("instagram", "17841400000000001", "tessera.tea"),
    Presence("whatsapp", "AC0123456789abcdef0123456789abcdef", "+886225550100"),
)
VERIFY_TOKEN = "demo-verify-token"  # noqa: S105 (the demo's obvious one)


async def seed(site: Site) -> bool:
    """Make the demo workspace in an empty installation; return whether anything was made.

    A seeding cut off midway is finished by the next: every step finds what is there.
    """
    found = await site.database.screens.fetchrow(
        "SELECT id, features ->> 'demo' AS demo FROM workspace ORDER BY id LIMIT 1"
    )
    if found is not None and found["demo"] != "unfinished":
        return False
    workspace = found["id"] if found else await _workspace(site)
    await _members(site, workspace)
    stores = await _stores(site, workspace)
    await site.database.screens.execute(WORKS_IN, workspace, list(VERIFIERS))
    await _accounts(site, workspace)
    await site.database.screens.executemany(
        "INSERT INTO tag (id, workspace_id, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(uuid7(), workspace, name) for name in TAGS],
    )
    place = Place(workspace_id=workspace, stores=stores, data_dir=site.settings.data_dir)
    coupons = await seed_coupons(site.database, site.keyring, place, site.clock.now())
    await _rules(site, workspace, coupons.latte)
    await site.database.screens.execute(FINISHED, workspace)
    return True


async def _workspace(site: Site) -> UUID:
    workspace = await add_workspace(site.database, NAME, site.clock.now(), zone=ZONE)
    await site.database.screens.execute(
        'UPDATE workspace SET features = \'{"demo": "unfinished", "sales_types": true}\' WHERE id = $1',
        workspace,
    )
    return workspace


async def _members(site: Site, workspace: UUID) -> None:
    for email, name, role in MEMBERS:
        new = NewMember(
            workspace_id=workspace, email=email, role=role, password=PASSWORD, name=name
        )
        if not await site.database.screens.fetchval("SELECT 1 FROM member WHERE email = $1", email):
            await add_member(site.database, new, site.clock.now())


async def _stores(site: Site, workspace: UUID) -> dict[str, UUID]:
    for name, *facts in STORES:
        await site.database.screens.execute(ADD_STORE, uuid7(), workspace, name, *facts)
    rows = await site.database.screens.fetch(
        "SELECT name, id FROM store WHERE workspace_id = $1", workspace
    )
    return {row["name"]: row["id"] for row in rows}


async def _accounts(site: Site, workspace: UUID) -> None:
    for presence in PRESENCES:
        new = NewAccount(
            workspace_id=workspace,
            channel=presence.channel,
            name="demo",
            secret=presence.secret,
            token=presence.token,
            external_id=presence.external_id,
            verify_token=VERIFY_TOKEN,
            address=presence.address,
            api_base=presence.base(site.settings.base_url),
        )
        if not await site.database.screens.fetchval(
            "SELECT 1 FROM channel_account WHERE channel = $1 AND name = 'demo'", presence.channel
        ):
            await add_account(site.database, site.keyring, new, site.clock.now())


async def follow_address(site: Site) -> None:
    """Point demo accounts and the simulator at each other under today's public address."""
    url = site.settings.base_url
    async with site.database.transaction() as tx:
        await migrate_simulator(tx)
        for presence in PRESENCES:
            found = await tx.fetchval(
                "UPDATE channel_account SET api_base = $3 WHERE channel = $1 AND name = 'demo'"
                " AND external_id = $2 AND api_base LIKE '%/simulator/%' RETURNING 1",
                presence.channel,
                presence.external_id,
                presence.base(url),
            )
            if found:
                await simulated.seed(tx, [_twin(presence, url)])


def _twin(presence: Presence, url: str) -> simulated.NewAccount:
    return simulated.NewAccount(
        channel=presence.channel,
        name="demo",
        secret=presence.secret,
        token=presence.token,
        webhook_url=f"{url}/webhooks/{presence.channel}/demo",
        verify_token=VERIFY_TOKEN,
        external_id=presence.external_id,
        address=presence.address,
    )


async def _rules(site: Site, workspace: UUID, latte: UUID) -> None:
    welcome = (
        "歡迎光臨 Tessera 茶館!輸入「latte」領取拿鐵優惠券。Welcome! Write “latte” for a coupon."
    )
    hours = "我們每天 10:00–21:00 營業。We are open daily from 10:00 to 21:00."
    rules: list[tuple[str, list[str], UUID | None, str]] = [
        ("keyword", ["latte", "拿鐵"], latte, ""),
        ("keyword", ["hours", "營業時間"], None, hours),
        ("follow", [], None, welcome),
        ("get_started", [], None, welcome),
        ("referral", ["latte"], latte, ""),
    ]
    async with site.database.transaction() as tx:
        if await tx.fetchval("SELECT 1 FROM flow_rule WHERE workspace_id = $1 LIMIT 1", workspace):
            return
        for position, rule in enumerate(rules):
            await tx.execute(ADD_RULE, uuid7(), workspace, position, *rule)
