"""How much memory a process may use, and what its database takes of it."""

from __future__ import annotations

import os

import asyncpg
import pytest

from runtime.memory import memory_mib
from runtime.postgres import EmbeddedPostgres, buffers_mib

OWN = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


@pytest.mark.parametrize(
    ("told", "mib"),
    [
        (str(512 * 2**20), 512),
        (str(512 * 2**20) + "\n", 512),
        *((text, None) for text in (str(2**60), "max", "", "words", "1 2")),
    ],
)
def test_a_limit_counts_where_it_is_less_than_the_machine_has(tmp_path, told, mib):
    file = tmp_path / "memory.max"
    file.write_text(told)
    assert memory_mib(file) == (mib or OWN)


def test_without_control_groups_it_is_what_the_machine_has(tmp_path):
    assert memory_mib(tmp_path / "none") == OWN


@pytest.mark.parametrize(
    ("memory", "buffers"),
    [(0, 128), (256, 128), (512, 128), (2048, 512), (4096, 1024), (65536, 1024)],
)
def test_a_quarter_of_the_memory_holds_pages_within_bounds(memory, buffers):
    assert buffers_mib(memory) == buffers


async def test_a_server_that_keeps_what_it_is_told_has_a_quarter_and_vacuums_without_haste(
    tmp_path,
):
    server = EmbeddedPostgres(tmp_path)
    connection = await asyncpg.connect(await server.start())
    try:
        told = "SELECT setting::bigint FROM pg_settings WHERE name = $1"
        assert await connection.fetchval(told, "shared_buffers") * 8 // 1024 == buffers_mib(
            memory_mib()
        )
        assert await connection.fetchval(told, "autovacuum_vacuum_cost_delay") == 20
    finally:
        await connection.close()
        await server.stop()
