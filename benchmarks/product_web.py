"""The product's intake alone, as `--role web` wires it."""

from __future__ import annotations

import argparse
import asyncio

import uvloop
from aiohttp import web

from channels import registry
from config import logs
from gateway.accounts import AccountBook
from gateway.apps import APPS
from gateway.front import put_before
from gateway.health import Health
from gateway.intake import Intake, connector
from gateway.metrics import Metrics
from gateway.sightings import Sightings
from gateway.webhooks import Webhooks
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.keys import Keyring
from runtime.tasks import Supervisor


async def serve(options: argparse.Namespace) -> None:
    """Run until killed."""
    database = await Database(options.dsn, APPS).open()
    supervisor, metrics, clock = Supervisor(), Metrics(), SystemClock()
    book = AccountBook(database, Keyring(options.secret_key))
    await book.start(supervisor)
    sightings = Sightings()
    sightings.start(supervisor, database.screens)
    intake = Intake(connector(options.dsn), metrics)
    intake.start()
    webhooks = Webhooks(
        book=book,
        channels=registry.load(),
        intake=intake,
        sightings=sightings,
        metrics=metrics,
        clock=clock,
        public_url="http://localhost",
    )
    app = web.Application()
    app.add_routes(webhooks.routes())
    app.add_routes(Health(database, metrics, clock).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    put_before(runner, webhooks)
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    await asyncio.Event().wait()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret-key", required=True)
    options = parser.parse_args()
    logs.configure("warning")
    uvloop.run(serve(options))


if __name__ == "__main__":
    main()
