"""The key under which the application carries the queue before the doorway."""

from __future__ import annotations

from aiohttp import web

from coupons.claim_queue import ClaimQueue

CLAIMS = web.AppKey("claims", ClaimQueue)
