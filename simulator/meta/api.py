"""The routes of the pretended Graph API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web


def add_routes(router: web.UrlDispatcher) -> None:
    """Mount every endpoint."""
