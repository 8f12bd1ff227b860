"""`tessera demo`: seed the demo workspace."""

from __future__ import annotations

import argparse

from config.settings import Settings
from gateway.demo import follow_address, seed
from gateway.site import open_site, refuse_public_demo
from runtime.errors import Invalid


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    demo = choices.add_parser("demo", help="seed the demo workspace into an empty installation")
    demo.set_defaults(run=run)


async def run(_: argparse.Namespace, settings: Settings) -> int:
    """Seed, and say how to sign in."""
    async with open_site(settings) as site:
        if not await seed(site):
            raise Invalid(
                "demo", "There is a workspace already; the demo wants an empty installation"
            )
        await follow_address(site)
        await refuse_public_demo(site)
    print(
        f"The demo is ready. Sign in at {settings.base_url}/console as ann@demo.example (tessera-demo)."
    )
    return 0
