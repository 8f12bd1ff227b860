"""The built style sheet: it holds what the vendor says of everything that a page names, and little else."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from agent_console.accounts.listing import guide
from agent_console.assets import STATIC
from channels.registry import load

ROOT = Path(__file__).resolve().parents[2]
TABLER = ROOT / "node_modules" / "@tabler" / "core" / "dist" / "css" / "tabler.min.css"
NAMED = re.compile(r'class="([^"]*)"')
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
ELEMENTS = re.compile(
    r"[a-z][a-z0-9]*(?:[ >+~]+[a-z][a-z0-9]*)*"
)  # selectors of nothing but elements
MOST_BYTES = 40_000  # on the wire


def selectors(sheet):
    """Return the selectors of a style sheet that is written without spaces it does not need."""
    before = [part.rpartition("{")[0].rpartition("{")[2] for part in sheet.split("}")]
    return {one for group in before for one in group.split(",")}


def classes(sheet):
    return {name for one in selectors(sheet) for name in CLASS.findall(one)}


def of_elements(sheet, elements):
    """Return the selectors made of these elements only."""
    found = {one.strip() for one in selectors(sheet) if ELEMENTS.fullmatch(one.strip())}
    return {one for one in found if set(re.findall(r"[a-z][a-z0-9]*", one)) <= elements}


def the_sheet():
    [path] = STATIC.glob("assets/main-*.css")
    return path.read_text("utf-8")


def test_whatever_of_the_vendors_a_page_names_is_in_the_sheet():
    pages = "".join(
        path.read_text("utf-8") for path in (ROOT / "agent_console" / "templates").rglob("*.html")
    )
    named = {word for found in NAMED.findall(pages) for word in found.split()}
    vendors = classes(TABLER.read_text("utf-8")) & named
    assert {"btn", "form-control"} <= vendors
    assert vendors - classes(the_sheet()) == set()


def test_whatever_the_guides_are_made_of_looks_as_the_vendor_meant_it():
    guides = "".join(
        guide(channel, language).html
        for channel in load().values()
        for language in ("en", "zh-Hant")
    )
    made_of = set(re.findall(r"<([a-z][a-z0-9]*)", guides))
    vendors = of_elements(TABLER.read_text("utf-8"), made_of)
    assert {"h3", "ol", "code"} <= vendors
    assert vendors - of_elements(the_sheet(), made_of) == set()


def test_the_sheet_stays_small():
    assert len(gzip.compress(the_sheet().encode())) < MOST_BYTES
