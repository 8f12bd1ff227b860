"""The paid features of a workspace: what each is called, and whether it is on where nobody has said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEATURES: Mapping[str, bool] = {"coupons": True, "sales_types": False, "payment": False}


def switched_on(stored: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the features that are on, from the workspace's `features` column."""
    return frozenset(name for name, usual in FEATURES.items() if stored.get(name, usual) is True)
