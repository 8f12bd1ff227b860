"""How long recordings play that are no MP4: MP3 by its first frame, WAV by its header, OGG by its last page."""

from __future__ import annotations

from pathlib import Path

from conversations import file_types as types
from conversations.uploads import films

RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
BIT_RATES = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
HEAD = 16 * 1024
TAIL = 64 * 1024
OPUS_RATE = 48_000


def duration_ms(path: Path, content_type: str) -> int:
    """Return how long a recording plays, 0 when it cannot be told."""
    if content_type in {types.M4A, types.MP4, types.MOV, types.THREE_GP}:
        return films.duration_ms(path)
    reader = {types.MP3: _mp3, types.WAV: _wav, types.OGG: _ogg}.get(content_type)
    if reader is None:
        return 0
    return max(0, min(reader(path), films.LONGEST_MS))


def _mp3(path: Path) -> int:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(10)
        begin = 0
        if head[:3] == b"ID3" and len(head) == 10:
            begin = 10 + sum(
                (byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)
            )
        file.seek(begin)
        frame = file.read(HEAD)
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        return 0
    version, rate_at = frame[1] >> 3 & 3, frame[2] >> 2 & 3
    if version == 1 or rate_at == 3:
        return 0
    rate = RATES[version][rate_at]
    samples = 1152 if version == 3 else 576
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark, 0, 64)
        if at > 0 and frame[at + 7] & 1:
            return int.from_bytes(frame[at + 8 : at + 12]) * samples * 1000 // rate
    kilobits = BIT_RATES[3 if version == 3 else 2][frame[2] >> 4 & 15 if frame[2] >> 4 < 15 else 0]
    return (size - begin) * 8 // kilobits if kilobits else 0


def _wav(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(64)
    a_second = int.from_bytes(head[28:32], "little")
    return (path.stat().st_size - 44) * 1000 // a_second if a_second else 0


def _ogg(path: Path) -> int:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(64)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    rate = OPUS_RATE if b"OpusHead" in head else int.from_bytes(head[40:44], "little")
    last = tail.rfind(b"OggS")
    samples = int.from_bytes(tail[last + 6 : last + 14], "little") if last >= 0 else 0
    return samples * 1000 // rate if rate else 0
