"""Joining and the second step as a person does them; every page about people in every size and theme."""

from __future__ import annotations

import io
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import expect

from tests.agent_console.people.ways_in import NEW_PASSWORD, Authenticator
from tests.inspector import Inspector

STEPS = "/console/me/two-steps"


@pytest.fixture(autouse=True)
async def members(site):
    await site.member("Ann", "admin")
    await site.member("Leo", "seller")


async def scan(site, page):
    """Read the QR code from the screen, as an authenticator does."""
    picture = await page.locator(".link-qr svg").screenshot()
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    address = urlsplit(found.text)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert "kim%40tea.example" in address.path
    return Authenticator(site, parse_qs(address.query)["secret"][0])


async def test_somebody_joins_sets_the_second_step_up_and_signs_in_with_a_code(site, desk, browser):
    inspector = Inspector()
    ann = await desk.open("ann@tea.example", "/console/settings/members")
    link = await invite(ann, inspector)
    context = await browser.new_context(base_url=str(site.server.make_url("/")), locale="en-GB")
    desk.contexts.append(context)
    kim = await context.new_page()
    await join(kim, link, inspector)
    phone = await set_up(site, kim, inspector)
    await sign_out(kim, inspector)
    await sign_in(kim, phone, inspector)
    reset = await look_after(ann, inspector)
    await kim.goto(reset)
    await inspector.look(kim, "password")
    await kim.goto("/console/invitation/nobody-has-ever-had-this-link")
    await inspector.look(kim, "over")
    assert inspector.found == []


async def invite(ann, inspector):
    """Invite Kim, and return the link that is shown once."""
    await ann.get_by_text("Invite somebody", exact=True).click()
    await ann.fill("#email", "kim@tea.example")
    await ann.select_option("#role", "seller")
    await ann.get_by_role("button", name="Make the link").click()
    link = urlsplit(await ann.locator("#link-url").input_value()).path
    await inspector.look(ann, "members")
    return link


async def join(kim, link, inspector):
    """Set name and password; the first one is refused with its reason."""
    await kim.goto(link)
    await inspector.look(kim, "invitation")
    await kim.get_by_label("Your name").fill("Kim")
    await kim.get_by_label("Choose a password").fill("kim@tea.example")
    await kim.get_by_role("button", name="Join").click()
    await expect(kim.get_by_role("alert").filter(has_text="Do not use your name")).to_be_visible()
    await kim.get_by_label("Choose a password").fill(NEW_PASSWORD)
    await kim.get_by_role("button", name="Join").click()
    await kim.wait_for_url("**/console/inbox")


async def set_up(site, kim, inspector):
    """Turn the second step on, keep the codes, and return the authenticator."""
    await kim.goto(STEPS)
    await kim.get_by_role("button", name="Begin").click()
    phone = await scan(site, kim)
    await inspector.look(kim, "two-steps-scan")
    await kim.get_by_label("The six digits it shows now").fill(phone.code())
    await kim.get_by_role("button", name="Turn it on").click()
    await expect(kim.locator(".recovery-codes li")).to_have_count(10)
    await inspector.look(kim, "two-steps-codes")
    async with kim.expect_download() as waited:
        await kim.get_by_role("button", name="Download").click()
    kept = await (await waited.value).path()
    assert await kim.locator(".recovery-codes li").first.inner_text() in kept.read_text()
    await kim.get_by_role("link", name="I have kept them").click()
    await kim.wait_for_url("**/console/inbox")
    return phone


async def sign_out(kim, inspector):
    """Look at the account, then leave."""
    await kim.goto(STEPS)
    await inspector.look(kim, "two-steps-on")
    await kim.goto("/console/me")
    await inspector.look(kim, "me")
    await kim.locator("details.me summary").click()
    await kim.locator("[data-role=sign-out]").click()
    await kim.wait_for_url("**/console/login")


async def sign_in(kim, phone, inspector):
    """Give the password, then the code."""
    await kim.fill("#email", "kim@tea.example")
    await kim.fill("#password", NEW_PASSWORD)
    await kim.get_by_role("button", name="Sign in").click()
    await expect(kim.get_by_label("Code of your authenticator")).to_be_focused()
    await inspector.look(kim, "code")
    await kim.get_by_label("Code of your authenticator").fill(phone.later())
    await kim.get_by_role("button", name="Sign in").click()
    await kim.wait_for_url("**/console/inbox")
    await expect(kim.locator(".me-name")).to_have_text("Kim")


async def look_after(ann, inspector):
    """Make a link for a new password, look at the roles, and return the link's path."""
    await ann.goto("/console/settings/members")
    await ann.get_by_role("link", name="Kim").click()
    await ann.get_by_role("button", name="Make a link for a new password").click()
    reset = urlsplit(await ann.locator("#link-url").input_value()).path
    await inspector.look(ann, "member")
    await ann.goto("/console/settings/roles")
    await inspector.look(ann, "roles")
    return reset
