"""Erasing people: what does its steps, wired to everything that knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from conversations.actions.erase_steps import Eraser, Tools
from conversations.channel import Channel
from coupons.actions.erase_claims import erase_from_claims, find_guesses
from gateway.hooks.gatherer import FEED
from gateway.steps import Step
from runtime.database import Connection, Database, Pool
from runtime.media import MediaStore


def eraser(db: Database, store: MediaStore, channels: Mapping[str, Channel]) -> Eraser:
    """Return what does the steps, wired to everything that knows of people."""
    return Eraser(db, Tools(store, channels, InCoupons()))


class InCoupons:
    """What coupons know of people; erased under the lock of what gathers events for webhooks, which are forgotten
    next.
    """

    async def find(self, db: Pool, people: Sequence[UUID]) -> Sequence[str]:
        """Find what takes long to find; only reads."""
        return await find_guesses(db, people)

    async def erase(self, tx: Connection, people: Sequence[UUID], found: Sequence[str]) -> None:
        """Erase it, and what was found."""
        await FEED.wait_for_turn(tx)
        await erase_from_claims(tx, people, found)


async def erase_steps(job: Eraser) -> list[Step]:
    """Return the next step of everybody who is being erased."""
    return [partial(job.step, contact) for contact in await job.waiting()]
