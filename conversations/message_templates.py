"""Filling in approved templates: which variables they have, what may stand in them. Plain functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from conversations.channel import ApprovedTemplate
from runtime.errors import Invalid
from runtime.words import Words, mark

SLOT = re.compile(r"\{\{(\w{1,16})\}\}")
# WhatsApp refuses longer ones as spam, and lines and runs of spaces at all.
LONGEST = 500
NO_VALUE = mark("Fill in variable %(name)s first.")
TOO_LONG = mark("Variable %(name)s has %(size)s characters; at most %(limit)s can be sent.")


def values_of(template: ApprovedTemplate, entered: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the template's variables, each on one line.

    Raises Invalid("v-NAME") for one that is empty or too long; what is no variable of it is left out.
    """
    return {name: _value(name, entered.get(name, "")) for name in template.variables}


def fill(body: str, values: Mapping[str, str]) -> str:
    """Return the words with their variables replaced; one without a value stays as it is."""
    return SLOT.sub(lambda found: values.get(found[1]) or found[0], body)


def search(templates: Sequence[ApprovedTemplate], sought: str) -> list[ApprovedTemplate]:
    """Return the templates whose name, words or language hold every word of `sought`."""
    wanted = sought.lower().split()
    return [
        one
        for one in templates
        if all(word in f"{one.name} {one.body} {one.language}".lower() for word in wanted)
    ]


def _value(name: str, entered: str) -> str:
    value = " ".join(entered.replace("\x00", "").split())
    if not value:
        raise Invalid(f"v-{name}", Words(NO_VALUE, name=name))
    if len(value) > LONGEST:
        raise Invalid(f"v-{name}", Words(TOO_LONG, name=name, size=len(value), limit=LONGEST))
    return value
