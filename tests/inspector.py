"""Looks at pages in every size and theme, and keeps what hinders people."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from tests.axe import THEMES, hindrances

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PICTURES = os.environ.get("PICTURES_FOLDER")


class Inspector:
    """What axe and a measure find; pictures are kept where PICTURES_FOLDER says."""

    def __init__(self) -> None:
        self.found: list[tuple[str, ...]] = []

    async def look(self, page, label, themes=THEMES):
        """Let axe look at a page in both sizes, and see that nothing sticks out sideways.

        Of THEMES, all rules are tried in the light theme and the rules of colours in the dark one.
        """
        for size, (theme, rules) in itertools.product(SIZES, themes):
            await page.set_viewport_size(SIZES[size])
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            name = f"{label}-{size}-{theme}"
            if PICTURES:
                await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
            self.found += [(name, *one) for one in await hindrances(page, rules)]
        await page.set_viewport_size(SIZES["desk"])
