"""`tessera codes import COUPON FILE`: load a code pack, one code a line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from config.settings import Settings
from coupons.actions.load_codes import load_codes
from gateway.commands._coupons import find_coupon
from gateway.site import open_site
from runtime.errors import Invalid

LARGEST = 16 * 1024 * 1024


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    codes = choices.add_parser("codes", help="code packs: import")
    verbs = codes.add_subparsers(dest="verb", metavar="import", required=True)
    load = verbs.add_parser("import", help="load codes into a coupon, one a line")
    load.add_argument("coupon", help="the coupon's id or exact name")
    load.add_argument("file", type=Path, help="UTF-8 text, one code a line")
    load.set_defaults(run=run)


def read_lines(path: Path) -> list[str]:
    """Return the file's lines as text; raises Invalid."""
    try:
        if path.stat().st_size > LARGEST:
            raise Invalid("file", f"{path} is over 16 MiB; split it")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid("file", f"Cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Invalid("file", f"{path} is not UTF-8; save it as UTF-8 text") from error
    return text.splitlines()


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Load the codes; print what was refused, with line and reason, on standard error.

    Raises Invalid when that leaves nothing.
    """
    texts = read_lines(chosen.file)
    if not any(text.strip() for text in texts):
        raise Invalid("file", f"{chosen.file} holds no code; write one a line")
    async with open_site(settings) as site:
        coupon = await find_coupon(site, chosen.coupon)
        report = await load_codes(site.database, coupon, texts, site.clock.now())
    for one in report.rejected:
        print(f"line {one.line}: {one.text[:60]!r}: {one.reason}", file=sys.stderr)
    if not report.loaded:
        raise Invalid(
            "file", f"None of {len(report.rejected):,} codes in {chosen.file} was imported"
        )
    print(f"{report.loaded:,} imported, {len(report.rejected):,} rejected.")
    return 0
