"""Settings of the workspace: its facts, stores, tags, customers' fields and saved replies."""
