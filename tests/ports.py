"""Free ports on loopback."""

from __future__ import annotations

import errno
import random
import socket

# Below the range from which connections going out take theirs: a port given back is not taken by one of those
# before the server it is meant for listens.
PORTS = range(20_000, 32_000)


def free_port() -> socket.socket:
    """Return a listening socket on a free loopback port."""
    while True:
        taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", random.SystemRandom().choice(PORTS)))
            taken.listen(128)
        except OSError as error:
            taken.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            taken.settimeout(0)
            return taken
