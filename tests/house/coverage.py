"""Which test proves which row of the feature catalogue: writes docs/coverage.md from docs/features.toml and
from the tests, whose names or docstrings cite rows. Run `python -m tests.house.coverage` after naming one.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEATURES = ROOT / "docs" / "features.toml"
PAGE = ROOT / "docs" / "coverage.md"
# S1-59, S1-59..63, S1-59..S1-63; in a test's name s1_59 stands for S1-59.
CITED = re.compile(
    r"(?<![A-Za-z0-9])[Ss]([0-9])[-_]([0-9]{2})(?:\.\.(?:S\1-)?([0-9]{2}))?(?![0-9])"
)
HEAD = """# Coverage

Every row of the feature catalogue (`docs/features.toml`), and the tests that prove it: those whose name or
docstring cites the row. Written by `python -m tests.house.coverage`; do not edit.

{summary}

| Row | What | State | Proved by | Seen at |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """A row of the catalogue. `scope`: now, later or not ours; `untested`: why it has no test."""

    id: str
    title: str
    scope: str
    reason: str = ""
    where: str = ""
    untested: str = ""


def rows() -> list[Row]:
    """Return the catalogue in its order."""
    return [Row(**entry) for entry in tomllib.loads(FEATURES.read_text())["row"]]


def cited(text: str) -> Iterator[str]:
    """Yield the ids of the rows that a name or docstring cites, ranges spelled out."""
    for system, first, last in CITED.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"S{system}-{number:02d}"


def proofs() -> dict[str, list[str]]:
    """Return for each cited row its tests, each as a link of docs/coverage.md."""
    found: dict[str, list[str]] = {}
    for path in sorted(
        [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("channels/*/tests/test_*.py")]
    ):
        name = path.relative_to(ROOT).as_posix()
        for test in _tests(ast.parse(path.read_text())):
            link = f"[{test.name}](../{name})"
            for row in dict.fromkeys(cited(f"{test.name} {ast.get_docstring(test) or ''}")):
                found.setdefault(row, []).append(link)
    return found


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test_"
        ):
            yield node


def state(row: Row, tests: Sequence[str]) -> str:
    """Return done, later, not ours or open (nothing proves it yet)."""
    if tests:
        return "done"
    return "open" if row.scope == "now" else row.scope


def render(catalogue: Sequence[Row], proved: Mapping[str, Sequence[str]]) -> str:
    """Return the page."""
    lines, counts = [], dict.fromkeys(("done", "open", "later", "not ours"), 0)
    for row in catalogue:
        tests = proved.get(row.id, ())
        now = state(row, tests)
        counts[now] += 1
        proof = "<br>".join(tests) or row.untested or row.reason
        where = f"`{row.where}`" if row.where else ""
        title = row.title.replace("|", r"\|")
        lines.append(f"| {row.id} | {title} | {now} | {proof} | {where} |\n")
    told = (f"{count} {name}" for name, count in counts.items() if count)
    return HEAD.format(summary=f"{len(catalogue)} rows: {', '.join(told)}.") + "".join(lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(rows(), proofs()))


if __name__ == "__main__":
    main()
