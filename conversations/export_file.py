"""The file of an export: a ZIP with each section as JSON and CSV, a page to begin with, and the files received.

Nothing in it acts: cells are no formulas, the page has no script, and names of files are our own.
"""

from __future__ import annotations

import contextlib
import csv
import html
import io
import json
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from conversations.export import StoredFile
from runtime.cells import neutral

UNSAFE = re.compile(r"[^\w.\- ]+")
# What a program might run when it is opened is kept under a name that opens nothing.
PASSIVE = re.compile(r"(image/(jpeg|png|gif|webp)|video/\w+|audio/\w+|application/pdf)")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>{title}</title></head><body><h1>{title}</h1><p>{when}</p><table>{rows}</table><h2>Tables</h2><ul>{tables}</ul>
<p>{files}</p></body></html>
"""


class ExportFile:
    """Writes the archive; call each method in a thread, for they compress."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._out: IO[bytes] | None = None
        self._counts: dict[str, int] = {}
        self._profile: Mapping[str, Any] = {}
        self._files = 0

    def open_json(self, name: str) -> IO[bytes]:
        """Begin a section's JSON; `add_json` it, then `close_json`."""
        self._counts[name] = 0
        self._out = self._zip.open(f"{name}.json", "w", force_zip64=True)
        return self._out

    def add_json(self, out: IO[bytes], name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows of a section."""
        if name == "profile" and rows:
            self._profile = rows[0]
        for row in rows:
            out.write(b"[\n" if self._counts[name] == 0 else b",\n")
            out.write(
                json.dumps(row, ensure_ascii=False, default=_plain).encode("utf-8", "replace")
            )
            self._counts[name] += 1

    def close_json(self, out: IO[bytes], name: str) -> None:
        """End a section's JSON."""
        out.write(b"\n]\n" if self._counts[name] else b"[]\n")
        out.close()

    def open_csv(self, name: str) -> IO[bytes]:
        """Begin a section's CSV, with the mark that lets spreadsheets read Chinese right."""
        self._out = out = self._zip.open(f"{name}.csv", "w", force_zip64=True)
        out.write(b"\xef\xbb\xbf")
        return out

    def add_csv(self, out: IO[bytes], rows: Sequence[Mapping[str, Any]], *, first: bool) -> None:
        """Write rows of a section; `first`: with the names of the columns."""
        text = io.StringIO()
        writer = csv.writer(text)
        if first and rows:
            writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
        out.write(text.getvalue().encode("utf-8", "replace"))

    def add_file(self, folder: Path, file: StoredFile) -> None:
        """Add a received file of `folder` under a name that leads nowhere else and opens nothing."""
        path = folder / file.storage_key
        # It may have been erased meanwhile; a key never leads out of its folder.
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            return
        self._files += 1
        name = zipfile.ZipInfo(f"media/{self._files:05}-{safe_name(file)}", (1980, 1, 1, 0, 0, 0))
        with path.open("rb") as source, self._zip.open(name, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target)

    def finish(self, now: datetime) -> None:
        """Add the page to begin with, and close the archive."""
        self._zip.writestr("index.html", self._page(now))
        self._zip.close()

    def discard(self) -> None:
        """Close the archive wherever it stopped, and delete it: half of a person's data helps nobody."""
        for opened in (self._out, self._zip):
            # What stopped it may hinder this too, a full disk for one; what is told is what stopped it.
            with contextlib.suppress(OSError, ValueError):
                if opened is not None:
                    opened.close()
        self._path.unlink(missing_ok=True)

    def _page(self, now: datetime) -> str:
        title = f"Personal data of {self._profile.get('name') or self._profile.get('id')}"
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(_text(value))}</td></tr>"
            for name, value in self._profile.items()
        )
        tables = "".join(
            f'<li><a href="{name}.csv">{name}.csv</a>, <a href="{name}.json">{name}.json</a>: {count}</li>'
            for name, count in self._counts.items()
        )
        when = f"Taken out {now.isoformat(timespec='seconds')}. All times are UTC."
        files = f"Files received: {self._files}, in the folder media."
        return PAGE.format(
            title=html.escape(title), when=when, rows=rows, tables=tables, files=files
        )


def safe_name(file: StoredFile) -> str:
    """Return a file's name without what leads elsewhere; what might be run gets an ending that opens nothing."""
    plain = UNSAFE.sub("_", file.name.replace("..", "_")).strip(". ")[-80:] or "file"
    kind = file.content_type.partition(";")[0].strip().lower()
    return plain if PASSIVE.fullmatch(kind) else f"{plain}.download"


def _cell(value: object) -> str:
    return neutral(_text(value).replace("\x00", ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
