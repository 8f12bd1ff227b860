"""The routes of the pretended Graph API, for Messenger and Instagram alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.meta import nodes, send
from simulator.meta.answers import Graph
from simulator.platform import endpoint

if TYPE_CHECKING:
    from aiohttp import web

GRAPH = Graph()
NODE = r"{node:me|\d+}"


def add_routes(router: web.UrlDispatcher) -> None:
    """Mount every endpoint, with and without a version in the path."""
    for prefix in (r"/meta/{version:v\d+\.\d+}", "/meta"):
        router.add_post(f"{prefix}/{NODE}/messages", endpoint(GRAPH, send.send, sends=True))
        router.add_post(f"{prefix}/{NODE}/message_attachments", endpoint(GRAPH, send.upload))
        for edge in ("subscribed_apps", "messenger_profile"):
            router.add_post(f"{prefix}/{NODE}/{edge}", endpoint(GRAPH, nodes.listening))
            router.add_get(f"{prefix}/{NODE}/{edge}", endpoint(GRAPH, nodes.listeners))
        router.add_get(f"{prefix}/{NODE}", endpoint(GRAPH, nodes.node))
    router.add_route("*", "/meta/{rest:.*}", endpoint(GRAPH, nodes.nowhere))
