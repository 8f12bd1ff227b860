"""The embedded server: private, shared, adopted after a kill, stopped by the last one out."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys

import asyncpg
import pytest

from runtime import postgres
from runtime.postgres import EmbeddedPostgres, PostgresFailed
from runtime.tasks import spawn

CHILD = """
import asyncio, sys
from pathlib import Path
from runtime.postgres import EmbeddedPostgres
async def main():
    await EmbeddedPostgres(Path(sys.argv[1])).start()
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_it_is_private_and_durable(tmp_path):
    server = EmbeddedPostgres(tmp_path / "var")
    connection = await asyncpg.connect(await server.start())
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert await connection.fetchval(f"SHOW {name}") == "on"
        assert await connection.fetchval("SHOW listen_addresses") == ""
        for folder in (server.data, server.sockets):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        await connection.close()
        await server.stop()
    assert server.pid() is None


async def test_the_last_one_out_stops_it(tmp_path):
    first, second = EmbeddedPostgres(tmp_path), EmbeddedPostgres(tmp_path)
    await first.start()
    await second.start()
    pid = first.pid()
    await first.stop()
    assert second.pid() == pid
    await second.stop()
    assert second.pid() is None


async def test_a_killed_process_leaves_it_running_and_the_next_adopts_it(tmp_path):
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, str(tmp_path), stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"
    child.kill()
    await child.wait()
    server = EmbeddedPostgres(tmp_path)
    orphan = server.pid()
    assert orphan is not None
    await server.start()
    assert server.pid() == orphan
    await server.stop()
    assert server.pid() is None


async def test_a_server_killed_in_the_middle_recovers_what_was_committed(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    connection = await asyncpg.connect(await server.start())
    await connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
    os.kill(server.pid(), signal.SIGKILL)
    connection.terminate()
    again = EmbeddedPostgres(tmp_path)
    connection = await asyncpg.connect(await again.start())
    assert await connection.fetchval("SELECT n FROM kept") == 42
    await connection.close()
    await server.stop()
    await again.stop()
    assert again.pid() is None


async def test_a_server_whose_killed_forerunner_is_not_quite_gone_waits_for_it(tmp_path):
    server = EmbeddedPostgres(tmp_path)
    await server.start()
    await server.stop()
    forerunner = await asyncio.create_subprocess_exec("sleep", "600")
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{forerunner.pid}\n")
    lock.chmod(0o600)
    heir = EmbeddedPostgres(tmp_path)
    started = spawn(heir.start(), "heir")
    try:
        async with asyncio.timeout(60):
            while "Is another postmaster" not in (tmp_path / "postgres.log").read_text():
                assert not started.done()
                await asyncio.sleep(0.01)  # until the server has met its forerunner
    finally:
        forerunner.kill()
        await forerunner.wait()
    connection = await asyncpg.connect(await started)
    await connection.close()
    await heir.stop()
    assert heir.pid() is None


async def test_a_long_path_keeps_its_socket_in_a_private_folder_of_the_temp_folder(tmp_path):
    server = EmbeddedPostgres(tmp_path / ("x" * 90))
    connection = await asyncpg.connect(await server.start())
    try:
        assert await connection.fetchval("SELECT 1") == 1
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    finally:
        await connection.close()
        await server.stop()


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(PostgresFailed, match="belongs to another user"):
        postgres.private_folder(tmp_path)


def test_a_machine_without_namespaces_is_told_what_to_do():
    text = postgres.explain("initdb", "unshare: unshare failed: Operation not permitted")
    assert "run as an ordinary user or set TESSERA_DATABASE_URL" in text
