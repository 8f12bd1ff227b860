"""House rules no linter knows: file sizes, who imports the vendors' SDKs and the tables, what may not be
committed.
"""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "agent_console",
    "api",
    "channels",
    "config",
    "conversations",
    "coupons",
    "flows",
    "gateway",
)
PACKAGES += ("runtime", "simulator", "team")
SDKS = {"linebot", "pymessenger", "twilio"}
LIMIT = 400


def tracked(*endings: str) -> list[Path]:
    """Return the files git knows or would add, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],  # noqa: S607 (git is found on the path)
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [Path(name) for name in listed if name.endswith(endings) and (ROOT / name).is_file()]


@cache
def parsed(path: Path) -> ast.Module:
    """Return the tree of a file."""
    return ast.parse((ROOT / path).read_text())


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules a file imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return frozenset(found)


SOURCES = [p for p in tracked(".py") if p.parts[0] in PACKAGES and "tests" not in p.parts]


def test_no_file_is_longer_than_400_lines():
    long = {
        str(path): count
        for path in tracked(".py", ".ts", ".js", ".mjs", ".css", ".html", ".jinja", ".sh")
        if "fixtures" not in path.parts
        and (count := len((ROOT / path).read_text().splitlines())) > LIMIT
    }
    assert long == {}


@pytest.mark.parametrize("sdk", sorted(SDKS))
def test_a_vendors_sdk_is_imported_only_in_a_channels_client_and_never_at_import_time(sdk):
    for path in SOURCES:
        if any(name.split(".")[0] == sdk for name in imports(path)):
            assert path.name.endswith("client.py") or "client" in path.stem, path
            top = parsed(path).body
            eager = [n for n in top if isinstance(n, ast.Import | ast.ImportFrom)]
            names = {getattr(n, "module", None) or n.names[0].name for n in eager}
            assert not any(name.split(".")[0] == sdk for name in names), (
                f"{path} imports {sdk} eagerly"
            )


def test_tables_are_seen_only_by_the_actions_and_queries_of_their_package():
    strangers = []
    for path in SOURCES:
        package = path.parts[0]
        if "migrations" in path.parts or "models" in path.parts or path.name.endswith("models.py"):
            continue
        for name in imports(path):
            parts = name.split(".")
            if "models" in parts[1:] and parts[0] in PACKAGES and parts[0] != package:
                strangers.append(f"{path} imports {name}")
    assert strangers == []


def test_nothing_names_this_machine_or_a_registry():
    traces = re.compile(
        r"/w[o]rk/|/r[o]ot/|python[h]osted|registry\.n[p]mjs|py[p]i\.org|deb\.deb[i]an"
    )
    found = []
    for path in tracked(""):
        try:
            text = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path}: {hit.group(0)}" for hit in traces.finditer(text)]
    assert found == []


def test_every_source_file_says_what_lives_in_it():
    silent = [
        str(p) for p in SOURCES if "migrations" not in p.parts and not ast.get_docstring(parsed(p))
    ]
    assert silent == []
