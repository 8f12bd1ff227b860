"""Orders the templates of published coupons beforehand, so that the first card already finds its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

import structlog

from conversations.channel import Account, Channel, ContentRefused, Shape
from conversations.templates import template_ids
from coupons import cards
from coupons.design_facts import Design
from coupons.queries import published_designs
from coupons.requests import CardPost
from coupons.words import LANGUAGES
from gateway.accounts import AccountBook
from runtime.clock import Clock
from runtime.database import Database
from runtime.ids import token
from runtime.tasks import Supervisor

POLL_S = 2.0
log = structlog.get_logger("templates")


@dataclass
class CouponTemplates:
    """Notes what is missing; gateway.templates makes it."""

    db: Database
    accounts: AccountBook
    channels: Mapping[str, Channel]
    base_url: str
    clock: Clock
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to look."""
        self.supervisor.start("coupon templates", self._loop)

    async def _loop(self) -> None:
        ordered: set[tuple[UUID, str]] = set()
        while not self.supervisor.stopping.is_set():
            ordered |= await self.order(ordered)
            await self.supervisor.pause(POLL_S)

    async def order(
        self, ordered: AbstractSet[tuple[UUID, str]] = frozenset()
    ) -> set[tuple[UUID, str]]:
        """Note what published coupons need beyond `ordered` as to be made; return what was new."""
        wanted = dict(self.shapes(await published_designs(self.db.screens)))
        new = {key: shape for key, shape in wanted.items() if key not in ordered}
        if new:
            async with self.db.transaction() as tx:
                await template_ids(tx, new, self.clock.now())
            log.debug("templates ordered", count=len(new))
        return set(new)

    def shapes(self, designs: Iterable[Design]) -> Iterable[tuple[tuple[UUID, str], Shape]]:
        """Return each shape that a card of `designs` may need, in every language of our cards."""
        accounts = list(self.accounts.all())
        for design in designs:
            for account in accounts:
                if account.workspace_id == design.workspace_id:
                    yield from self._of(design, account)

    def _of(self, design: Design, account: Account) -> Iterable[tuple[tuple[UUID, str], Shape]]:
        channel = self.channels[account.channel]
        url = cards.claim_url(self.base_url, token())
        for lang in LANGUAGES:
            card = cards.card(
                design, url=url, base_url=self.base_url, lang=lang, code="", post=CardPost()
            )
            try:
                parts = channel.parts(card)
            except ContentRefused:
                continue
            for part in parts:
                shape = channel.shape(part)
                if shape is not None:
                    yield (account.id, shape.hash), shape
