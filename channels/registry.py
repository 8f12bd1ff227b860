"""Finds every channel: each sub-folder with a `channel.py` that offers `CHANNEL`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversations.channel import Channel

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Return the names of all channel folders, sorted."""
    return sorted(path.parent.name for path in FOLDER.glob("*/channel.py"))


def load() -> Mapping[str, Channel]:
    """Return every channel by its name, sorted; raises ImportError when a folder names another channel."""
    found: dict[str, Channel] = {}
    for name in names():
        channel = cast("Channel", import_module(f"channels.{name}.channel").CHANNEL)
        if channel.name != name:
            raise ImportError(f"channels/{name} calls itself {channel.name!r}")
        found[name] = channel
    return found
