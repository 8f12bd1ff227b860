"""Typed keys of the simulator's application."""

from __future__ import annotations

from aiohttp import web

from simulator.world import World

WORLD: web.AppKey[World] = web.AppKey("simulator_world", World)
