"""Which addresses can be told of anything: https, public, without a password inside."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

from yarl import URL

from runtime.errors import Invalid
from runtime.i18n import mark
from runtime.netguard import is_public

LONGEST = 500
NOT_ADDRESS = mark("Write a whole address, like https://example.com/hooks")
NOT_HTTPS = mark("The address must begin with https://")
HAS_PASSWORD = mark(
    "Leave user name and password out of the address: the signature proves who calls"
)
NOT_PUBLIC = mark("This address lies inside a private network: only public ones are called")
TOO_LONG = mark("That is too long: 500 characters at most")


def checked(entered: str, exempt: Collection[str]) -> str:
    """Return the address in its usual form; raises Invalid("url").

    Names are resolved when they are called, and checked then. `exempt`: origins that the operator allows
    although they are neither https nor public.
    """
    text = entered.strip()
    if len(text) > LONGEST:
        raise Invalid("url", TOO_LONG)
    if not text.isprintable() or " " in text or "\\" in text:
        raise Invalid("url", NOT_ADDRESS)
    url = _parsed(text)
    if url.user is not None or url.password is not None:
        raise Invalid("url", HAS_PASSWORD)
    if not is_exempt(url, exempt):
        _require_public(url)
    return str(url.with_fragment(None))[:LONGEST]


def is_exempt(url: URL, exempt: Collection[str]) -> bool:
    """Say whether `url` lies on exactly one of the exempt origins: scheme, host and port."""
    return any(url.origin() == URL(origin).origin() for origin in exempt)


def _parsed(text: str) -> URL:
    try:
        url = URL(text)
        port = url.port
    except ValueError as error:
        raise Invalid("url", NOT_ADDRESS) from error
    if url.scheme not in {"http", "https"} or not url.host or not port:
        raise Invalid("url", NOT_ADDRESS)
    return url


def _require_public(url: URL) -> None:
    if url.scheme != "https":
        raise Invalid("url", NOT_HTTPS)
    host = url.host or ""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        if "." not in host.strip(".") or host.rstrip(".").endswith(
            (".localhost", ".local", ".internal")
        ):
            raise Invalid("url", NOT_PUBLIC) from None
        return
    if not is_public(host):
        raise Invalid("url", NOT_PUBLIC)
