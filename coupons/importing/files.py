"""Where an uploaded file waits until its codes are stored or given up."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from coupons.importing.problems import LARGEST, Unusable


def path_of(data_dir: Path, batch_id: UUID) -> Path:
    """Return where the file of a batch lies."""
    return data_dir / "imports" / f"{batch_id}.upload"


async def receive(blocks: AsyncIterator[bytes], target: Path) -> bytes:
    """Write a file to disk as it arrives and return its SHA-256; raises Unusable over 16 MiB.

    Nothing stays behind when it is too large or the sender goes away.
    """
    await asyncio.to_thread(target.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    found, size = hashlib.sha256(), 0
    file = await asyncio.to_thread(target.open, "xb")
    try:
        async for block in blocks:
            size += len(block)
            _bound(size)
            found.update(block)
            await asyncio.to_thread(file.write, block)
    except BaseException:
        file.close()
        remove(target)
        raise
    await asyncio.to_thread(file.close)
    return found.digest()


def _bound(size: int) -> None:
    if size > LARGEST:
        raise Unusable("too_large")


def remove(path: Path) -> None:
    """Delete the file; one that is gone already is fine."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
