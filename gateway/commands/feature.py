"""`tessera feature`: switch a workspace's paid features on or off."""

from __future__ import annotations

import argparse
import json

from config.settings import Settings
from gateway.commands._shared import add_json, only_workspace, show
from gateway.site import open_site
from team.actions.set_feature import set_feature
from team.features import FEATURES, switched_on


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    feature = choices.add_parser("feature", help="switch paid features on or off, or list them")
    feature.add_argument("name", nargs="?", choices=tuple(FEATURES))
    feature.add_argument("state", nargs="?", choices=("on", "off"))
    add_json(feature)
    feature.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Set one feature, or list all."""
    async with open_site(settings) as site:
        workspace = await only_workspace(site)
        if chosen.state:
            on = chosen.state == "on"
            async with site.database.transaction() as tx:
                await set_feature(tx, workspace, chosen.name, site.clock.now(), on=on)
        stored = await site.database.screens.fetchval(
            "SELECT features FROM workspace WHERE id = $1", workspace
        )
    features = stored if isinstance(stored, dict) else json.loads(stored)
    rows = [{"feature": name, "on": name in switched_on(features)} for name in FEATURES]
    show(
        [row for row in rows if chosen.name in {None, row["feature"]}],
        as_json=chosen.json,
        empty="No feature.",
    )
    return 0
