"""A note's words as the thread shows them: escaped, with the colleagues who are called set apart."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from conversations.notes import spans_of


def called(text: str, content: Any) -> Markup:  # noqa: ANN401 (a JSON column)
    """Return `text` escaped, each "@Name" of the names in `content["mentions"]` in a span of its own."""
    kept = content.get("mentions", []) if isinstance(content, dict) else []
    names = [str(one["name"]) for one in kept if isinstance(one, dict) and one.get("name")]
    parts: list[Markup] = []
    place = 0
    for (start, end), _ in spans_of(text, names):
        parts += [
            escape(text[place:start]),
            Markup('<span class="mention">%s</span>') % text[start:end],
        ]
        place = end
    return Markup().join([*parts, escape(text[place:])])
