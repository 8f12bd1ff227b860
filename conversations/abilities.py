"""What a channel can do, and how it says that it cannot: plain values. Imported through conversations.channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from runtime.words import Words


class ContentRefused(Exception):
    """The channel cannot send this content; `words` is a sentence for the agent, `str()` the same in English.

    `template` is marked for the catalogue (runtime.words.mark); `values` are filled in.
    """

    def __init__(self, template: str, **values: object) -> None:
        self.words = Words(template, **values)
        super().__init__(self.words)


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of one kind a channel sends: content types (none named: any), at most so many bytes.

    `linked`: they go as a card or words with a link, not as themselves.
    """

    types: frozenset[str] = frozenset()
    most_bytes: int
    linked: bool = False

    def take(self, content_type: str, size: int) -> bool:
        """Say whether such a file is sent."""
        return size <= self.most_bytes and (not self.types or content_type in self.types)


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel can do: the composer and the deliverer read these, never the channel's name.

    `files` by kind: image, video, audio, and file for whatever no other kind takes. `text_limit` counts in
    `text_unit`: UTF-16 units, or UTF-8 bytes. `sentences`: templates, marked for the catalogue, of what its
    errors and checks tell with values in it, by which stored sentences are said in other languages; the first
    that fits counts.
    """

    label: str
    text_limit: int
    messages_per_call: int = 1
    quick_replies: int = 0
    card_buttons: int = 3
    carousel_cards: int = 10
    window_s: int | None = None
    human_agent_window_s: int | None = None
    reply_token_s: int | None = None
    rate_per_s: int = 80
    echoes: bool = False
    echo_wait_s: int = 0
    retry_key: bool = False
    delivery_receipts: bool = False
    read_receipts: bool = False
    groups: bool = False
    unsend: bool = False
    redelivers: Literal["always", "opt_in", "by_address", "never"] = "never"
    unsupported: frozenset[str] = frozenset()
    files: Mapping[str, Files] = {}
    text_unit: Literal["utf16", "utf8"] = "utf16"
    quick_reply_title: int = 20
    sentences: tuple[str, ...] = ()
