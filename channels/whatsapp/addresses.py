"""Where Twilio is called, with which credentials, and the webhook address to give to it. Pure."""

from __future__ import annotations

import base64
from urllib.parse import quote, urlsplit

from conversations.channel import Account

API = "https://api.twilio.com"
CONTENT = "https://content.twilio.com"
# Five repeats on a refused or slow connection and on 5xx; 1 s + 2 s each stay within Twilio's 15 s.
RETRIES = "rc=5&rp=5xx,ct,rt&ct=1000&rt=2000"


def webhook_with_retries(url: str) -> str:
    """Return a webhook address with the fragment that makes Twilio repeat a call that failed."""
    return f"{url.partition('#')[0]}#{RETRIES}"


def api_url(account: Account, path: str) -> str:
    """Return an address of the account's REST resources; `path` begins after its SID."""
    sid = quote(account.external_id, safe="")
    return f"{api_base(account)}/2010-04-01/Accounts/{sid}{path}"


def api_base(account: Account) -> str:
    """Return scheme, host and prefix of the REST API."""
    return account.api_base.rstrip("/") or API


def content_base(account: Account) -> str:
    """Return scheme, host and prefix of the Content API."""
    return account.api_base.rstrip("/") or CONTENT


def credentials(account: Account) -> tuple[str, str]:
    """Return user and password: an API key kept as `SK…:secret`, else the account with its auth token."""
    user, colon, secret = account.token.partition(":")
    if colon and user.startswith("SK"):
        return user, secret
    return account.external_id, account.token or account.secret


def authorization(account: Account) -> dict[str, str]:
    """Return the header of basic authentication."""
    pair = ":".join(credentials(account)).encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def media_url(account: Account, url: str) -> str:
    """Return where a file is fetched: an api base stands for every host of Twilio."""
    parted = urlsplit(url)
    if not account.api_base or not _is_twilio(parted.hostname or ""):
        return url
    tail = parted.path + (f"?{parted.query}" if parted.query else "")
    return api_base(account) + tail


def opens_with_credentials(account: Account, url: str) -> bool:
    """Say whether `url` is the account's API (or Twilio's own), to which credentials may go."""
    parted = urlsplit(url)
    base = urlsplit(api_base(account))
    if (parted.scheme, parted.netloc) == (base.scheme, base.netloc):
        return True
    return not account.api_base and parted.scheme == "https" and _is_twilio(parted.hostname or "")


def _is_twilio(host: str) -> bool:
    return host == "twilio.com" or host.endswith(".twilio.com")
