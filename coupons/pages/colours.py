"""The coupon's own colours, kept readable: what the page writes into its style."""

from __future__ import annotations

import re

from coupons.design_facts import Design
from coupons.rules.contrast import ENOUGH, ink_on, ratio

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def colours(plan: Design) -> dict[str, str]:
    """Return CSS custom properties by name, of the colours the coupon sets.

    The button's words fall back to black or white where the designed pair could not be read.
    """
    found = {"--page": _colour(plan.colour_page), "--edge": _colour(plan.colour_border)}
    button, words = _colour(plan.colour_button), _colour(plan.colour_button_text)
    if button:
        readable = words and ratio(words, button) >= ENOUGH
        found |= {"--button": button, "--on-button": words if readable else ink_on(button)}
    return {name: colour for name, colour in found.items() if colour}


def _colour(text: str) -> str:
    return text if COLOUR.fullmatch(text) else ""
