"""What every part of the simulator is handed: the database, the clock, the way out, and where it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulator.bell import Bell

if TYPE_CHECKING:
    import aiohttp
    import asyncpg

    from runtime.clock import Clock

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class World:
    """The simulator's surroundings. `public_url` is the origin it is reached at, without a slash at the end."""

    pool: asyncpg.Pool
    public_url: str
    clock: Clock
    http: aiohttp.ClientSession
    demo_public: bool = False
    bell: Bell = field(default_factory=Bell)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        """Where the simulator is mounted."""
        return f"{self.public_url}/simulator"

    def is_https(self, url: object) -> bool:
        """Tell whether a platform would take `url`: https, or this machine's own public origin."""
        if not isinstance(url, str):
            return False
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            return False
        if not host:
            return False
        if parts.scheme == "https":
            return True
        own = urlsplit(self.public_url)
        same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
        return same and own.hostname in LOOPBACK
