"""The one conversation model, and the durable inbox and outbox."""
