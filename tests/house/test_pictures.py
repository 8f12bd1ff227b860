"""No page of the console can be forgotten when all of them are looked at (bin/pictures)."""

from __future__ import annotations

from agent_console.access import ROUTES
from docs.pictures.pages import (
    FILES,
    FIXED,
    OUTSIDE,
    PARTS,
    SAMPLES,
    UNREACHED,
    VARIANTS,
    addresses,
    find_samples,
    name_of,
    names_in,
    pages,
)

GETS = {path for method, path in ROUTES if method == "GET"}
ID = "0190a0a0-0000-7000-8000-000000000000"


def test_every_get_route_is_taken_or_named_as_no_page():
    """A new page is taken by itself; one that names something new needs a sample of it in SAMPLES."""
    known = set(SAMPLES) | set(FIXED) | set(VARIANTS)
    unknown = {p for p in pages() if p not in OUTSIDE and not set(names_in(p)) <= known}
    assert unknown == set()
    assert len({name_of(path) for path in pages()}) == len(pages())


def test_what_is_left_out_still_exists():
    assert PARTS | FILES | UNREACHED | OUTSIDE <= GETS


def test_an_address_is_made_of_what_the_demos_pages_name():
    def fetch(path):
        if path.startswith("/inbox"):
            return f'<a data-conversation="{ID}">'
        return f'<a href="/console{path}/{ID}">Ray'

    made = dict(addresses(find_samples(fetch)))
    assert made["coupons-one"] == f"/coupons/{ID}"
    assert made["inbox-one"] == f"/inbox/{ID}?view=all"
    assert made["accounts-new-one-whatsapp"] == "/accounts/new/whatsapp"
    assert made["coupons-promote"] == f"/coupons/{ID}/promote"
