"""Sentences with values in them, which can still be said in another language afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Self

PLACE = re.compile(r"%\((\w+)\)s")


def mark(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return text


class Words(str):
    """An English sentence made of a marked `template` and its `values`, e.g. Words(mark("%(n)s files"), n=3).

    It is the finished English text; `said` says it anew. Values that are Words themselves are said in the
    same language; other values stay as they are.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: object) -> Self:
        """Fill `values` into `template`; without values it is taken as it stands, Words as they are."""
        if isinstance(template, cls) and not values:
            return template
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values = template, values
        return made


def said(text: str, gettext: Callable[[str], str]) -> str:
    """Return `text` in the language of `gettext`; a plain text is looked up as a whole."""
    if not isinstance(text, Words):
        return gettext(text) if text else ""
    values = {
        name: said(value, gettext) if isinstance(value, Words) else value
        for name, value in text.values.items()
    }
    spoken = gettext(text.template)
    return spoken % values if values else spoken


def recalled(text: str, templates: Iterable[str]) -> str:
    """Return `text`, a finished English sentence that was stored, as the Words of the first of `templates` that
    it can have been made from; as it is when there is none. Its full stop may have been cut off.
    """
    for template in templates:
        found = _pattern(template).fullmatch(text)
        if found:
            return Words(template, **found.groupdict())
    return text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    literals, names = PLACE.split(template)[::2], PLACE.findall(template)
    literals[-1] = literals[-1].removesuffix(".")
    made = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        made += f"(?P<{name}>.+?){re.escape(literal)}"
    return re.compile(made + r"\.?", re.DOTALL)
