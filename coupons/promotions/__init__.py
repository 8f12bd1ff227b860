"""Promotion links: where a coupon is advertised, and the way from there into a chat."""
