"""`python -m config.compile_locale`: turns the .po files below locale/ into the .mo files read at run time.

A domain is a folder of .po files, one an area of the product: `LC_MESSAGES/console/*.po` become `console.mo`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from config.folders import LOCALE_DIR


def read_domain(folder: Path) -> Catalog:
    """Return the sentences of all files of a domain as one catalogue.

    Raises PoFileError naming a broken file, and a sentence that two files translate differently.
    """
    whole = Catalog(locale=folder.parent.parent.name)
    for source in sorted(folder.glob("*.po")):
        with source.open("rb") as file:
            part = read_po(file, locale=whole.locale, abort_invalid=True)
        for message in part:
            if not message.id:
                continue
            known = whole.get(message.id, message.context)
            if known is not None and known.string != message.string:
                clash = f"{source.name} translates {message.id!r} another way"
                raise PoFileError(clash, part, str(message.id), message.lineno or 0)
            whole[message.id] = message
    return whole


def compile_all() -> None:
    """Compile every domain; raises PoFileError as read_domain does."""
    for source in sorted(LOCALE_DIR.glob("*/LC_MESSAGES/*/")):
        target = source.parent / f"{source.name}.mo"
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, read_domain(source))
        fresh.replace(target)


if __name__ == "__main__":
    try:
        compile_all()
    except PoFileError as error:
        sys.exit(f"locale: {error}")
