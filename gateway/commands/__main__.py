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

from config.settings import SettingsError, load
from gateway import commands
from runtime.errors import TesseraError


class OneLine(argparse.ArgumentParser):
    """A parser that answers bad input with one line instead of its whole usage."""

    @override
    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the options are listed, and exit with status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser with every command of this folder."""
    top = OneLine(
        prog="tessera", description="Tessera: conversations and coupons on messaging channels."
    )
    choices = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        if not module.name.startswith("_"):
            importlib.import_module(f"{commands.__name__}.{module.name}").register(choices)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 not understood."""
    chosen = parser().parse_args(arguments)
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
    sys.exit(main())
