"""Workspaces, members, roles, sessions and stores."""
