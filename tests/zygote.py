"""Runs `tessera` in processes forked from one that has imported it: importing costs more than a command.

Each run is a process of its own, with its own environment, folder and output; it can be killed as any
other. Whoever wants the interpreter's own start as well runs `bin/tessera`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import subprocess
import sys
import traceback
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "gateway.commands"


class Zygote:
    """The process that has imported everything, asked line by line."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.stop)

    def spawn(self, words: list[str], environment: dict[str, str], out: Path, err: Path) -> int:
        """Start a run and return its process id; it writes to the files (or pipes) `out` and `err`."""
        facts = {"words": words, "environment": environment, "out": str(out), "err": str(err)}
        return self._ask(facts)

    def wait(self, pid: int) -> int:
        """Wait for the end of a run; return its status, negative for the signal that killed it."""
        return self._ask({"wait": pid})

    def stop(self) -> None:
        """End the process; runs go on."""
        self._process.communicate()

    def _ask(self, facts: dict[str, object]) -> int:
        told, said = self._process.stdin, self._process.stdout
        assert told is not None
        assert said is not None
        told.write(json.dumps(facts) + "\n")
        told.flush()
        return int(said.readline())


@cache
def zygote() -> Zygote:
    """Return this process's own."""
    return Zygote()


def _serve() -> None:
    """Fork for each line that asks for a run; wait for each that names one."""
    commands = importlib.import_module(PROGRAM)
    for found in pkgutil.iter_modules(commands.__path__):
        if not found.name.startswith("_"):
            importlib.import_module(f"{PROGRAM}.{found.name}")
    importlib.import_module("channels.registry").load()
    for models, _ in importlib.import_module("gateway.apps").APPS.values():
        importlib.import_module(models)
    for late in ("linebot.v3.messaging", "tortoise.backends.asyncpg"):
        importlib.import_module(late)
    # What is here stays: no run's collector has to look at it, nor copy its pages to do so.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        facts = json.loads(line)
        if "wait" in facts:
            answer = os.waitstatus_to_exitcode(os.waitpid(facts["wait"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                os._exit(_run(**facts))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _run(words: list[str], environment: dict[str, str], out: str, err: str) -> int:
    """Become `python -m gateway.commands` in this forked process and return its status."""
    os.environ.clear()
    os.environ.update(environment)
    new = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path in enumerate((os.devnull, out, err)):
        handle = os.open(path, os.O_RDONLY if number == 0 else new, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.argv, sys.stdin = [PROGRAM, *words], None  # type: ignore[assignment]  # nobody is asked
    status = 1
    try:
        runpy.run_module(PROGRAM, run_name="__main__")
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 (as the interpreter would)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    _serve()
