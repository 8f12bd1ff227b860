"""Sue answers with files by drop and paste, and with a template once the time to answer is over."""

from __future__ import annotations

import base64
from datetime import timedelta

from playwright.async_api import expect

from tests.agent_console import files
from tests.axe import hindrances

SID = "HX" + "7" * 32
APPROVED = """
INSERT INTO simulator.content (sid, account_id, body, approval, created_at)
SELECT $1, id, $2, 'approved', now() FROM simulator.account WHERE channel = 'whatsapp'
"""
HAND_OVER = """
async ([kind, target, name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name, { type }));
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: held })
    : new DragEvent(kind, { ...options, dataTransfer: held });
  document.querySelector(target).dispatchEvent(event);
}
"""


async def hand_over(page, kind, name, content, type_, target="textarea[name=text]"):
    told = [kind, target, name, type_, base64.b64encode(content).decode()]
    await page.evaluate(HAND_OVER, told)


async def test_dropped_and_pasted_files_arrive_and_a_template_after_the_window(demo, desk, console):
    mei, tom = desk.phone("line"), desk.phone("whatsapp")
    await mei.say("What does it look like?")
    sue = await console("Sue")
    await sue.open("Mei")
    picture = files.picture(size=(320, 240))
    await hand_over(sue.page, "dragover", "latte.jpg", picture, "image/jpeg")
    await expect(sue.page.locator("#drop-veil")).to_be_visible()
    await hand_over(sue.page, "drop", "latte.jpg", picture, "image/jpeg")
    tray = sue.page.locator("#attached [data-role=attached]")
    await expect(tray).to_have_count(1)
    await hand_over(sue.page, "paste", "screen.png", files.picture("PNG"), "image/png")
    await expect(tray).to_have_count(2)
    await hand_over(sue.page, "drop", "setup.exe", b"MZ" + bytes(90), "application/x-msdownload")
    refused = sue.page.locator("#attaching .tray-refused")
    await expect(refused).to_contain_text("Programs cannot be sent")
    await expect(sue.page.locator("#attach-limits")).to_contain_text("LINE: pictures (JPEG, PNG)")
    assert await hindrances(sue.page) == []
    await refused.get_by_role("button").click()
    await expect(refused).to_have_count(0)
    await put_words_together(sue)
    await sue.thread.locator("button[data-role=send]").click()
    await expect(mei.got).to_have_count(3)
    await expect(mei.got.locator("img.photo")).to_have_count(2)
    await expect(mei.got.nth(2)).to_contain_text("Mei, here 🍵")
    await expect(mei.frame.get_by_role("button", name="熱")).to_be_visible()
    await expect(tray).to_have_count(0)
    await mei.frame.get_by_role("button", name="熱").click()
    await expect(sue.messages.last).to_contain_text("熱")
    await send_a_template(demo, tom, sue)


async def send_a_template(demo, tom, sue):
    await tom.say("Is it ready?")
    await demo.until("SELECT bool_and(state = 1) FROM inbox")
    await demo.fetch(APPROVED, SID, template())
    demo.clock.advance(timedelta(hours=23, minutes=59, seconds=40))
    await sue.page.reload()
    await sue.open("Tom")
    await expect(sue.window).to_contain_text("window closes in 0:")
    demo.clock.advance(timedelta(seconds=60))
    await expect(sue.page.locator("#templates")).to_be_visible()
    await expect(sue.page.locator("#composer")).to_be_hidden()
    await sue.page.locator("[data-role=template-choice]").click()
    await sue.page.get_by_label("Variable 1").fill("Tom")
    await expect(sue.page.locator("[data-role=template-preview]")).to_have_text("Hello Tom, come!")
    assert await hindrances(sue.page) == []
    await sue.page.locator("[data-role=template-send]").click()
    await expect(tom.got.last).to_contain_text("Hello Tom, come!")
    await expect(sue.messages.last).to_contain_text("Hello Tom, come!")


async def put_words_together(sue):
    """Write with a variable, an emoji found by its Chinese name, and a quick reply."""
    page = sue.page
    await page.locator("[data-role=tool][aria-controls=sheet-variables]").click()
    await page.locator("[data-role=variable]").first.click()
    await page.keyboard.type(", here ")
    await expect(page.locator("#filled")).to_contain_text("Will be sent as: Mei, here")
    await page.locator("[data-role=tool][aria-controls=sheet-emoji]").click()
    await page.locator("#emoji-search").fill("茶")
    await page.get_by_role("button", name="teacup without handle", exact=True).click()
    await expect(page.locator("#filled")).to_contain_text("🍵")
    await page.locator("[data-role=tool][aria-controls=sheet-quick]").click()
    await page.get_by_label("Words of the button").fill("熱")


def template():
    body = {"friendly_name": "come_back", "language": "en", "variables": {"1": "Mei"}}
    return body | {"types": {"twilio/text": {"body": "Hello {{1}}, come!"}}}
