"""The command line, run as an operator runs it: a process a command."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.zygote import zygote

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return this process's environment with these settings (named without their prefix) and no other."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TESSERA_")}
    named = {f"TESSERA_{name}": value for name, value in settings.items()}
    return {**clean, "TESSERA_DATA_DIR": str(folder), **named}


class Tessera:
    """Runs `tessera` in a process of its own on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run one command; `settings` are environment variables without their prefix."""
        given = environment(self.folder, **settings)
        with TemporaryDirectory() as name:
            out, err = Path(name, "out"), Path(name, "err")
            status = zygote().wait(zygote().spawn(list(arguments), given, out, err))
            return subprocess.CompletedProcess(
                arguments, status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
            )

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        """Run a command that lists, and return its rows."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the single line a refused command wrote."""
    assert done.returncode not in {0, None}
    [line] = done.stderr.splitlines()
    assert line.startswith("tessera")
    return line
