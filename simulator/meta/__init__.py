"""The pretended Graph API: Messenger and Instagram."""
