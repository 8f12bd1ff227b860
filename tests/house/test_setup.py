"""`bin/setup` and `bin/tessera` on a machine that lacks something: one line says what to install or run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"
# Say the version is new enough, and fail where the module is looked for.
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n'
TOO_OLD = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def run(tmp_path):
    """Run a copy of a program of `bin/` with such a Python; return its status and the lines it wrote."""

    def run(program: str, python: str) -> tuple[int, list[str]]:
        tools = tmp_path / "tools"
        (tmp_path / "bin").mkdir()
        tools.mkdir()
        shutil.copy(BIN / program, tmp_path / "bin")
        for name in ("python3", "python3.11", "python3.12", "python3.13"):
            (tools / name).write_text(python)
            (tools / name).chmod(0o755)
        done = subprocess.run(  # noqa: S603 (our own program)
            [tmp_path / "bin" / program],
            env={"PATH": f"{tools}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr.splitlines()

    return run


@pytest.mark.parametrize(
    ("program", "python", "hint"),
    [
        ("setup", WITHOUT_VENV, "apt-get install python3-venv"),
        ("setup", TOO_OLD, "Python 3.11 or later is needed"),
        ("tessera", WITHOUT_VENV, "run bin/setup first"),
    ],
    ids=["no venv module", "an old Python", "before setup"],
)
def test_what_is_missing_is_named_in_one_line(run, program, python, hint):
    status, lines = run(program, python)
    assert status == 1
    [line] = lines
    assert hint in line
