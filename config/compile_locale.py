"""`python -m config.compile_locale`: turns every .po below locale/ into the .mo that is read at run time."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def compile_all(folder: Path = LOCALE_DIR) -> int:
    """Compile every catalogue and return how many; raises PoFileError naming a broken one."""
    count = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        target = source.with_suffix(".mo")
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(target)
        count += 1
    return count


if __name__ == "__main__":
    try:
        compile_all()
    except PoFileError as error:
        sys.exit(f"locale: {error}")
