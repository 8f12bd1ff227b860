"""Received files: downloaded with care, kept below the data folder as media/<2 hex>/<uuid>."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID, uuid4

import aiohttp
import msgspec
from yarl import URL

from runtime.netguard import was_refused

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

MOST_BYTES = 25 * 1024 * 1024
MOST_REDIRECTS = 5
TOTAL_S = 60.0
CHUNK = 1 << 16
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({400, 401, 403, 404, 405, 410, 451})
HEAD = 512
SMALL = ".small"
# First bytes of the kinds that are shown in place; everything else is only ever saved.
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"%PDF-", "application/pdf"),
)
# A redirect may lead to a name that no resolver can even encode: that is a ValueError.
NETWORK = (TimeoutError, OSError, ValueError, aiohttp.ClientError, msgspec.DecodeError)
UNKNOWN_TYPE = "application/octet-stream"


class FetchFailed(Exception):
    """A file could not be downloaded; `again` says whether another try may help."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class FetchRefused(Exception):
    """A file may not be downloaded: its address is private or not https, or it is too large."""


class Stored(msgspec.Struct, frozen=True):
    """A file kept: its key below the media folder, sniffed type, and size in bytes."""

    key: str
    content_type: str
    size: int


def sniff(head: bytes) -> str:
    """Return the content type that the first bytes prove, whatever the sender claims."""
    for offset, magic, kind in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return kind
    return UNKNOWN_TYPE


def small_of(path: Path) -> Path:
    """Return where the small picture of a kept file lies once it is made: beside it."""
    return path.with_name(path.name + SMALL)


class MediaStore:
    """Files in a folder only its owner may read."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "media"

    def begin(self) -> IO[bytes]:
        """Open a file that is not kept until `keep` is called; `discard` it otherwise."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return NamedTemporaryFile(dir=self.folder, prefix=".new-", delete=False)

    def keep(self, file: IO[bytes], key: UUID | None = None) -> str:
        """Make a finished file durable and return its key."""
        name = (key or uuid4()).hex
        target = self.folder / name[:2] / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        file.flush()
        os.fsync(file.fileno())
        file.close()
        Path(file.name).replace(target)
        return f"{name[:2]}/{name}"

    def discard(self, file: IO[bytes]) -> None:
        """Forget a file that was not kept; one that was stays."""
        file.close()
        Path(file.name).unlink(missing_ok=True)

    def add_small(self, path: Path, content: bytes) -> None:
        """Put a small picture beside a kept file; it is not durable, for it can be made again."""
        file = self.begin()
        try:
            file.write(content)
            file.close()
            Path(file.name).replace(small_of(path))
        finally:
            self.discard(file)
        # Thrown away meanwhile: nothing may be left of it.
        if not path.is_file():
            small_of(path).unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """Delete a kept file, and then the small picture of it: whoever makes one looks for the file last."""
        path = self.folder / key
        path.unlink(missing_ok=True)
        small_of(path).unlink(missing_ok=True)


class Fetcher:
    """Downloads files. `guarded` reaches public addresses only; `plain` is used for exactly one exempt
    origin, which the operator named.
    """

    def __init__(
        self,
        store: MediaStore,
        guarded: ClientSession,
        plain: ClientSession,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.store = store
        self._guarded = guarded
        self._plain = plain
        self._most = most_bytes

    async def fetch(self, url: str, headers: Mapping[str, str], exempt: str = "") -> Stored:
        """Download `url` and keep it; `headers` go to its own origin only.

        Raises FetchRefused and FetchFailed.
        """
        file = self.store.begin()
        try:
            async with asyncio.timeout(TOTAL_S):
                size, head = await self._follow(url, headers, exempt, file)
            key = await asyncio.to_thread(self.store.keep, file)
        except NETWORK as error:
            raise _explained(error) from error
        finally:
            self.store.discard(file)
        return Stored(key, sniff(head), size)

    async def ask(self, url: str, headers: Mapping[str, str], exempt: str = "") -> Any:  # noqa: ANN401 (any JSON value)
        """Return the JSON answer of a small question beside a file; raises FetchRefused, FetchFailed."""
        try:
            async with (
                asyncio.timeout(TOTAL_S),
                await self._open(_checked(url, exempt), headers, exempt) as response,
            ):
                _require_ok(response)
                return msgspec.json.decode(await response.content.read(CHUNK))
        except NETWORK as error:
            raise _explained(error) from error

    async def _follow(
        self, url: str, headers: Mapping[str, str], exempt: str, file: IO[bytes]
    ) -> tuple[int, bytes]:
        target = _checked(url, exempt)
        first = target
        for _ in range(MOST_REDIRECTS + 1):
            sent = headers_for(target, first, headers)
            async with await self._open(target, sent, exempt) as response:
                if response.status in REDIRECTS and "Location" in response.headers:
                    target = _checked(str(target.join(URL(response.headers["Location"]))), exempt)
                    continue
                _require_ok(response)
                return await self._read(response, file)
        raise FetchFailed("too many redirects", again=False)

    async def _open(self, url: URL, headers: Mapping[str, str], exempt: str) -> ClientResponse:
        session = self._plain if _is_exempt(url, exempt) else self._guarded
        plain = {**headers, "Accept-Encoding": "identity"}
        return await session.get(url, headers=plain, allow_redirects=False)

    async def _read(self, response: ClientResponse, file: IO[bytes]) -> tuple[int, bytes]:
        if (response.content_length or 0) > self._most:
            raise FetchRefused(f"larger than {self._most} bytes")
        size, head = 0, b""
        async for chunk in response.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > self._most:
                raise FetchRefused(f"larger than {self._most} bytes")
            if len(head) < HEAD:
                head += chunk[:HEAD]
            file.write(chunk)
        return size, head


def headers_for(url: URL, first: URL, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return `headers` where `url` lies on the origin they were meant for, else none."""
    return headers if url.origin() == first.origin() else {}


def _checked(address: str, exempt: str) -> URL:
    """Return the address as a URL that may be opened; raises FetchRefused."""
    try:
        url = URL(address)
    except ValueError as error:
        raise FetchRefused("not an address") from error
    if url.user or url.password or not url.host:
        raise FetchRefused("not a plain address")
    if url.scheme != "https" and not _is_exempt(url, exempt):
        raise FetchRefused("not https")
    return url


def _is_exempt(url: URL, exempt: str) -> bool:
    """Say whether `url` lies on exactly the exempt origin: scheme, host and port."""
    return bool(exempt) and url.origin() == URL(exempt).origin()


def _require_ok(response: ClientResponse) -> None:
    if response.status != 200:
        raise FetchFailed(f"answered {response.status}", again=response.status not in GONE)


def _explained(error: Exception) -> FetchFailed | FetchRefused:
    """Turn what the network raised into one of our two answers."""
    if was_refused(error):
        return FetchRefused("its address is not public")
    if isinstance(error, ValueError):  # aiohttp.InvalidURL is one, too
        return FetchRefused("not an address")
    return FetchFailed(type(error).__name__, again=True)
