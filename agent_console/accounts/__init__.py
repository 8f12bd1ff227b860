"""The channel accounts: their list, a new one step by step, and one account's page."""
