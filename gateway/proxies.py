"""Who really called, behind reverse proxies: forwarded headers are believed only from those we were told of."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web

from config.settings import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HEADER = "X-Forwarded-For"
MOST_HOPS = 20


def networks(trusted: Sequence[str]) -> tuple[Network, ...]:
    """Return TESSERA_TRUSTED_PROXIES as networks; raises SettingsError naming what is no address."""
    found = []
    for written in trusted:
        try:
            found.append(ipaddress.ip_network(written, strict=False))
        except ValueError as error:
            raise SettingsError(
                f"TESSERA_TRUSTED_PROXIES: {written!r} is no address; write 127.0.0.1 or 10.0.0.0/8"
            ) from error
    return tuple(found)


def caller(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the nearest address that is no proxy of ours; `forwarded` is what the header says.

    Each proxy appends whom it was called by, so only what stands right of the first stranger is true.
    """
    chain = [hop.strip() for hop in forwarded.split(",")[-MOST_HOPS:] if hop.strip()]
    address = peer
    while chain and _is_trusted(address, trusted):
        address = chain.pop()
    return address if _parsed(address) is not None else peer


def seen_from_outside(request: web.BaseRequest, trusted: Sequence[Network]) -> web.BaseRequest:
    """Return the request with `remote` as its real caller; the same one when no proxy of ours sent it."""
    peer = request.remote or ""
    if not trusted or not _is_trusted(peer, trusted):
        return request
    address = caller(peer, ",".join(request.headers.getall(HEADER, [])), trusted)
    return request if address == peer else request.clone(remote=address)


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
