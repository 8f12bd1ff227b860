"""Runs the demo, plays a small story on its phones, and takes pictures of every page on the way.

Every picture goes into screenshots/ (not committed), named page-language-theme-width.png; two of them, made
small, become docs/pictures/console.png and simulator.png.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MOST_BYTES = 200_000
PATIENCE_MS = 20_000
WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")
LANGUAGES = {"en": "en-US", "zh-Hant": "zh-TW"}
CHANNELS = ("line", "messenger", "instagram", "whatsapp")
PIN = "4821"
SAID = {
    "line": "我想問週年慶的活動到幾號？",
    "messenger": "Do you have oat milk?",
    "instagram": "限定杯還有貨嗎？☕",
    "whatsapp": "Can I book a table for four on Saturday?",
}


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demo() -> Iterator[str]:
    """Serve the demo from a data folder of its own and give its address; raises RuntimeError."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tessera-pictures-") as folder:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TESSERA_")}
        settings = {"DATA_DIR": folder, "PORT": str(port), "SIMULATOR": "on", "LOG": "warning"}
        server = subprocess.Popen(
            [sys.executable, "-m", "gateway.commands", "serve", "--demo"],
            cwd=ROOT,
            env={**clean, **{f"TESSERA_{k}": v for k, v in settings.items()}},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for line in server.stdout or ():
                if "ready" in line:
                    break
            else:
                raise RuntimeError("The demo did not start; bin/run says why")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


@dataclass
class Camera:
    """Takes pictures of one opened page; `suffix` tells language, theme and width."""

    folder: Path
    taken: list[Path] = field(default_factory=list)

    def take(self, page: Page, name: str, suffix: str) -> Path:
        """Save what the window shows, once pictures and fonts are there."""
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready")
        path = self.folder / f"{name}-{suffix}.png"
        page.screenshot(path=path, animations="disabled")
        self.taken.append(path)
        return path


def window(browser: Browser, language: str, theme: str, width: int) -> BrowserContext:
    """Return a fresh browser profile, a phone when it is narrow."""
    context = browser.new_context(
        locale=LANGUAGES[language],
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": width, "height": WIDTHS[width]},
        has_touch=width < 600,
        timezone_id="Asia/Taipei",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def phone(page: Page, channel: str) -> Locator:
    """Return one phone of the simulator."""
    return page.locator(f"section[data-phone={channel}]")


def say(page: Page, channel: str, text: str) -> None:
    """Let the customer shown on a phone write."""
    box = phone(page, channel).locator("[data-role=text]")
    box.fill(text)
    box.press("Enter")
    expect(phone(page, channel).locator("[data-direction=in]").last).to_contain_text(text)


def start_story(page: Page, url: str) -> dict[str, str]:
    """Let every customer ask for the latte and then something only a person can answer.

    Returns the address of each channel's coupon.
    """
    page.goto(f"{url}/simulator/")
    expect(page.locator("[data-role=connection]")).to_have_text("live")
    links = {}
    for channel in CHANNELS:
        say(page, channel, "latte")
        link = phone(page, channel).locator("a[href*='/c/']").last
        expect(link).to_be_visible()
        links[channel] = str(link.get_attribute("href"))
    return links


def ask_people(page: Page) -> None:
    """Let every customer ask what no bot answers."""
    for channel in CHANNELS:
        say(page, channel, SAID[channel])


def sign_in(page: Page, url: str, who: str) -> None:
    """Sign in as one of the demo's members and wait for the live inbox."""
    page.goto(f"{url}/console/login")
    page.locator("form", has=page.locator(f"input[value='{who}']")).get_by_role("button").click()
    page.goto(f"{url}/console/inbox?view=all")
    expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")


def open_chat(page: Page, url: str, channel: str) -> None:
    """Open the conversation of a channel."""
    page.goto(f"{url}/console/inbox?view=all")
    row = page.locator("[data-role=conversation]", has=page.locator(f".channel-{channel}"))
    row.first.click()
    expect(page.locator("[data-role=thread]")).to_be_visible()


def answer(page: Page, text: str) -> None:
    """Take the open conversation over and answer it."""
    page.locator("[data-role=take-over]").click()
    page.locator("#composer textarea").fill(text)
    page.locator("#composer [data-role=send]").click()
    expect(page.locator("[data-direction=out]").last).to_contain_text(text)
    expect(page.locator("[data-direction=out]").last).to_have_attribute(
        "data-state", re.compile("sent|delivered|read")
    )


def show_drawer(page: Page) -> None:
    """Open the coupons an agent may send, with one chosen."""
    page.locator("[data-role=coupon-open]").click()
    offers = page.locator("[data-role=offer] input:enabled")
    expect(page.locator("[data-role=drawer]")).to_be_visible()
    offers.first.check()


def console_pages(camera: Camera, context: BrowserContext, url: str, suffix: str) -> Path:
    """Take the console's pages and return the picture of a conversation with the coupon drawer."""
    page = context.new_page()
    page.goto(f"{url}/console/login")
    camera.take(page, "login", suffix)
    sign_in(page, url, "sue@demo.example")
    camera.take(page, "inbox", suffix)
    open_chat(page, url, "line")
    camera.take(page, "thread", suffix)
    show_drawer(page)
    best = camera.take(page, "coupons", suffix)
    page.context.clear_cookies()
    sign_in(page, url, "ann@demo.example")
    page.goto(f"{url}/console/accounts")
    camera.take(page, "accounts", suffix)
    page.goto(f"{url}/console/nowhere")
    camera.take(page, "not-found", suffix)
    return best


def claim_pages(camera: Camera, context: BrowserContext, link: str, suffix: str) -> None:
    """Take a claim's page as its customer sees it."""
    page = context.new_page()
    page.goto(link)
    expect(page.locator("main .state")).to_be_visible()
    camera.take(page, "claim", suffix)
    page.goto(link.rpartition("/")[0] + "/there-is-no-such-claim")
    camera.take(page, "claim-unknown", suffix)


def tour(camera: Camera, browser: Browser, url: str) -> tuple[Path, Path]:
    """Play the story and take everything; returns the pictures for the README."""
    with window(browser, "en", "light", 1440) as first:
        phones = first.new_page()
        links = start_story(phones, url)
        simulator = camera.take(phones, "simulator-coupons", "en-light-1440")
        ask_people(phones)
        desk = first.new_page()
        sign_in(desk, url, "sue@demo.example")
        open_chat(desk, url, "line")
        answer(desk, "您好！週年慶到 5 月 31 日為止 😊")
        expect(phone(phones, "line").locator("[data-direction=out]").last).to_contain_text("週年慶")
    best: dict[str, Path] = {}
    for language in LANGUAGES:
        for theme in THEMES:
            for width in WIDTHS:
                suffix = f"{language}-{theme}-{width}"
                with window(browser, language, theme, width) as context:
                    best[suffix] = console_pages(camera, context, url, suffix)
                    claim_pages(camera, context, links["line"], suffix)
                    page = context.new_page()
                    page.goto(f"{url}/simulator/")
                    expect(page.locator("[data-role=connection]")).to_have_text("live")
                    camera.take(page, "simulator", suffix)
    redeemed(camera, browser, links["line"])
    return best["en-light-1440"], simulator


def redeemed(camera: Camera, browser: Browser, link: str) -> None:
    """Redeem a claim by the shop's PIN and take what the customer sees then."""
    with window(browser, "en", "light", 390) as context:
        page = context.new_page()
        page.goto(link)
        page.locator("details.redeem summary").click()
        page.locator("input[name=pin]").fill(PIN)
        page.locator("input[name=pin]").scroll_into_view_if_needed()
        camera.take(page, "claim-pin", "en-light-390")
        page.locator("form", has=page.locator("input[name=pin]")).get_by_role("button").click()
        expect(page.locator(".stamp.redeemed")).to_be_visible()
        camera.take(page, "claim-redeemed", "en-light-390")


def publish(source: Path, target: Path) -> None:
    """Save a picture small enough for the README; raises RuntimeError when it cannot be."""
    with Image.open(source) as full:
        picture = full.convert("RGB")
    for colours in (None, 256):
        small = picture if colours is None else picture.quantize(colours, dither=Image.Dither.NONE)
        small.save(target, optimize=True)
        if target.stat().st_size < MOST_BYTES:
            return
    raise RuntimeError(f"{target} cannot be made smaller than {MOST_BYTES} bytes")


def main() -> None:
    """Take all pictures."""
    folder = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(folder)
    executable = os.environ.get("BROWSER_FOR_TESTS") or shutil.which("chromium")
    with demo() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        console, simulator = tour(camera, browser, url)
        browser.close()
    publish(console, HERE / "console.png")
    publish(simulator, HERE / "simulator.png")
    sys.stdout.write(f"{len(camera.taken)} pictures in {folder}\n")


if __name__ == "__main__":
    main()
