"""The bundled front end: file names with their hashes, from the manifest Vite leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import TesseraError

STATIC = Path(__file__).resolve().parent / "static"
PREFIX = "/console/static/"
ENTRY = "agent_console/frontend/main.ts"
ICONS = "icons.svg"


class AssetsMissing(TesseraError):
    """The front end has not been built."""


@dataclass(frozen=True)
class Assets:
    """Addresses of the bundled files."""

    script: str
    styles: tuple[str, ...]
    icons: str


@dataclass
class Bundle:
    """Reads the manifest once, and again when it has been built anew."""

    folder: Path = STATIC
    _stamp: int = field(default=0, init=False)
    _assets: Assets | None = field(default=None, init=False)

    def assets(self) -> Assets:
        """Return the addresses; raises AssetsMissing with what to do."""
        manifest = self.folder / "manifest.json"
        try:
            stamp = manifest.stat().st_mtime_ns
            if self._assets is None or stamp != self._stamp:
                self._assets = _read(manifest)
                self._stamp = stamp
        except (OSError, KeyError, ValueError) as error:
            raise AssetsMissing(
                "The console's assets have not been built: run bin/setup"
            ) from error
        return self._assets


def _read(manifest: Path) -> Assets:
    entries = json.loads(manifest.read_text())
    entry = entries[ENTRY]
    return Assets(
        PREFIX + entry["file"],
        tuple(PREFIX + style for style in entry.get("css", ())),
        PREFIX + entries[ICONS]["file"],
    )
