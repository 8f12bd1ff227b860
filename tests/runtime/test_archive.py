"""Backup and restore bring everything back, or change nothing."""

from __future__ import annotations

import stat

import asyncpg
import pytest

from runtime.archive import ArchiveFailed, backup, restore
from runtime.ids import uuid7
from runtime.keys import BadKey, Keyring
from tests.factories import an_account


@pytest.fixture
async def empty(server):
    name = f"r_{uuid7().hex}"
    admin = await asyncpg.connect(server.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    yield server.dsn(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def test_rows_and_media_come_back(db, dsn, empty, keyring, clock, tmp_path):
    await an_account(db, keyring, clock)
    media = tmp_path / "media" / "ab"
    media.mkdir(parents=True)
    (media / "picture").write_bytes(b"tea")
    (media / "picture.small").write_bytes(b"made anew when it is asked for")
    target = tmp_path / "tessera.backup"
    await backup(dsn, tmp_path / "media", keyring, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    await restore(empty, tmp_path / "other", keyring, target)
    connection = await asyncpg.connect(empty)
    assert await connection.fetchval("SELECT name FROM channel_account") == "demo"
    assert await connection.fetchval("SELECT count(*) FROM lane") == 64
    await connection.close()
    assert (tmp_path / "other" / "ab" / "picture").read_bytes() == b"tea"
    assert not (tmp_path / "other" / "ab" / "picture.small").exists()


async def test_another_key_restores_nothing(dsn, empty, keyring, tmp_path):
    target = tmp_path / "tessera.backup"
    await backup(dsn, tmp_path / "media", keyring, target)
    with pytest.raises(BadKey, match="another TESSERA_SECRET_KEY"):
        await restore(
            empty, tmp_path / "other", Keyring("some other key that is long enough to use"), target
        )
    connection = await asyncpg.connect(empty)
    assert await connection.fetchval("SELECT to_regclass('workspace')") is None
    await connection.close()


async def test_a_file_that_is_no_backup_is_named(empty, keyring, tmp_path):
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"not a backup")
    with pytest.raises(ArchiveFailed, match="is not a backup"):
        await restore(empty, tmp_path / "other", keyring, wrong)


async def test_a_backup_overwrites_nothing(dsn, keyring, tmp_path):
    target = tmp_path / "tessera.backup"
    target.write_text("precious")
    with pytest.raises(ArchiveFailed, match="exists already"):
        await backup(dsn, tmp_path / "media", keyring, target)
    assert target.read_text() == "precious"
