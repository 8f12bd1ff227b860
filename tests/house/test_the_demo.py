"""`bin/run` from its first start to Ctrl-C and its second start, as a newcomer sees it."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from coupons.rules.codes import ean13_check
from gateway.demo import MEMBERS, PASSWORD, PRESENCES
from runtime.postgres import NOBODY, EmbeddedPostgres
from tests.clusters import prepare
from tests.house.command_line import ROOT, Tessera, environment, one_line
from tests.ports import free_port

PROMISED = {
    "ann@demo.example": "admin",
    "sue@demo.example": "service_agent",
    "ken@demo.example": "supervisor",
    "ray@demo.example": "verifier",
    "mia@demo.example": "marketer",
    "leo@demo.example": "seller",
}
JOURNEY = """
SELECT i.request_id, array_agg(DISTINCT m.direction ORDER BY m.direction) AS directions
FROM inbox i JOIN message m ON m.request_id = i.request_id WHERE m.claim_id IS NOT NULL OR m.direction = 'in'
GROUP BY 1
"""
SENT = 'tessera_deliveries_total{{channel="{}",outcome="sent"}}'
FIRST_START_S = 300
# What a fresh clone has not, and what is too large to copy.
LEFT_OUT = (
    ".git",
    ".venv",
    "node_modules",
    "var",
    "test-postgres*",
    "*cache*",
    "screenshots",
    "tests",
    "docs",
)
STOP_S = 60


class House:
    """The demo's data folder, port and command line; `root` is the tree it is run from, `user` the words
    that make it somebody else's process.
    """

    def __init__(self, folder, root=ROOT, user=()):
        self.program = (*user, root / "bin" / "run")
        with free_port() as taken:
            self.port = taken.getsockname()[1]
            with free_port() as another:
                self.other_port = another.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.tessera = Tessera(folder)

    @asynccontextmanager
    async def open(self, *, stop=signal.SIGINT):
        """Run `bin/run`; yields what it printed, and stops it as Ctrl-C does, with its database."""
        async with self.running(stop=stop) as said:
            yield said
        assert EmbeddedPostgres(self.tessera.folder).pid() is None

    @asynccontextmanager
    async def running(self, *arguments, stop=signal.SIGTERM, port=None):
        """Run `bin/run` with `arguments`; yields what it printed, and stops it."""
        settings = {"LOG": "error", "PUBLIC_URL": self.url}
        process = await asyncio.create_subprocess_exec(
            *self.program,
            *arguments,
            env=environment(self.tessera.folder, PORT=str(port or self.port), **settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield await self._announced(process.stdout)
            process.send_signal(stop)
            async with asyncio.timeout(STOP_S):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _announced(self, output):
        lines = []
        async with asyncio.timeout(FIRST_START_S):
            while not lines or "Ctrl-C" not in lines[-1]:
                line = await output.readline()
                assert line, lines
                lines.append(line.decode())
        return "".join(lines)

    @asynccontextmanager
    async def database(self):
        """Look into the running demo's database."""
        connection = await asyncpg.connect(EmbeddedPostgres(self.tessera.folder).dsn())
        try:
            yield connection
        finally:
            await connection.close()

    async def phones(self, http):
        """Return the simulator's accounts by channel."""
        async with http.get(f"{self.url}/simulator/api/accounts") as answer:
            return {row["channel"]: row for row in await answer.json()}

    async def say(self, http, account, text):
        """Write on an account's phone, and wait until something comes back; return it."""
        where = f"{self.url}/simulator/api/accounts/{account['id']}"
        async with http.get(f"{where}/phone") as answer:
            shown = await answer.json()
        said = {"customer": shown["customer"]["external_id"], "action": "say", "text": text}
        before = len(shown["messages"])
        async with http.post(f"{where}/do", json=said) as answer:
            assert answer.status == 200, await answer.text()
        async with asyncio.timeout(60), http.get(f"{self.url}/simulator/api/live") as live:
            async for _ in live.content:
                async with http.get(f"{where}/phone") as answer:
                    now = (await answer.json())["messages"][before:]
                if came := [one for one in now if one["direction"] == "out"]:
                    return came
        raise AssertionError("the stream of the phones ended")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("tea") / "var")


@pytest.mark.timeout(900)
async def test_a_newcomers_first_hour(house):
    run = house.tessera
    async with house.open() as said, aiohttp.ClientSession(headers={"Origin": house.url}) as http:
        assert_everything_is_told(house, said)
        await assert_every_page_is_protected(house, http)
        phones = await house.phones(http)
        for presence in PRESENCES:
            await house.say(http, phones[presence.channel], "latte")
        await assert_all_is_counted(house, http)
        await assert_one_name_follows_a_message(house)
        await assert_an_answer_is_named_too(house)
        assert_events_are_printed(run)
        assert_members_are_the_named_ones(run)
        assert_coupons_are_kept_by_commands(run)
        line = one_line(run("demo"))
        assert "empty installation" in line
        line = one_line(run("serve", HOST="0.0.0.0", PORT="0"))  # noqa: S104 (refused: that is the test)
        assert "TESSERA_DEMO_PUBLIC" in line
        line = one_line(run("serve", PORT=str(house.port)))
        assert f"Port {house.port}" in line
        assert "TESSERA_PORT" in line
    assert len(claims(run)) == len(PRESENCES)
    async with house.open(stop=signal.SIGTERM) as said:
        assert_everything_is_told(house, said)
        assert len(claims(run)) == len(PRESENCES)


@pytest.mark.timeout(900)
async def test_two_processes_share_the_work_of_one(tmp_path):
    """One answers webhooks, the other works and sends; either may be the last to leave."""
    house = House(tmp_path / "var")
    await prepare(house.tessera.folder)
    async with (
        house.running("--role", "web"),
        aiohttp.ClientSession(headers={"Origin": house.url}) as http,
    ):
        async with house.running("--role", "worker", port=house.other_port) as said:
            assert f"http://127.0.0.1:{house.other_port}/metrics" in said
            phones = await house.phones(http)
            [card] = await house.say(http, phones["line"], "latte")
            assert "/c/" in str(card["body"])
            await assert_a_worker_tells_of_its_work(house, http)
            async with house.running("--role", "worker") as told:
                [line] = [line for line in told.splitlines() if "taken" in line]
                assert line.startswith(f"Port {house.port} on 127.0.0.1 is taken")
                assert line.endswith("working without /healthz, /readyz and /metrics")
        assert EmbeddedPostgres(house.tessera.folder).pid()
    assert EmbeddedPostgres(house.tessera.folder).pid() is None


async def metrics_with(http, url, *lines):
    """Read /metrics until they tell of `lines`: a phone has a card before its sending is counted."""
    text = ""
    async with asyncio.timeout(60):
        while not all(line in text for line in lines):
            async with http.get(f"{url}/metrics") as answer:
                text = await answer.text()
    return text


async def assert_a_worker_tells_of_its_work(house, http):
    url = f"http://127.0.0.1:{house.other_port}"
    for path in ("/healthz", "/readyz"):
        async with http.get(url + path) as answer:
            assert answer.status == 200
    text = await metrics_with(http, url, SENT.format("line"))
    assert "tessera_claims_total" in text
    async with http.get(f"{url}/console/login") as answer:
        assert answer.status == 404


@pytest.fixture
def open_folder():
    """A folder below none that only one user may enter."""
    with tempfile.TemporaryDirectory(prefix="tessera-tree-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_user_without_any_rights_runs_it_from_a_tree_of_their_own(open_folder, monkeypatch):
    """As root the other tests of this file run as root, where PostgreSQL needs a namespace of its own."""
    tree = open_folder / "tessera"
    shutil.copytree(ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (open_folder / "home").mkdir()
    monkeypatch.setenv("HOME", str(open_folder / "home"))
    house = House(tree / "var", tree, as_nobody(tree))
    async with house.open() as said, aiohttp.ClientSession(headers={"Origin": house.url}) as http:
        assert_everything_is_told(house, said)
        phones = await house.phones(http)
        [card] = await house.say(http, phones["line"], "latte")
        assert "/c/" in str(card["body"])
    assert tree.stat().st_uid == (tree / "var" / "postgres").stat().st_uid


def as_nobody(tree):
    """Give the tree a Python environment and to nobody; return the words that run a program as they.

    None where this is not root, who alone can become somebody else, or where no Python is for everybody.
    """
    words = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    words = words if os.geteuid() == 0 else ()
    for python in filter(None, (shutil.which("python3", path="/usr/bin"), sys.executable)):
        made = subprocess.run(  # noqa: S603 (a Python makes an environment)
            [python, "-m", "venv", "--clear", "--without-pip", tree / ".venv"], check=False
        )
        for packages in (tree / ".venv").glob("lib/python3*/site-packages"):
            (packages / "shared.pth").write_text(sysconfig.get_path("purelib"))
        tried = [*words, tree / ".venv" / "bin" / "python", "-c", "import aiohttp, asyncpg"]
        if made.returncode == 0 and subprocess.run(tried, check=False).returncode == 0:  # noqa: S603 (the same one)
            break
    else:
        return ()
    for path in (tree.parent, *tree.parent.rglob("*")) if words else ():
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return words


def assert_everything_is_told(house, said):
    for words in (f"{house.url}/console", f"{house.url}/simulator", PASSWORD, "4821", *PROMISED):
        assert words in said


async def assert_every_page_is_protected(house, http):
    pages = ("/", "/console/login", "/simulator", "/c/unknown", "/healthz", "/readyz", "/metrics")
    for path in (*pages, "/console/nothing", "/nothing"):
        async with http.get(house.url + path) as answer:
            assert answer.status < 500, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, path
            policy = answer.headers.get("Content-Security-Policy", "")
            if answer.content_type == "text/html":
                assert "frame-ancestors 'none'" in policy, path
                assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


async def assert_all_is_counted(house, http):
    sent = [SENT.format(presence.channel) for presence in PRESENCES]
    text = await metrics_with(http, house.url, *sent)
    for presence in PRESENCES:
        line = f'tessera_intake_events_total{{channel="{presence.channel}",outcome="taken"}}'
        assert line in text
    assert 'tessera_claims_total{outcome="issued"} 4.0' in text
    assert "tessera_inbox_lag_seconds" in text


async def assert_one_name_follows_a_message(house):
    """The webhook's name stands on the event, the customer's message and the card sent for it."""
    async with house.database() as database:
        rows = await database.fetch(JOURNEY)
    assert len(rows) == len(PRESENCES)
    for row in rows:
        assert row["request_id"]
        assert row["directions"] == ["in", "out"]


async def assert_an_answer_is_named_too(house):
    async with aiohttp.ClientSession(headers={"Origin": house.url}) as http:
        form = {"email": "ann@demo.example", "password": PASSWORD}
        async with http.post(f"{house.url}/console/login", data=form) as answer:
            assert answer.status == 200
        async with house.database() as database:
            chat = await database.fetchval("SELECT id FROM conversation ORDER BY id LIMIT 1")
            form = {"text": "Good day", "form_id": "a-form-of-ours"}
            async with http.post(f"{house.url}/console/inbox/{chat}/reply", data=form) as answer:
                assert answer.status == 200
            named = await database.fetchval(
                "SELECT request_id FROM message WHERE direction = 'out' AND author = 'member' AND conversation_id = $1",
                chat,
            )
    assert len(named) == 32


def assert_events_are_printed(run):
    for presence in PRESENCES:
        events = run.rows("events", "--account", f"{presence.channel}/demo")
        [latte] = [event for event in events if event.get("text") == "latte"]
        assert latte["account"] == f"{presence.channel}/demo"
        assert (latte["kind"], latte["message_type"]) == ("message", "text")
        assert latte["contact_external_id"]
        assert latte["external_event_id"]
        assert latte["external_message_id"]


def assert_members_are_the_named_ones(run):
    roles = {str(row["email"]): row["role"] for row in run.rows("member", "list")}
    assert roles.items() >= PROMISED.items()
    assert roles == {email: role for email, _, role in MEMBERS}


def claims(run):
    """Return the claims of the demo's pack as the export tells them."""
    done = run("claims", "export", "Latte 50")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def assert_coupons_are_kept_by_commands(run):
    rows = claims(run)
    assert {row["state"] for row in rows} == {"issued"}
    assert len({row["code"] for row in rows}) == len(PRESENCES)
    assert "no coupon" in one_line(run("claims", "export", "Nothing"))
    assert "Cannot read" in one_line(run("codes", "import", "Latte 50", "no/such/file"))
    codes = run.folder.parent / "codes.txt"
    codes.write_text(f"471999999999{ean13_check('471999999999')}\nnot an EAN\n")
    loaded = run("codes", "import", "Latte 50", str(codes))
    assert "1 imported, 1 rejected" in loaded.stdout
    assert loaded.stderr.startswith("line 2: 'not an EAN'")
    again = run("codes", "import", "Latte 50", str(codes))
    assert (again.returncode, again.stdout) == (1, "")
    assert "tessera: None of 2 codes in" in again.stderr.splitlines()[-1]
    codes.write_text("\n\n")
    assert "holds no code" in one_line(run("codes", "import", "Latte 50", str(codes)))
    assert {row["name"] for row in run.rows("audit")} >= {"Latte 50"}
    assert run.rows("inbox", "list") == []
    assert "0 events" in run("inbox", "retry").stdout
