"""A PostgreSQL data folder with every migration applied, made once and copied: making one takes seconds.

It is kept below build/ under a name that changes with the migrations, the models and PostgreSQL itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from gateway.apps import APPS
from runtime.database import migrate
from runtime.postgres import EmbeddedPostgres
from simulator import schema

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
TEMPLATE = "template_tessera"
MADE_OF = (
    "*/migrations/*.py",
    "*/migrations/*.sql",
    "*/*models.py",
    "*/models/*.py",
    "gateway/apps.py",
    "requirements/runtime.txt",
    "runtime/database.py",
    "runtime/migrate.py",
    "runtime/postgres.py",
    "simulator/schema.py",
    "tests/clusters.py",
)


async def prepare(folder: Path) -> None:
    """Put the data folder of a server that never ran into `folder`, unless one is there.

    Its database `tessera` is an installation nobody has used; TEMPLATE has the simulator's schema, too.
    """
    BUILD.mkdir(exist_ok=True)
    with _locked(BUILD / "test-postgres.lock"):
        kept = BUILD / f"test-postgres-{_digest()}"
        if not kept.exists():
            for outdated in BUILD.glob("test-postgres-*"):
                shutil.rmtree(outdated)
            await _make(kept)
        _copy(kept, folder)


def _copy(kept: Path, folder: Path) -> None:
    if not (folder / "postgres").exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = folder / "postgres.copied"
        words = ("cp", "-a", "--reflink=auto", str(kept / "postgres"), str(copied))
        subprocess.run(words, check=True)  # noqa: S603 (two folders of ours)
        copied.rename(folder / "postgres")


async def _make(kept: Path) -> None:
    fresh = kept.with_name(f"{kept.name}.new")
    server = EmbeddedPostgres(fresh, durable=False)
    await migrate(await server.start(), APPS)
    await _add_template(server)
    await server.stop()
    fresh.rename(kept)


async def _add_template(server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(server.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE tessera")
    await admin.close()
    inside = await asyncpg.connect(server.dsn(TEMPLATE))
    await schema.migrate(inside)
    await inside.close()


def _digest() -> str:
    files = sorted({path for pattern in MADE_OF for path in ROOT.glob(pattern)})
    told = hashlib.sha256()
    for path in files:
        told.update(f"{path.relative_to(ROOT)}\n".encode())
        told.update(path.read_bytes())
    return told.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
