"""What several commands share: which workspace, and how lists are printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.site import Site
from runtime.errors import Invalid
from runtime.ids import uuid7


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json` to a command that lists."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print rows as JSON lines or as aligned columns."""
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, default=str))
        return
    if not rows:
        print(empty)
        return
    names = list(rows[0])
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in names]
    for line in [names, *([str(row[name]) for name in names] for row in rows)]:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


async def only_workspace(site: Site) -> UUID:
    """Return the only workspace, or make the first; raises Invalid when there are several."""
    found = await site.database.screens.fetch("SELECT id FROM workspace ORDER BY id LIMIT 2")
    if len(found) > 1:
        raise Invalid("workspace", "There are several workspaces; this command needs exactly one")
    if found:
        return UUID(str(found[0]["id"]))
    workspace = uuid7()
    await site.database.screens.execute(
        "INSERT INTO workspace (id, name, zone, language, features, created_at)"
        " VALUES ($1, 'My workspace', 'Asia/Taipei', 'zh-Hant', '{}', $2)",
        workspace,
        site.clock.now(),
    )
    return workspace
