"""Migrations of promotion links."""
