"""Which packages have tables: their models and migrations, in the order they depend on each other."""

from __future__ import annotations

APPS: dict[str, tuple[str, str]] = {
    "runtime": ("runtime.feed_models", "runtime.migrations"),
    "team": ("team.models", "team.migrations"),
    "conversations": ("conversations.models", "conversations.migrations"),
    "coupons": ("coupons.models", "coupons.migrations"),
    "promotions": ("coupons.promotions.models", "coupons.promotions.migrations"),
    "flows": ("flows.models", "flows.migrations"),
    "api": ("api.models", "api.migrations"),
}
