"""Bots: triggers and what they answer."""
