"""Structured logging as JSON lines; secrets are redacted wherever they stand."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

HIDDEN = "[redacted]"
SECRET_NAMES = re.compile(
    r"secret|token|password|authorization|cookie|api_?key|pin$|signature", re.IGNORECASE
)
SECRET_TEXT = re.compile(
    r"(?i)(bearer\s+|basic\s+|access_token=|appsecret_proof=|/c/|/g/|/shop/in/|/console/invitation/|/console/password/)[A-Za-z0-9._~+/=%-]{6,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def scrub(value: object) -> object:
    """Return `value` without credentials: by name inside mappings, by shape inside text."""
    if isinstance(value, str):
        return SECRET_TEXT.sub(lambda found: (found.group(1) or "") + HIDDEN, value)
    if isinstance(value, dict):
        return {name: HIDDEN if is_secret(name) else scrub(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return value


def is_secret(name: object) -> bool:
    """Say whether a field of this name holds a credential."""
    return isinstance(name, str) and SECRET_NAMES.search(name) is not None


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401 (structlog)
    """Remove credentials from a log event (a structlog processor)."""
    for name, value in event.items():
        event[name] = HIDDEN if is_secret(name) else scrub(value)
    return event


def configure(level: str = "info") -> None:
    """Send structlog and the standard library's records to standard error as redacted JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, getattr(logging, level.upper())))
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("tortoise").setLevel(logging.WARNING)
