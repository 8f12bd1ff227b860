"""One HTTP/1.1 answer, read from bytes as they come in. Plain: no connection, no clock.

What cannot be read for certain is refused rather than guessed at: the connection is then given up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

MOST_HEAD = 65_536
MOST_BODY = 4 * 1024 * 1024
MOST_CHUNKS = 4096
STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?", re.DOTALL)
NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?", re.DOTALL)
LENGTH = re.compile(r"[0-9]{1,9}")
BODILESS = frozenset({204, 304})


class Answer(msgspec.Struct, frozen=True):
    """An answer read whole; names of `headers` are in lower case, repeated ones joined by ", "."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class UnreadableAnswer(ValueError):
    """These bytes are no HTTP/1.1 answer, or one larger than any honest one."""


class AnswerReader:
    """Reads one answer: `feed` until it returns it, `end` when the connection ends before.

    `keeps`: the connection may be used again, known once the answer is there.
    """

    def __init__(self) -> None:
        self.keeps = False
        self._data = b""
        self._status = 0
        self._headers: dict[str, str] = {}
        self._length: int | None = None
        self._chunks: list[bytes] | None = None
        self._held = 0

    def feed(self, data: bytes) -> Answer | None:
        """Take bytes in; return the answer once it is whole. Raises UnreadableAnswer."""
        self._data += data
        if not self._status and not self._read_head():
            return None
        if self._chunks is not None:
            return self._read_chunks(self._chunks)
        if len(self._data) > MOST_BODY:
            raise UnreadableAnswer("its body is too large")
        if self._length is None or len(self._data) < self._length:
            return None
        # More than was asked for: nothing on this connection can be trusted further.
        self.keeps = self.keeps and len(self._data) == self._length
        return Answer(self._status, self._headers, self._data[: self._length])

    def end(self) -> Answer | None:
        """Return the answer whose body reaches to the connection's end; None when it was cut off."""
        self.keeps = False
        if not self._status or self._length is not None or self._chunks is not None:
            return None
        return Answer(self._status, self._headers, self._data)

    def _read_head(self) -> bool:
        """Read the status and headers, past interim answers; say whether they are there."""
        while not self._status:
            end = self._data.find(b"\r\n\r\n")
            if end > MOST_HEAD or (end < 0 and len(self._data) > MOST_HEAD):
                raise UnreadableAnswer("its head is too large")
            if end < 0:
                return False
            first, *lines = self._data[:end].decode("latin-1").split("\r\n")
            self._data = self._data[end + 4 :]
            found = STATUS.fullmatch(first)
            if found is None or found[2] == "101":
                raise UnreadableAnswer("it does not begin like an answer")
            if found[2][0] != "1":
                self._status = int(found[2])
                self._headers = _headers(lines)
                self._judge(found[1] == "1")
        return True

    def _judge(self, modern: bool) -> None:  # noqa: FBT001 (HTTP/1.1 rather than 1.0)
        """Learn from the headers how long the body is, and whether the connection stays."""
        headers = self._headers
        wishes = headers.get("connection", "").lower()
        self.keeps = "close" not in wishes and (modern or "keep-alive" in wishes)
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if self._status in BODILESS:
            self._length = 0
        elif coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise UnreadableAnswer("its length is told in a way not understood")
            self._chunks = []
        elif length is not None:
            if not LENGTH.fullmatch(length):
                raise UnreadableAnswer("its length is no number")
            self._length = int(length)

    def _read_chunks(self, chunks: list[bytes]) -> Answer | None:
        while (end := self._end_of_line()) >= 0:
            found = SIZE.fullmatch(self._data[:end])
            if found is None:
                raise UnreadableAnswer("a piece of it has no size")
            size = int(found[1], 16)
            if size == 0:
                return self._read_trailer(chunks, end)
            if self._held + size > MOST_BODY or len(chunks) >= MOST_CHUNKS:
                raise UnreadableAnswer("its body is too large")
            start, stop = end + 2, end + 2 + size
            if len(self._data) < stop + 2:
                break
            if self._data[stop : stop + 2] != b"\r\n":
                raise UnreadableAnswer("a piece of it is longer than it says")
            chunks.append(self._data[start:stop])
            self._held += size
            self._data = self._data[stop + 2 :]
        return None

    def _end_of_line(self) -> int:
        end = self._data.find(b"\r\n", 0, MOST_HEAD)
        if end < 0 and len(self._data) > MOST_HEAD:
            raise UnreadableAnswer("a piece of it has no size")
        return end

    def _read_trailer(self, chunks: list[bytes], end: int) -> Answer | None:
        """Skip what may follow the last piece: headers, then an empty line."""
        last = self._data.find(b"\r\n\r\n", end)
        if last < 0:
            if len(self._data) > MOST_HEAD:
                raise UnreadableAnswer("its end is too large")
            return None
        self.keeps = self.keeps and len(self._data) == last + 4
        return Answer(self._status, self._headers, b"".join(chunks))


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not NAME.fullmatch(name):
            raise UnreadableAnswer("a header has no name")
        key, said = name.lower(), value.strip(" \t")
        if key not in headers:
            headers[key] = said
        elif key != "content-length" or headers[key] != said:
            headers[key] += f", {said}"
    return headers
