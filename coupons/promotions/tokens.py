"""The word that travels from a promotion link into a chat: typed in, or as the platform's referral."""

from __future__ import annotations

import re

from runtime.ids import READABLE

SLUG_LENGTH = 8
SLUG = re.compile(f"[{READABLE.lower()}]{{{SLUG_LENGTH}}}")
# Letters, digits and a dash only: that is what every platform lets through as a referral.
WORD = re.compile(rf"(?<![a-z0-9])coupon-({SLUG.pattern})(?![a-z0-9])")


def chat_word(slug: str) -> str:
    """Return the word that stands for a promotion in a chat."""
    return f"coupon-{slug}"


def slug_in(text: str) -> str | None:
    """Return the slug a customer's words or a referral carry, whatever stands around it; None without one."""
    found = WORD.search(text.lower())
    return found[1] if found is not None else None
