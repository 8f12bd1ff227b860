"""Webhooks out: turns the feed into queued events, and sends them."""
