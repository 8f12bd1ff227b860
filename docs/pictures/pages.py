"""Which pages of the console are taken: every GET route of its table, each with the address to open.

A route is a page unless it stands in PARTS or FILES, or ends as they do; what its address names comes from SAMPLES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from agent_console.access import ROUTES

# Pieces of pages that scripts fetch; they are seen on the pages themselves.
PARTS = frozenset(
    {
        "/inbox/list", "/inbox/unread", "/inbox/{conversation}/thread", "/inbox/{conversation}/window",
        "/inbox/{conversation}/saved-replies", "/inbox/{conversation}/coupons", "/inbox/{conversation}/templates",
        "/inbox/{conversation}/templates/{template}", "/contacts/tags", "/contacts/{contact}/timeline",
        "/contacts/{contact}/panel",
        "/coupons/{coupon}/figures", "/coupons/{coupon}/codes/list", "/coupons/{coupon}/test",
        "/coupons/{coupon}/inline/{kind}", "/coupons/{coupon}/inline/{kind}/close", "/accounts/{account}/live",
        "/quotas/table", "/quotas/requests/{request}/outcome", "/settings/webhooks/{webhook}/log",
        "/live", "/presence", "/notices", "/overview/now", "/overview/figures",
    }
)  # fmt: skip
PART_ENDINGS = ("/rows", "/count")
# Answers that are no pages: downloads, pictures, and roads that lead elsewhere.
FILES = frozenset(
    {
        "",
        "/",
        "/settings",
        "/media/{attachment}",
        "/media/{attachment}/small",
        "/uploads/{upload}",
        "/uploads/{upload}/small",
    }
)
FILE_ENDINGS = (".csv", ".jsonl", ".xlsx", ".png", ".zip", ".json", ".{kind}")
# Shown only after a right password, to who has a second step; nobody of the demo has one.
UNREACHED = frozenset({"/login/code"})
# Where a page is found that names what a route needs, and how it names it.
UUID = "([0-9a-f]{8}-[0-9a-f-]{27})"
SAMPLES: Mapping[str, tuple[str, str]] = {
    "conversation": ("/inbox?view=all", f'data-conversation="{UUID}"'),
    "contact": ("/contacts", f"/console/contacts/{UUID}"),
    "coupon": ("/coupons", f"/console/coupons/{UUID}"),
    "account": ("/accounts", f"/console/accounts/{UUID}"),
    "webhook": ("/settings/webhooks", f"/console/settings/webhooks/{UUID}"),
    "member": ("/settings/members", f'/console/settings/members/{UUID}">Ray'),
}
# What a route may name instead of anything found.
FIXED: Mapping[str, str] = {"channel": "line"}
# Every kind of a thing that has pages of different looks.
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "channel": ("line", "messenger", "instagram", "whatsapp")
}
# Pages for whoever is not signed in; the links' tokens are made by the tour.
OUTSIDE = frozenset({"/login", "/invitation/{token}", "/password/{token}"})
# Pages whose list says more when it is not narrowed.
QUERIES: Mapping[str, str] = {"/inbox": "?view=all", "/inbox/{conversation}": "?view=all"}


def pages() -> list[str]:
    """Return the routes of the console that are pages, in the table's order."""
    known = PARTS | FILES | UNREACHED
    ends = PART_ENDINGS + FILE_ENDINGS
    gets = [path for method, path in ROUTES if method == "GET"]
    return [path for path in gets if path not in known and not path.endswith(ends)]


def names_in(path: str) -> list[str]:
    """Return what a route names in braces."""
    return re.findall(r"{(\w+)}", path)


def name_of(path: str) -> str:
    """Return the file name of a route's picture: its fixed words."""
    words = [word for word in path.split("/") if word and not word.startswith("{")]
    return "-".join(words) + ("-one" if path.endswith("}") else "")


def find_samples(fetch: Callable[[str], str]) -> dict[str, str]:
    """Look the samples up with `fetch`, which returns a console page's HTML; LookupError names what is missing."""
    found = dict(FIXED)
    for name, (path, pattern) in SAMPLES.items():
        hit = re.search(pattern, fetch(path))
        if hit is None:
            raise LookupError(f"{path} of the demo names no {name}")
        found[name] = hit[1]
    return found


def addresses(samples: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield a picture's name and the path to open, for every page inside the console."""
    for path in pages():
        if path in OUTSIDE:
            continue
        [many, *_] = [*(name for name in names_in(path) if name in VARIANTS), None]
        for one in VARIANTS[many] if many else ("",):
            values = {**samples, many: one} if many else samples
            shown = name_of(path) + (f"-{one}" if one else "")
            yield shown, path.format_map(values) + QUERIES.get(path, "")
