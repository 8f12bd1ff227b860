"""What the conformance suite needs to play the platform: see tests.channels.harness.Samples."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from conversations.channel import Account
from tests.channels.meta_graph.samples import START_MS, MetaSamples, meta_json, sign

__all__ = ["START_MS", "meta_json", "sign"]

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
CUSTOMER = "5012345678901234"
ACCOUNT = Account(
    id=UUID("018f3d2a-0000-7000-8000-0000000000a1"),
    workspace_id=UUID("018f3d2a-0000-7000-8000-0000000000b1"),
    channel="instagram",
    name="demo",
    external_id="17841400000000001",
    secret="b2f1c07e5d9a4c31a7e8d64c0f35e912",
    token="EAAGtestTokenThatOpensNothing0123456789",
    verify_token="a-word-of-our-own",
    address="teahouse.taipei",
)

_SHARED = MetaSamples("instagram", ACCOUNT, CUSTOMER, FIXTURES)
body_of, body_with, item = _SHARED.body_of, _SHARED.body_with, _SHARED.item
unknown_event_body, text_body = _SHARED.unknown_event_body, _SHARED.text_body
batch_body, duplicate_body = _SHARED.batch_body, _SHARED.duplicate_body
