"""What the handlers of a claim's page share: finding it, the answers to strangers, who posts."""

from __future__ import annotations

import re
from datetime import datetime

from aiohttp import web

from coupons.page_reads import ClaimPage, ClaimVersion, claim_page, claim_version
from coupons.page_words import WORDS
from coupons.pages.fetchers import same_origin
from coupons.pages.render import page
from coupons.words import language
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from runtime.i18n import accepted
from runtime.request_ids import request_id
from team.throttle import Subject, failed, wait_s

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")
# Thousands of customers may share a carrier's address: many tries are free, waits are short, nobody is locked.
FREE, LONGEST_S = 20, 8.0


async def find(request: web.Request) -> ClaimPage | web.Response:
    """Return the claim; an unknown token is told so, and slower the more of them an address tries."""
    value = request.match_info["token"]
    screens = request.config_dict[DATABASE].screens
    claim = await claim_page(screens, value) if TOKEN.fullmatch(value) else None
    return claim or await stranger(request, "not_found")


async def find_version(request: web.Request) -> ClaimVersion | web.Response:
    """Return what an open page watches, or the answer to a stranger, as `find`."""
    value = request.match_info["token"]
    screens = request.config_dict[DATABASE].screens
    found = await claim_version(screens, value) if TOKEN.fullmatch(value) else None
    return found or await stranger(request, "not_found")


async def stranger(request: web.Request, name: str) -> web.Response:
    """Answer an unknown link: the same words whatever was guessed, and 429 after many from one address."""
    screens, now = request.config_dict[DATABASE].screens, now_of(request)
    subject = Subject(f"claim:{request.remote}"[:160], FREE, LONGEST_S)
    wait = await wait_s(screens, [subject], now)
    if wait:
        slow = message(request, "slow", 429)
        slow.headers["Retry-After"] = str(wait)
        return slow
    await failed(screens, [subject], now)
    return message(request, name, 404)


def message(request: web.Request, name: str, status: int) -> web.Response:
    """Say it in the browser's language: nobody is known here whose own could be chosen."""
    lang = language(*accepted(request.headers.get("Accept-Language", "")))
    told = {"heading": WORDS[lang][name], "text": WORDS[lang][f"{name}_text"]}
    number = request_id()
    return page("message.html", status=status, lang=lang, number=number, back="", **told)


def from_our_page(request: web.Request) -> bool:
    """Say whether a post comes from a page of ours."""
    origins = {request.config_dict[SETTINGS].base_url, f"{request.scheme}://{request.host}"}
    return same_origin(request.headers, frozenset(origins))


def path(request: web.Request) -> str:
    """Return the claim page's own path."""
    return f"/c/{request.match_info['token']}"


def now_of(request: web.Request) -> datetime:
    """Return the present instant."""
    return request.config_dict[CLOCK].now()
