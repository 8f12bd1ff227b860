"""Pages for whoever connects systems of their own: webhooks out and API tokens."""
