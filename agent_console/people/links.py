"""Links that an admin makes for somebody: shown once to copy, or sent by the admin's own mail program."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from aiohttp import web

from runtime.appkeys import SETTINGS


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was just made: `email` is whom it is for, `mailto` opens a letter with it."""

    url: str
    email: str
    mailto: str


def new_link(request: web.Request, path: str, email: str, subject: str) -> NewLink:
    """Return a link to `path` on this server; everything in the letter's address is quoted."""
    url = request.config_dict[SETTINGS].base_url + path
    letter = f"mailto:{quote(email, safe='@')}?subject={quote(subject, safe='')}"
    return NewLink(url=url, email=email, mailto=f"{letter}&body={quote(url, safe='')}")
