"""The verifiers' page served from a shop of their own, and phones to look at it with."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace

import pytest
from aiohttp import web

from config.settings import Settings
from coupons.pages.routes import routes as page_routes
from coupons.shop.routes import routes
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from team.actions.sign_in import begin_session
from team.passwords import hash_password
from tests.coupons.till.film import film

PASSWORD = "correct horse battery"
FROM_US = {"Sec-Fetch-Site": "same-origin"}
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "en-GB"}


@pytest.fixture
async def client(shop, dsn, tmp_path, aiohttp_client):
    """A client of the pages, following nothing."""
    app = web.Application()
    app[SETTINGS] = Settings(data_dir=tmp_path, public_url="http://localhost:8080")
    app[DATABASE], app[CLOCK], app[KEYRING] = shop.db, shop.clock, shop.keyring
    app[LIVE] = LiveFeed(dsn, shop.db.screens, Supervisor())
    app.add_routes([*page_routes(), *routes()])
    return await aiohttp_client(app)


@pytest.fixture
def staff(shop):
    """Bind members to stores, give them passwords and sessions."""

    async def works_in(member, *stores):
        for store in stores:
            await shop.db.screens.execute(
                "INSERT INTO member_store (member_id, store_id) VALUES ($1, $2)",
                *(shop.members[member], shop.stores[store]),
            )

    async def password(member):
        await shop.db.screens.execute(
            "UPDATE member SET password_hash = $2, email = $3 WHERE id = $1",
            *(shop.members[member], await hash_password(PASSWORD), f"{member}@tea.example"),
        )
        return f"{member}@tea.example"

    async def session(member):
        row = await shop.db.screens.fetchrow(
            "SELECT id, workspace_id, role FROM member WHERE id = $1", shop.members[member]
        )
        async with shop.db.transaction() as tx:
            return (await begin_session(tx, row, "", shop.clock.now())).token

    return SimpleNamespace(works_in=works_in, password=password, session=session)


class Till:
    """A signed-in till without a browser."""

    def __init__(self, client, token):
        self.client = client
        self.cookies = {"tessera_session": token}
        self.keys = 0

    async def post(self, path, headers=FROM_US, **fields):
        return await self.client.post(
            f"/shop/{path}", json=fields, headers=headers, cookies=self.cookies
        )

    async def ask(self, path, **fields):
        answer = await self.post(path, **fields)
        assert answer.status == 200, (path, answer.status, await answer.text())
        return await answer.json()

    async def day(self):
        return await (await self.client.get("/shop/today", cookies=self.cookies)).json()

    async def redeem(self, claim, key=None):
        self.keys += 1
        return await self.ask("redeem", number=claim.number, key=key or f"tap-{self.keys:08}")

    async def undo(self, claim, reason="wrong coupon", pin=""):
        self.keys += 1
        fields = {"number": claim.number, "reason": reason, "pin": pin}
        return await self.ask("undo", key=f"tap-{self.keys:08}", **fields)


@pytest.fixture
def till(client, staff):
    """Sign a member in at a till of their only store."""

    async def sign_in(member="ray", *stores):
        await staff.works_in(member, *(stores or ("Xinyi",)))
        return Till(client, await staff.session(member))

    return sign_in


@pytest.fixture
async def phones(client, staff, browser):
    """Open phones in Chromium, each signed in as a member; what goes wrong in a page fails the test."""
    wrong, contexts = [], []
    home = str(client.make_url("/")).rstrip("/").replace("127.0.0.1", "localhost")

    async def open_phone(member=None, *, within=browser, path="/shop", **options):
        context = await within.new_context(**(PHONE | options))
        contexts.append(context)
        if member:
            cookie = {"name": "tessera_session", "value": await staff.session(member)}
            await context.add_cookies([cookie | {"url": home}])
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: note(said.text))
        await page.goto(home + path)
        return page

    def note(text):
        if "Content Security Policy" in text or "Uncaught" in text:
            wrong.append(text)

    yield open_phone
    for context in contexts:
        await context.close()
    assert wrong == []


@pytest.fixture
async def camera(launch, tmp_path):
    """Start a Chromium whose camera looks at a text's QR code; its shell without windows has no camera."""
    whole = shutil.which("chromium") or os.environ["BROWSER_FOR_TESTS"]
    started = []

    async def looking_at(text):
        path = tmp_path / "camera.y4m"
        path.write_bytes(film(text))
        started.append(await launch(f"--use-file-for-fake-video-capture={path}", at=whole))
        return started[-1]

    yield looking_at
    for chromium in started:
        await chromium.close()
