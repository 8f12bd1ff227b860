"""Who only looks: programs that fetch a link to show a preview, and browsers that fetch ahead."""

from __future__ import annotations

import re
from collections.abc import Mapping

# In-app browsers of real customers (FBAN, Instagram, Line/) must not match: only the fetchers' own names.
PREVIEWERS = re.compile(
    r"facebookexternalhit|facebot|meta-external|line-poker|linespider|^whatsapp/|telegrambot|slackbot"
    r"|twitterbot|discordbot|skypeuripreview|linkedinbot|googlebot|bingbot|applebot|crawler|spider\b",
    re.IGNORECASE,
)


def only_looks(headers: Mapping[str, str]) -> bool:
    """Say whether this request is no person's: such a one never gets to see a code."""
    if PREVIEWERS.search(headers.get("User-Agent", "")):
        return True
    purposes = (headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return any("prefetch" in purpose.lower() for purpose in purposes)


def same_origin(headers: Mapping[str, str], origins: frozenset[str]) -> bool:
    """Say whether an unsafe request comes from our own page.

    Browsers that do not tell the site send an Origin, which `no-referrer` turns into "null"; the claim's
    token is in the address and no cookie is involved, so "null" is nobody's borrowed authority.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return headers.get("Origin", "null") in origins | {"null"}
