"""Free ports on loopback."""

from __future__ import annotations

import socket


def free_port() -> socket.socket:
    """Return a listening socket on a free loopback port."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    taken.listen(128)
    taken.settimeout(0)
    return taken
