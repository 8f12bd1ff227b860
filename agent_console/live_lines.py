"""What a batch of the feed says to the streams of one workspace: made once, as bytes, for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from runtime.live import Event, to_text
from runtime.subscription import Batch

PRIVATE = frozenset({"session", "member"})
# What concerns one member alone: the one its detail names.
PERSONAL = frozenset({"read", "mention", "draft"})


class Lines(msgspec.Struct):
    """What a batch says to the members of one workspace.

    `whole` are all lines together, `chunk` the same as one chunk of a chunked response. `own` are the lines one by
    one, each with the only member it concerns (None: everybody), and empty where `whole` is for everybody.
    `private`: whose sessions to ask for at once.
    """

    whole: bytes
    chunk: bytes
    own: Sequence[tuple[str | None, bytes]]
    private: frozenset[UUID]

    def to(self, member: str) -> bytes:
        """Return what `member` is told."""
        if not self.own:
            return self.whole
        return b"".join(line for whom, line in self.own if whom is None or whom == member)

    def chunk_to(self, member: str) -> bytes:
        """Return the same as a chunk."""
        return chunk_of(self.to(member)) if self.own else self.chunk


def lines(batch: Batch, workspace_id: UUID) -> Lines:
    """Return what `batch` says to a workspace."""
    made: Lines | None = batch.made.get(workspace_id)
    if made is None:
        ours = [one for one in batch.events if one.change.workspace_id == workspace_id]
        own = [(_whom(one), _line(one)) for one in ours if one.change.kind not in PRIVATE]
        private = frozenset(one.change.subject for one in ours if one.change.kind in PRIVATE)
        whole = b"".join(line for _, line in own)
        personal = any(whom is not None for whom, _ in own)
        made = Lines(whole, chunk_of(whole), own if personal else (), private)
        batch.made[workspace_id] = made
    return made


def chunk_of(data: bytes) -> bytes:
    """Return `data` as one chunk of HTTP/1.1's chunked encoding; nothing for nothing, which would end it."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def _whom(event: Event) -> str | None:
    change = event.change
    return str(change.detail.get("member")) if change.kind in PERSONAL else None


def _line(event: Event) -> bytes:
    change = event.change
    data = {"kind": change.kind, "subject": change.subject, "detail": change.detail}
    place = to_text(event.cursor).encode()
    return b"id: %b\nevent: change\ndata: %b\n\n" % (place, msgspec.json.encode(data))
