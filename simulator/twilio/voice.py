"""What a customer can do."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401 (not yet played)
    raise AttributeError(name)
