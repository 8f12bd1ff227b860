"""What people do: customers with phones, an agent at the console, staff at a till."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

PASSWORD = "tessera-demo"
CHANNELS = {"line": "Mei", "messenger": "Lin", "instagram": "Aiko", "whatsapp": "Tom"}


class Phone:
    """One of the simulator's phones, as its customer holds it."""

    def __init__(self, page: Page, channel: str) -> None:
        self.page, self.channel = page, channel
        self.frame = page.locator(f"section[data-phone={channel}]")
        self.said = self.frame.locator("[data-role=message][data-direction=in]")
        self.got = self.frame.locator("[data-role=message][data-direction=out]")
        self.links = self.got.locator("a[href*='/c/']")

    async def become(self, name: str) -> None:
        """Take the phone of another customer, or stand in a group."""
        select = self.frame.locator("[data-role=customer]")
        label = select.locator("option", has_text=re.compile(rf"^{re.escape(name)}"))
        await expect(label).to_have_count(1)
        await select.select_option(value=await label.get_attribute("value"))

    async def say(self, text: str) -> None:
        """Write into the chat; returns once the bubble stands there."""
        before = await self.said.count()
        await self.frame.locator("[data-role=text]").fill(text)
        await self.frame.locator("[data-role=send]").click()
        await expect(self.said).to_have_count(before + 1)

    async def choose(self, item: str) -> None:
        """Choose an item of the ⋯ menu."""
        await self.frame.locator(".bar summary").click()
        await self.frame.locator(".bar").get_by_role("button", name=item, exact=True).click()

    async def attach(self, item: str) -> None:
        """Choose an item of the ＋ menu."""
        await self.frame.locator(".composer summary").click()
        await self.frame.locator(".composer").get_by_role("button", name=item, exact=True).click()

    async def tap_card(self) -> Page:
        """Tap the newest card; its page opens in a tab of its own."""
        async with self.page.context.expect_page() as opened:
            await self.links.last.click()
        return await opened.value


class Desk:
    """The simulator's page with its four phones and the faults."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    async def open(self) -> Desk:
        """Lay the phones on the desk."""
        await self.page.goto(f"{self.url}/simulator")
        await expect(self.page.locator("[data-role=connection]")).to_have_text("live")
        for phone in await self.page.locator("section[data-phone]").all():
            await expect(phone.locator("[data-role=customer] option")).not_to_have_count(0)
        return self

    def phone(self, channel: str) -> Phone:
        """Take the phone of that messenger."""
        return Phone(self.page, channel)

    async def fault(self, channel: str, name: str, *, on: bool = True, amount: int = 0) -> None:
        """Turn a switch of the faults panel."""
        account = self.page.locator(f"[data-role=fault-account] option[data-channel={channel}]")
        value = await account.get_attribute("value")
        await self.page.locator("[data-role=fault-account]").select_option(value)
        item = self.page.locator(f"[data-fault={name}]")
        await expect(item.locator("[data-role=fault]")).to_be_checked(checked=not on)
        if amount:
            await item.locator("[data-role=amount]").fill(str(amount))
        # The page draws its switches from what the server says: a click may show only once that has answered.
        async with self.page.expect_response(f"**/accounts/{value}/faults/{name}"):
            await item.locator("[data-role=fault]").click()
        await expect(item.locator("[data-role=fault]")).to_be_checked(checked=on)


class Console:
    """The console in one member's browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.rows = page.locator("[data-role=conversation]")
        self.thread = page.locator("[data-role=thread]")
        self.head = page.locator("#thread-head")
        self.messages = page.locator("#messages [data-role=message]")
        self.drawer = page.locator("[data-role=drawer]")
        self.window = page.locator("#window")

    async def sign_in(self, name: str) -> Console:
        """Sign in through the form, as one of the demo's members."""
        await self.page.goto(f"{self.url}/console")
        await self.page.get_by_label("E-mail").fill(f"{name.lower()}@demo.example")
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in", exact=True).click()
        return await self.arrive()

    async def arrive(self) -> Console:
        """Wait until the inbox shows all conversations, live."""
        await self.live()
        everybody = self.page.get_by_role("link", name=re.compile("^All"))
        await expect(everybody).to_have_attribute("aria-current", "true")
        return self

    async def live(self) -> None:
        """Wait until changes arrive by themselves."""
        await expect(self.page.locator("[data-role=live-state]")).to_have_attribute(
            "data-state", "live"
        )

    def row(self, name: str) -> Locator:
        """Return a customer's row of the list: "Tom" is no "Customer", as somebody is called at first."""
        whole = re.compile(rf"^\s*{re.escape(name)}\s*$")
        return self.rows.filter(has=self.page.locator(".row-name", has_text=whole))

    async def open(self, name: str) -> None:
        """Open a customer's conversation."""
        await self.row(name).click()
        await expect(self.head.get_by_role("heading")).to_have_text(name)

    async def reply(self, text: str) -> None:
        """Answer in the open conversation."""
        await self.thread.locator("textarea[name=text]").fill(text)
        await self.thread.locator("button[data-role=send]").click()

    async def open_drawer(self) -> None:
        """Open the coupon drawer."""
        await self.page.locator("[data-role=coupon-open]").click()
        await expect(self.drawer).to_be_visible()

    def offer(self, name: str) -> Locator:
        """Return a coupon's row of the drawer."""
        return self.drawer.locator("[data-role=offer]", has_text=name)

    async def send_coupon(self, name: str) -> None:
        """Choose a coupon in the open drawer and send it; returns once the server has taken it."""
        await self.offer(name).get_by_role("radio").check()
        async with self.page.expect_response(
            lambda answer: (
                answer.request.method == "POST" and answer.url.endswith("/coupons") and answer.ok
            )
        ):
            await self.drawer.locator("[data-role=coupon-send]").click()
