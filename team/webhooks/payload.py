"""The body of an event: what it is, when it happened, whose it is, and its facts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from runtime.ids import uuid7
from team.webhooks.kinds import Kind
from team.webhooks.queue import Happened

VERSION = 1
encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of an event: every field is always there; what does not apply is null or empty."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What happened at `at`: `data` holds no secrets, `key` names it among its kind.

    `since` is the instant from which an address must have asked for the kind to be told; `about` is the
    message, conversation or claim whose change told of it.
    """

    workspace_id: UUID
    kind: Kind
    key: str
    at: datetime
    since: datetime
    about: UUID
    data: Told


def frozen(facts: Facts) -> Happened:
    """Return the event with its body as it will be sent, whenever that is."""
    event_id = uuid7()
    body = {
        "id": event_id,
        "kind": facts.kind,
        "version": VERSION,
        "at": facts.at,
        "workspace_id": facts.workspace_id,
        "data": facts.data,
    }
    return Happened(
        workspace_id=facts.workspace_id,
        kind=facts.kind,
        key=f"{facts.kind}:{facts.key}",
        event_id=event_id,
        body=encode(body).decode(),
        since=facts.since,
    )
