"""`tessera contact export ID FILE` and `tessera contact erase ID --yes`."""

from __future__ import annotations

import argparse
from pathlib import Path
from uuid import UUID

from channels import registry
from config.settings import Settings
from conversations.actions.erase import Erasing, order_erasing
from coupons.actions.lose_cards import lose_cards
from coupons.takeout import Wanted, take_out
from gateway.erasing import eraser
from gateway.site import Site, open_site
from runtime.errors import Invalid, NotFound
from runtime.media import MediaStore

WORKSPACE = "SELECT workspace_id FROM contact WHERE id = $1"


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    contact = choices.add_parser("contact", help="a customer's personal data: export, erase")
    verbs = contact.add_subparsers(dest="verb", metavar="export|erase", required=True)
    export = verbs.add_parser("export", help="write everything kept about a customer to a ZIP file")
    export.add_argument("id", help="the customer's id, as their page's address ends")
    export.add_argument("file", type=Path, help="a file that does not exist yet")
    export.set_defaults(run=run_export)
    erase = verbs.add_parser("erase", help="erase a customer's personal data for good")
    erase.add_argument("id", help="the customer's id, as their page's address ends")
    erase.add_argument("--yes", action="store_true", help="needed: it cannot be undone")
    erase.set_defaults(run=run_erase)


async def run_export(chosen: argparse.Namespace, settings: Settings) -> int:
    """Write the file; the server may be running."""
    key, file = _id(chosen.id), chosen.file
    if file.exists():
        raise Invalid("file", f"{file} exists already; name another file")
    async with open_site(settings) as site:
        wanted = Wanted(workspace_id=await _workspace(site, key), contact_id=key)
        try:
            await take_out(
                site.database, wanted, settings.data_dir / "media", file, site.clock.now()
            )
        except OSError as error:
            raise Invalid("file", f"Cannot write {file}: {error.strerror}") from error
    print(f"Wrote {file}. It holds personal data: keep it as carefully as the database.")
    return 0


async def run_erase(chosen: argparse.Namespace, settings: Settings) -> int:
    """Erase to the end; killed midway, the running server or this command, run again, goes on."""
    key = _id(chosen.id)
    if not chosen.yes:
        raise Invalid("yes", "This cannot be undone; add --yes to erase this customer for good")
    async with open_site(settings) as site:
        channels, now = registry.load(), site.clock.now()
        who = Erasing(workspace_id=await _workspace(site, key), contact_id=key)
        begun = await order_erasing(site.database, who, channels, now, lose_cards(now))
        erasing = eraser(site.database, MediaStore(settings.data_dir), channels)
        while await erasing.step(key, site.clock.now()):
            pass
        left = key in await erasing.waiting()
    if left:
        print(f"Erasing {key} goes on in the running server.")
    else:
        print(f"Erased {key}." if begun else f"{key} was erased already.")
    print(
        "Backups made before still hold the data: throw them away, or erase again after restoring one."
    )
    return 0


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(
            "id", f"{text} is no customer's id; it is the end of the address of their page"
        ) from error


async def _workspace(site: Site, contact_id: UUID) -> UUID:
    found: UUID | None = await site.database.screens.fetchval(WORKSPACE, contact_id)
    if found is None:
        raise NotFound(f"There is no customer {contact_id}")
    return found
