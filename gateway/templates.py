"""Makes templates on the platforms in the background, so that sending only fills in their values."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from conversations.channel import SendError
from conversations.templates import Due, claim_due, made, not_made
from gateway.clients import Clients
from runtime.clock import Clock
from runtime.database import Database
from runtime.tasks import Supervisor

POLL_S = 1.0
CALL_S = 15.0
HOLD = timedelta(seconds=60)
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 3600
log = structlog.get_logger("templates")


@dataclass
class TemplateWorker:
    """Creates one template at a time; one that the platform refuses is tried with growing waits."""

    db: Database
    clients: Clients
    clock: Clock
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to create."""
        self.supervisor.repeat("templates", self.round, POLL_S)

    async def round(self) -> bool:
        """Create the template that is due first; says whether there was one."""
        async with self.db.transaction(self.db.sends) as tx:
            due = await claim_due(tx, self.clock.now(), HOLD)
        if due is None:
            return False
        answer = await self._create(due)
        async with self.db.transaction(self.db.sends) as tx:
            if isinstance(answer, str):
                await made(tx, due, answer)
            else:
                wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (due.tries - 1))
                again = self.clock.now() + timedelta(seconds=wait)
                await not_made(tx, due, answer.agent_text or answer.code, again)
        return True

    async def _create(self, due: Due) -> str | SendError:
        account = self.clients.account_of(due.account_id)
        if account is None:
            return SendError(code="no_account", agent_text="The account is gone")
        try:
            async with asyncio.timeout(CALL_S):
                return await self.clients.client(account).create_template(due.shape)
        except TimeoutError:
            # A template made twice does no harm: the one whose id we learn is used.
            return SendError(code="timeout", agent_text="The platform did not answer in time")
        except Exception:
            log.exception("template not made", account=repr(account))
            return SendError(code="error", agent_text="Something went wrong")
