"""Which icon stands for a file."""

from __future__ import annotations

from agent_console.said.parts import Part
from agent_console.words import FILE_ICONS

BY_TYPE = {"application/pdf": "file-type-pdf", "audio/amr": "file-music"}


def file_icon(part: Part) -> str:
    """Return an icon by the name's ending, then by what the file proved to be."""
    if part.of == "contacts":
        return "address-book"
    _, dot, ending = part.name.lower().rpartition(".")
    named = FILE_ICONS.get(ending) if dot else None
    return named or BY_TYPE.get(part.content_type, "file")
