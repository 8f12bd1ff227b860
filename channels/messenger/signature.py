"""Is this call from Meta: signed with the app secret kept in the account."""

from __future__ import annotations

from channels.meta_graph.signature import handshake, verify

__all__ = ["handshake", "verify"]
