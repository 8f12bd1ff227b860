"""Looks at pages in every size and theme, and keeps what hinders people."""

from __future__ import annotations

import os
from pathlib import Path

from tests import axe

PICTURES = os.environ.get("PICTURES_FOLDER")


class Inspector:
    """What axe and a measure find; pictures are kept where PICTURES_FOLDER says."""

    def __init__(self) -> None:
        self.found: list[tuple[str, ...]] = []

    async def look(self, page, label, rules=axe.ALL):
        """Let axe look at a page in both sizes, and see that nothing sticks out sideways."""
        for size, theme, tried in axe.screens(label, rules):
            await page.set_viewport_size(size)
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            name = f"{label}-{'desk' if size == axe.DESK else 'phone'}-{theme}"
            if PICTURES:
                await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
            self.found += [(name, *one) for one in await axe.hindrances(page, tried)]
        await page.set_viewport_size(axe.DESK)
