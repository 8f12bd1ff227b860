"""Connections to public addresses only, checked on the resolved address at the moment of connecting.

The check sits in the connector, behind name resolution: neither an address written as a number in a
strange form, nor a name that resolves to something else the second time, gets past it.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from aiohttp import ClientConnectorError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver

CONNECT_S = 5.0
# Prefixes through which an IPv6 address reaches an IPv4 one: NAT64, local NAT64 (RFC 8215), 6to4.
NAT64 = ip_network("64:ff9b::/96")
LOCAL_NAT64 = ip_network("64:ff9b:1::/48")
# Old ways of writing an IPv4 address in an IPv6 one, with no use on the internet.
OUTDATED = (ip_network("::/96"), ip_network("::ffff:0:0:0/96"))
REFUSED = "not a public address"


class PrivateAddress(OSError):
    """A connection to an address inside a private network was refused."""


def is_public(address: str) -> bool:
    """Say whether a numeric address belongs to the public internet, whatever it is wrapped in."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return parsed.is_global and not parsed.is_multicast
    if parsed in LOCAL_NAT64 or any(parsed in network for network in OUTDATED):
        return False
    inner = _inside(parsed)
    if inner is not None:
        return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_site_local


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, None when it stands for itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def guarded_socket(info: Any) -> socket.socket:  # noqa: ANN401 (aiohttp's address tuple)
    """Make the socket for one resolved address; raises PrivateAddress."""
    family, kind, protocol, _, destination = info
    if not is_public(str(destination[0])):
        raise PrivateAddress(REFUSED)
    made = socket.socket(family, kind, protocol)
    made.settimeout(0.0)
    return made


def guarded_session(resolver: AbstractResolver | None = None) -> ClientSession:
    """Return a session that connects to public addresses only, keeps no cookies, uses no proxy."""
    connector = TCPConnector(resolver=resolver, socket_factory=guarded_socket, limit=16)
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=CONNECT_S),
        auto_decompress=False,
    )


def was_refused(error: BaseException) -> bool:
    """Say whether a failed connection was refused by the guard."""
    cause = error.os_error if isinstance(error, ClientConnectorError) else error
    return isinstance(cause, PrivateAddress) or REFUSED in str(cause)
