"""A merchant's notices: which variables they may hold, and filling them in."""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLES = ("name", "coupon", "until", "store")
"""The customer's name; the coupon's name; until when it is given out or may be used; the shop's name."""

# The customer's name at the beginning of a sentence, with what follows it, and anywhere else.
OPENING = re.compile(r"(^|[.!?。！？]\s*|\n)\{name\}[ \t]*[,，、:：!！]?[ \t]*(\w?)")
WITHIN = re.compile(r"[ \t]*\{name\}")
PLACE = re.compile(r"\{([^{}\n]{0,40})\}")


def unknown(template: str) -> list[str]:
    """Return the places of `template` that no variable fills, braces and all, in their order."""
    wrong = (found.group() for found in PLACE.finditer(template) if found[1] not in VARIABLES)
    return list(dict.fromkeys(wrong))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return `template` with its variables replaced; what is no variable stays as it was typed.

    An empty name goes with the space before it; at the beginning of a sentence with the comma behind it.
    """

    def value(found: re.Match[str]) -> str:
        return values.get(found[1], found.group()) if found[1] in VARIABLES else found.group()

    if values.get("name") == "":
        template = OPENING.sub(lambda found: found[1] + found[2].upper(), template)
        template = WITHIN.sub("", template)
    return PLACE.sub(value, template)
