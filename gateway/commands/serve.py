"""`tessera serve`: run the process until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import socket
import sys
from contextlib import AsyncExitStack

from aiohttp import web

from agent_console.app import require_assets
from config import logs
from config.settings import Settings, SettingsError
from coupons.demo import PIN
from gateway.app import build, build_health
from gateway.demo import MEMBERS, PASSWORD, follow_address, seed
from gateway.front import put_before
from gateway.parts import Parts, running
from gateway.proxies import networks
from gateway.site import Site, open_site, refuse_public_demo

SHUTDOWN_S = 3.0


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    serve = choices.add_parser("serve", help="run the server")
    serve.add_argument("--role", choices=("all", "web", "worker"), default="all")
    serve.add_argument(
        "--demo", action="store_true", help="seed the demo into an empty installation"
    )
    serve.set_defaults(run=run)


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything else starts; raises SettingsError when somebody has it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
        taken.listen(1024)
    except OSError as error:
        taken.close()
        raise SettingsError(
            f"Port {settings.port} on {settings.host} is taken ({error.strerror}); "
            "stop the other program or set TESSERA_PORT"
        ) from error
    taken.settimeout(0)
    return taken


def listen_if_free(settings: Settings) -> socket.socket | None:
    """Take the port for a worker's health and metrics; without it the worker works all the same."""
    try:
        return listen(settings)
    except SettingsError as error:
        print(f"{error}; working without /healthz, /readyz and /metrics", file=sys.stderr)
        return None


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM, then finish within ten seconds."""
    logs.configure(settings.log)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        port = None
        if chosen.role != "worker":
            require_assets()
            port = listen(settings)
        else:
            port = listen_if_free(settings)
        if port is not None:
            stack.callback(port.close)
        site = await stack.enter_async_context(open_site(settings))
        if chosen.demo:
            await seed(site)
        if settings.simulator and chosen.role != "worker":
            await follow_address(site)
        await refuse_public_demo(site)
        await _serve(site, chosen.role, port, stop)
    return 0


async def _serve(site: Site, role: str, port: socket.socket | None, stop: asyncio.Event) -> None:
    async with running(site, role) as parts:
        spare_the_collector()
        if port is None:
            print("Working. Ctrl-C stops.", file=sys.stderr)
            await stop.wait()
            return
        runner = await _runner(site, role, parts)
        try:
            await web.SockSite(runner, port, shutdown_timeout=SHUTDOWN_S).start()
            if role == "worker":
                host, number = port.getsockname()[:2]
                told = f"Health and metrics: http://{host}:{number}/metrics"
                print(f"Working. {told}\nCtrl-C stops.", file=sys.stderr)
            else:
                await announce(site)
            await stop.wait()
        finally:
            await runner.cleanup()


async def _runner(site: Site, role: str, parts: Parts) -> web.AppRunner:
    """Return what answers on the port: everything, or for a worker its health alone."""
    if role == "worker":
        runner = web.AppRunner(build_health(parts), access_log=None, handle_signals=False)
        await runner.setup()
        return runner
    app, webhooks = build(parts)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    put_before(runner, webhooks, networks(site.settings.trusted_proxies))
    return runner


def spare_the_collector() -> None:
    """Leave what was made at the start out of garbage collections, and collect the rest less often.

    Modules and tables of the start never become garbage; walking them took a tenth of a busy worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def announce(site: Site) -> None:
    """Say where everything is, and how to sign in to the demo."""
    url = site.settings.base_url
    lines = [f"Tessera is ready. Console: {url}/console"]
    if site.settings.simulator:
        lines.append(f"Four phones:  {url}/simulator")
    demo = await site.database.screens.fetchval(
        "SELECT 1 FROM member WHERE email = $1 AND active", MEMBERS[0][0]
    )
    if demo:
        lines += ["", f"Demo logins, password {PASSWORD}:", *_logins()]
        lines += [f"The shop's page is {url}/shop, its staff PIN {PIN}.", ""]
    lines.append("Ctrl-C stops everything.")
    print("\n".join(lines), flush=True)


def _logins() -> list[str]:
    """Return a line for each of the demo's members: who they are at the console, and what."""
    widest = max(len(email) for email, _, _ in MEMBERS)
    return [f"  {email:{widest}}  {role.replace('_', ' ')}" for email, _, role in MEMBERS]
