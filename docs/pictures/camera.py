"""The demo to look at, the browser windows to look with, and the pictures themselves."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp.test_utils import unused_port
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 200_000
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
# Longer pages are cut: what is below looks like what is above.
TALLEST = 3000
WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")
LANGUAGES = {"en": "en-US", "zh-Hant": "zh-TW", "zh-Hans": "zh-CN", "ja": "ja-JP", "th": "th-TH"}


@contextmanager
def demo() -> Iterator[str]:
    """Serve the demo from a data folder of its own and give its address; raises RuntimeError."""
    port = unused_port()
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

    def take(self, page: Page, name: str, suffix: str, *, whole: bool = False) -> Path:
        """Save what the window shows, or with `whole` what lies below it too, once everything is there."""
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready")
        path = self.folder / f"{name}-{suffix}.png"
        page.screenshot(path=path, animations="disabled", full_page=whole)
        if whole:
            _cut(path)
        self.taken.append(path)
        return path


def _cut(path: Path) -> None:
    with Image.open(path) as full:
        if full.height > TALLEST:
            full.crop((0, 0, full.width, TALLEST)).save(path)


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
