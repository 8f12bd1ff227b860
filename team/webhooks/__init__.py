"""Webhooks out: a workspace's addresses, the queue of events for them, and what became of each."""
