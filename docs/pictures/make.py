"""Runs the demo, plays a small story on its phones, and takes pictures of every page.

Every picture goes into screenshots/ (not committed), named page-language-theme-width.png; two of them, made
small, become docs/pictures/console.png and simulator.png. The console's pages come from its table of routes, in
both themes and two widths; the customers' pages in all their languages.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from docs.pictures.camera import LANGUAGES, ROOT, THEMES, WIDTHS, Camera, demo, publish, window
from docs.pictures.pages import addresses, find_samples
from docs.pictures.story import (
    add_webhook,
    answer,
    ask_people,
    make_links,
    open_chat,
    phone,
    redeem,
    show_drawer,
    sign_in,
    start_story,
)

HERE = Path(__file__).resolve().parent
CONSOLE_LANGUAGES = ("en", "zh-Hant")


class Tour:
    """One run: where the demo is, and what the story left behind."""

    def __init__(self, camera: Camera, browser: Browser, url: str) -> None:
        self.camera, self.browser, self.url = camera, browser, url
        self.samples: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.claims: dict[str, str] = {}

    def prepare(self) -> Path:
        """Play the story; returns the picture of the simulator."""
        with window(self.browser, "en", "light", 1440) as first:
            phones = first.new_page()
            self.claims = start_story(phones, self.url)
            simulator = self.camera.take(phones, "simulator-coupons", "en-light-1440")
            ask_people(phones)
            desk = first.new_page()
            sign_in(desk, self.url, "sue@demo.example")
            open_chat(desk, self.url, "line")
            answer(desk, "您好！週年慶到 5 月 31 日為止 😊")
            expect(phone(phones, "line").locator("[data-direction=out]").last).to_contain_text(
                "週年慶"
            )
        with window(self.browser, "en", "light", 1440) as second:
            desk = second.new_page()
            sign_in(desk, self.url, "ann@demo.example")
            add_webhook(desk, self.url)
            self.samples = find_samples(lambda path: self._html(desk, path))
            self.links = make_links(desk, self.url, self.samples["coupon"], self.samples["member"])
        return simulator

    def _html(self, page: Page, path: str) -> str:
        page.goto(f"{self.url}/console{path}")
        return page.content()

    def console(self, context: BrowserContext, suffix: str) -> Path:
        """Take every page of the console; returns the picture of a conversation with the coupon drawer."""
        page = context.new_page()
        for name, address in (
            ("login", f"{self.url}/console/login"),
            ("invitation", self.links["invitation"]),
            ("password", self.links["password"]),
        ):
            page.goto(address)
            self.camera.take(page, name, suffix, whole=True)
        sign_in(page, self.url, "ann@demo.example")
        for name, path in addresses(self.samples):
            page.goto(f"{self.url}/console{path}")
            self.camera.take(page, name, suffix, whole=not path.startswith("/inbox"))
        page.goto(f"{self.url}/console/nowhere")
        self.camera.take(page, "not-found", suffix)
        # Where a stream is open, its page would follow the sign-out while this one goes elsewhere.
        page.goto("about:blank")
        context.clear_cookies()
        sign_in(page, self.url, "sue@demo.example")
        open_chat(page, self.url, "line")
        show_drawer(page)
        return self.camera.take(page, "inbox-drawer", suffix)

    def customers(self, context: BrowserContext, suffix: str) -> None:
        """Take what customers and shops see, each in their own browser."""
        page = context.new_page()
        link = self.claims["messenger"]
        root = link.rpartition("/")[0]
        for name, address in (
            ("claim", link),
            ("claim-unknown", f"{root}/there-is-no-such-claim"),
            ("promotion", self.links["promotion"]),
            ("offline", f"{self.url}/c/offline/{suffix.rsplit('-', 2)[0]}"),
            ("shop-login", f"{self.url}/shop/login"),
        ):
            page.goto(address)
            self.camera.take(page, name, suffix, whole=True)
        page.goto(link)
        mine = page.locator("a[href*='/c/mine/']")
        if mine.count():
            page.goto(str(mine.first.get_attribute("href")))
            self.camera.take(page, "claim-mine", suffix, whole=True)

    def phones(self, context: BrowserContext, suffix: str) -> None:
        """Take the simulator."""
        page = context.new_page()
        page.goto(f"{self.url}/simulator/")
        expect(page.locator("[data-role=connection]")).to_have_text("live")
        self.camera.take(page, "simulator", suffix)

    def redeemed(self) -> None:
        """Redeem a claim by the shop's PIN and take what its customer sees then, in every language."""
        with window(self.browser, "en", "light", 390) as context:
            page = context.new_page()
            redeem(page, self.claims["line"])
            self.camera.take(page, "claim-pin", "en-light-390")
            page.locator("form", has=page.locator("input[name=pin]")).get_by_role("button").click()
            expect(page.locator(".stamp.redeemed")).to_be_visible()
        for language in LANGUAGES:
            with window(self.browser, language, "light", 390) as context:
                page = context.new_page()
                page.goto(self.claims["line"])
                expect(page.locator(".stamp.redeemed")).to_be_visible()
                self.camera.take(page, "claim-redeemed", f"{language}-light-390", whole=True)

    def everything(self, themes: tuple[str, ...], widths: tuple[int, ...]) -> Path | None:
        """Take all pages; returns the picture for the README when its looks are among them."""
        best: dict[str, Path] = {}
        for language in LANGUAGES:
            for theme in themes:
                for width in widths:
                    suffix = f"{language}-{theme}-{width}"
                    with window(self.browser, language, theme, width) as context:
                        self.customers(context, suffix)
                        if language in CONSOLE_LANGUAGES:
                            best[suffix] = self.console(context, suffix)
                            self.phones(context, suffix)
        self.redeemed()
        return best.get("en-light-1440")


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(
        prog="bin/pictures", description="Takes a picture of every page."
    )
    parser.add_argument("folder", nargs="?", default="screenshots", help="below the project's root")
    parser.add_argument("--theme", choices=THEMES, help="this theme alone")
    parser.add_argument("--width", type=int, choices=tuple(WIDTHS), help="this width alone")
    chosen = parser.parse_args()
    folder = ROOT / chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(folder)
    executable = os.environ.get("BROWSER_FOR_TESTS") or shutil.which("chromium")
    with demo() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        tour = Tour(camera, browser, url)
        simulator = tour.prepare()
        console = tour.everything(
            (chosen.theme,) if chosen.theme else THEMES,
            (chosen.width,) if chosen.width else tuple(WIDTHS),
        )
        browser.close()
    if console:
        publish(console, HERE / "console.png")
        publish(simulator, HERE / "simulator.png")
    sys.stdout.write(f"{len(camera.taken)} pictures in {folder}\n")


if __name__ == "__main__":
    main()
