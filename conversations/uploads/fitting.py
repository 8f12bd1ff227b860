"""What a channel makes of a file: sends it as itself, as a link, or not at all. Plain functions."""

from __future__ import annotations

import msgspec

from conversations import file_types as types
from conversations.channel import Abilities, ContentRefused
from runtime.words import Words, mark

MEGABYTE = 1_000_000
KINDS = {
    "image": frozenset({types.JPEG, types.PNG, types.GIF, types.WEBP}),
    "video": frozenset({types.MP4, types.MOV, types.WEBM, types.THREE_GP}),
    "audio": frozenset({types.M4A, types.MP3, types.AAC, types.OGG, types.WAV, types.AMR}),
}
TOO_LARGE = mark(
    "%(channel)s takes %(kind)s up to %(limit)s MB; this one has %(size)s MB: make it smaller."
)
WRONG_TYPE = mark("%(channel)s does not take this kind of file. It takes: %(types)s.")
PLURALS = {
    "image": mark("pictures"),
    "video": mark("videos"),
    "audio": mark("recordings"),
    "file": mark("documents"),
}


class Fit(msgspec.Struct, frozen=True):
    """How a file goes: as an image, video, audio or file message; `linked`: as a link to it."""

    kind: str
    linked: bool = False


def kind_of(content_type: str) -> str:
    """Return image, video, audio or file."""
    return next((kind for kind, known in KINDS.items() if content_type in known), "file")


def fit(abilities: Abilities, content_type: str, size: int) -> Fit:
    """Return how the channel sends such a file; raises ContentRefused when it does not."""
    kind = kind_of(content_type)
    for tried in dict.fromkeys((kind, "file")):
        takes = abilities.files.get(tried)
        if takes and takes.take(content_type, size):
            return Fit(tried, takes.linked)
    raise _refusal(abilities, kind, content_type, size)


def megabytes(size: int) -> str:
    """Return bytes as people write megabytes: "16", "0.4"; rounded up, so that "over" is over."""
    tenths = -(-size * 10 // MEGABYTE)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def _refusal(abilities: Abilities, kind: str, content_type: str, size: int) -> ContentRefused:
    right = [
        name
        for name in dict.fromkeys((kind, "file"))
        if (takes := abilities.files.get(name)) and takes.take(content_type, 0)
    ]
    if right:
        return ContentRefused(
            TOO_LARGE,
            channel=abilities.label,
            kind=Words(PLURALS[kind]),
            limit=megabytes(max(abilities.files[name].most_bytes for name in right)),
            size=megabytes(size),
        )
    taken = frozenset[str]().union(*(takes.types for takes in abilities.files.values()))
    return ContentRefused(WRONG_TYPE, channel=abilities.label, types=types.names(taken))
