"""The pretended LINE Messaging API."""
