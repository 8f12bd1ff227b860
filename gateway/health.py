"""/healthz, /readyz and /metrics: is it alive, can it make events durable, what has it counted."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

import asyncpg
from aiohttp import web

from conversations import inbox

if TYPE_CHECKING:
    from gateway.metrics import Metrics
    from runtime.clock import Clock
    from runtime.database import Database

PATIENCE_S = 1.0
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """The three addresses for whoever operates the process."""

    def __init__(
        self, database: Database, metrics: Metrics, clock: Clock, metrics_token: str = ""
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._clock = clock
        self._token = metrics_token

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the routes for an application."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def alive(self, _: web.Request) -> web.Response:
        """Say that the process answers."""
        return web.json_response({"status": "ok"})

    async def ready(self, _: web.Request) -> web.Response:
        """Say whether the database answers (else 503), and how far the inbox is behind.

        A long lag is told but keeps the status: taking a process out of service would only lose webhooks.
        """
        lag = await self._lag()
        if lag is None:
            told = {"status": "unavailable", "database": False}
            return web.json_response(told, status=503, headers={"Retry-After": "2"})
        return web.json_response({"status": "ready", "database": True, "lag_s": round(lag, 3)})

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the counters, to this machine or to who knows the token."""
        if not (is_loopback(request) or self._is_authorized(request)):
            raise web.HTTPForbidden(text="Ask from this machine or with TESSERA_METRICS_TOKEN.\n")
        self._metrics.lag.set(await self._lag() or 0.0)
        return web.Response(body=self._metrics.text(), headers={"Content-Type": TEXT})

    async def _lag(self) -> float | None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await inbox.lag(self._database.screens, self._clock.now())
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None

    def _is_authorized(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return bool(self._token) and hmac.compare_digest(given, f"Bearer {self._token}".encode())


def is_loopback(request: web.Request) -> bool:
    """Say whether a program of this machine asks for itself: a proxy here asks for somebody else."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
