"""`bin/tessera COMMAND`: finds the command, opens what it needs, reports errors in one line."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import pkgutil
import sys
from typing import NoReturn

import asyncpg
import uvloop
from typing_extensions import override

from config import logs
from config.settings import SettingsError, load
from gateway import commands
from runtime.errors import TesseraError

# Commands that share a file with another.
TOGETHER = {"restore": "backup"}


class OneLine(argparse.ArgumentParser):
    """A parser that answers bad input with one line instead of its whole usage."""

    @override
    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the options are listed, and exit with status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser(named: str = "") -> argparse.ArgumentParser:
    """Return the parser with the command `named`, or with every command of this folder.

    One command is imported alone where it can be: importing all of them takes a second.
    """
    top = OneLine(
        prog="tessera", description="Tessera: conversations and coupons on messaging channels."
    )
    choices = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    files = sorted(found.name for found in pkgutil.iter_modules(commands.__path__))
    own = TOGETHER.get(named, named)
    for name in [own] if own in files else files:
        if not name.startswith("_"):
            importlib.import_module(f"{commands.__name__}.{name}").register(choices)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 not understood."""
    given = sys.argv[1:] if arguments is None else arguments
    chosen = parser(given[0] if given else "").parse_args(given)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return int(runner.run(chosen.run(chosen, load())) or 0)
    except (SettingsError, TesseraError) as error:
        print(f"tessera: {error}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        print(f"tessera: {error.filename or 'system'}: {error.strerror or error}", file=sys.stderr)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        print(f"tessera: the database refused: {str(error).splitlines()[0]}", file=sys.stderr)
    except KeyboardInterrupt:
        pass
    return 1


if __name__ == "__main__":
    # Nothing but what a command prints may stand on standard output; `serve` sets its own level.
    logs.configure("warning")
    sys.exit(main())
