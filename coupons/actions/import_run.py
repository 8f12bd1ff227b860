"""Carry a batch of codes on, from wherever it stands, until a person or nobody has to decide.

The file is read again for each stage, so a process killed midway goes on where the last step ended; one
import of a workspace runs at a time, and its lock falls with the process that held it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from coupons.actions.import_open import read_rules, tell
from coupons.actions.import_steps import STEP, Gone, commit_step, hold, hold_coupon, rehearse_step
from coupons.actions.import_undo import discard_step, take_back_step
from coupons.actions.print_codes import print_step
from coupons.actions.unit_jobs import begin_job, run_step
from coupons.importing.checking import Checked, check
from coupons.importing.files import path_of, remove
from coupons.importing.problems import Unusable
from coupons.importing.reading import Opened, data_rows, open_file
from runtime.clock import Clock
from runtime.database import Connection, Database, connect, prepare

LOCK = 0x7E55E7B
KEEP_S = 24 * 3600
PAUSE_S = 0.2
STATE = "SELECT state, workspace_id, coupon_id, progress FROM code_batch WHERE id = $1"
WAITING = """
SELECT id FROM code_batch WHERE state IN ('rehearsing', 'committing', 'generating', 'discarding',
  'taking_back') ORDER BY created_at, id
"""
NEEDED = """
SELECT id FROM code_batch WHERE id = ANY ($1::uuid[]) AND state IN ('rehearsing', 'ready', 'committing')
"""
ABOUT = "UPDATE code_batch SET encoding = $2, total = $3 WHERE id = $1 AND progress = 0"
REFUSE = """
UPDATE code_batch SET state = 'refused', problem = $2, finished_at = $3 WHERE id = $1 AND state = 'rehearsing'
"""
READY = "UPDATE code_batch SET state = 'ready', total = rows WHERE id = $1"
LOADED = "UPDATE code_batch SET state = 'loaded', finished_at = $2 WHERE id = $1"


@dataclass(frozen=True)
class Importer:
    """What carries imports on. `told`: called after each step, so that screens may look again;
    `stopping`: says when to leave off between two steps.
    """

    database: Database
    data_dir: Path
    clock: Clock
    told: Callable[[], None] = lambda: None
    stopping: Callable[[], bool] = lambda: False

    async def waiting(self) -> list[UUID]:
        """Return the batches that wait to be carried on, oldest first."""
        return [row["id"] for row in await self.database.screens.fetch(WAITING)]

    async def tidy(self) -> None:
        """Delete files that no batch waits for any more: their sender went away, or their server did."""
        before = self.clock.now().timestamp() - KEEP_S
        old = await asyncio.to_thread(_older_than, self.data_dir / "imports", before)
        needed = {row["id"] for row in await self.database.screens.fetch(NEEDED, list(old))}
        for key in old.keys() - needed:
            await asyncio.to_thread(remove, old[key])

    async def run(self, batch_id: UUID) -> None:
        """Carry one batch on. Returns at once when another process has the workspace's import."""
        async with self._connection() as own:
            row = await own.fetchrow(STATE, batch_id)
            if row is None or not await _lock(own, row["workspace_id"]):
                return
            while row["state"] in STAGES and not self.stopping():
                with suppress(Gone):
                    await STAGES[row["state"]](self, own, batch_id)
                row = await own.fetchrow(STATE, batch_id)

    async def finish(self, batch_id: UUID) -> None:
        """Carry one batch on, or wait for whoever does, until it waits for a person or is done."""
        while not self.stopping():
            await self.run(batch_id)
            row = await self.database.screens.fetchrow(STATE, batch_id)
            if row is None or row["state"] not in STAGES:
                return
            await asyncio.sleep(PAUSE_S)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """A connection of its own: no screen waits for it, and the lock ends with it."""
        own = await connect(self.database.dsn)
        try:
            await prepare(own)
            yield own
        finally:
            await own.close()

    async def rehearse(self, own: Connection, batch_id: UUID) -> None:
        """Check every row and count what would become of it."""
        try:
            opened = await self._open(batch_id)
            await own.execute(ABOUT, batch_id, opened.shown, opened.estimate)
            async for rows in self._rows(own, batch_id, opened):
                async with own.transaction():
                    await rehearse_step(own, batch_id, rows, self.clock.now())
                self.told()
            await self._finish_rehearsal(own, batch_id)
        except Unusable as error:
            await self._refuse(own, batch_id, error)

    async def commit(self, own: Connection, batch_id: UUID) -> None:
        """Store every code, then make the units that claims draw from."""
        try:
            opened = await self._open(batch_id)
        except Unusable as error:
            await self._lose(own, batch_id, error)
            return
        async for rows in self._rows(own, batch_id, opened):
            async with own.transaction():
                await commit_step(own, batch_id, rows, self.clock.now())
            self.told()
        if self.stopping():
            return
        async with own.transaction():
            await hold_coupon(own, batch_id)
            batch = await hold(own, batch_id, "committing")
            await own.execute(LOADED, batch_id, self.clock.now())
            await begin_job(own, batch["coupon_id"], self.clock.now())
            await tell(own, batch["workspace_id"], batch["coupon_id"], self.clock.now())
        self.told()
        await asyncio.to_thread(remove, path_of(self.data_dir, batch_id))
        while await run_step(self.database, batch["coupon_id"], self.clock.now()):
            self.told()
        self.told()

    async def discard(self, own: Connection, batch_id: UUID) -> None:
        """Delete what was stored of it, and its file."""
        await asyncio.to_thread(remove, path_of(self.data_dir, batch_id))
        await self._repeat(own, batch_id, discard_step)

    async def take_back(self, own: Connection, batch_id: UUID) -> None:
        """Withdraw the units nobody claimed and delete their codes."""
        await self._repeat(own, batch_id, take_back_step)

    async def print_codes(self, own: Connection, batch_id: UUID) -> None:
        """Make the codes that were ordered for printing."""
        while not self.stopping():
            await print_step(own, batch_id, self.clock.now())
            self.told()

    async def _repeat(
        self,
        own: Connection,
        batch_id: UUID,
        step: Callable[..., Awaitable[bool]],
    ) -> None:
        going = True
        while going and not self.stopping():
            async with own.transaction():
                going = await step(own, batch_id, self.clock.now())
            self.told()

    async def _open(self, batch_id: UUID) -> Opened:
        return await asyncio.to_thread(open_file, path_of(self.data_dir, batch_id))

    async def _rows(
        self, own: Connection, batch_id: UUID, opened: Opened
    ) -> AsyncIterator[list[Checked]]:
        """Give the checked rows, a step at a time, after those of earlier runs."""
        rules = await read_rules(own, batch_id)
        done = (await own.fetchrow(STATE, batch_id))["progress"]
        checked: Iterator[Checked] = check(data_rows(opened), rules)
        # Reading and checking hold the interpreter for long: not in the loop that answers screens.
        await asyncio.to_thread(_pass_over, checked, done)
        while not self.stopping():
            rows = await asyncio.to_thread(lambda: list(islice(checked, STEP)))
            if not rows:
                return
            yield rows

    async def _finish_rehearsal(self, own: Connection, batch_id: UUID) -> None:
        if self.stopping():
            return
        async with own.transaction():
            batch = await hold(own, batch_id, "rehearsing")
            if batch["progress"] == 0:
                raise Unusable("empty")
            await own.execute(READY, batch_id)
            await tell(own, batch["workspace_id"], batch["coupon_id"], self.clock.now())
        self.told()

    async def _refuse(self, own: Connection, batch_id: UUID, error: Unusable) -> None:
        async with own.transaction():
            batch = await hold(own, batch_id, "rehearsing")
            await own.execute(REFUSE, batch_id, error.code, self.clock.now())
            await own.execute("DELETE FROM rejected_code WHERE batch_id = $1", batch_id)
            await tell(own, batch["workspace_id"], batch["coupon_id"], self.clock.now())
        await asyncio.to_thread(remove, path_of(self.data_dir, batch_id))
        self.told()

    async def _lose(self, own: Connection, batch_id: UUID, error: Unusable) -> None:
        """The file went away after the rehearsal: nothing of it stays."""
        await own.execute(
            "UPDATE code_batch SET state = 'discarding', problem = $2 WHERE id = $1 AND state = 'committing'",
            batch_id,
            error.code,
        )


def _older_than(folder: Path, instant: float) -> dict[UUID, Path]:
    """Return the uploads last written before `instant`, by the id of their batch."""
    return {
        UUID(path.stem): path for path in folder.glob("*.upload") if path.stat().st_mtime < instant
    }


def _pass_over(rows: Iterator[Checked], count: int) -> None:
    for _ in islice(rows, count):
        pass


async def _lock(own: Connection, workspace_id: UUID) -> bool:
    return bool(
        await own.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", LOCK, str(workspace_id))
    )


STAGES: dict[str, Callable[[Importer, Connection, UUID], Awaitable[None]]] = {
    "rehearsing": Importer.rehearse,
    "committing": Importer.commit,
    "generating": Importer.print_codes,
    "discarding": Importer.discard,
    "taking_back": Importer.take_back,
}
