"""The name of the request that is being answered, which rows and log lines carry through the whole journey."""

from __future__ import annotations

import structlog


def request_id() -> str:
    """Return the name of the current request, "" outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
