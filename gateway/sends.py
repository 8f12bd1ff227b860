"""What blocks of the inbox know of sending: where the calls go that they have begun themselves."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from conversations.departing import Begun
from conversations.outbox import Attempt


class Sends(Protocol):
    """Makes the calls that a block has begun; `lease`: how long they have until others settle them."""

    lease: timedelta

    def room(self, account_id: UUID) -> int:
        """Return how many more calls may begin for an account now, besides all that are expected."""

    def expecting(self) -> AbstractContextManager[Begun]:
        """Be ready, until the end, for `fly`, and keep room for what the counter says has begun."""

    def fly(self, calls: Sequence[Attempt]) -> None:
        """Make calls whose beginning has been committed."""


class NoSends:
    """Makes no calls: whatever is posted is queued."""

    lease = timedelta(0)

    def room(self, account_id: UUID) -> int:  # noqa: ARG002 (no account has any)
        """Return that there is none."""
        return 0

    def expecting(self) -> AbstractContextManager[Begun]:
        """Be ready for nothing."""
        return contextlib.nullcontext(Counter())

    def fly(self, calls: Sequence[Attempt]) -> None:
        """Make none: there are none."""
