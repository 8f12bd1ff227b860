"""The API does what its description says: checked with requests that schemathesis makes up from it."""

from __future__ import annotations

import asyncio

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import PATH
from api.openapi import document
from api.webhooks import SHAPES
from api.wishes import WISHES
from runtime.ids import uuid7
from team.tokens import Scope
from team.webhooks.kinds import Kind
from tests.coupons.shop import BASE

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
]
EXAMPLES = 60


@pytest.fixture
def api_rate():
    """As many requests as the made-up ones need."""
    return 1_000_000


async def test_the_description_is_served_to_everybody(served):
    response = await served.get(PATH + "/openapi.json")
    told = await response.json()
    assert (response.status, told["openapi"]) == (200, "3.1.0")
    assert set(told["paths"]) == {"/claims", "/redemptions"}
    assert told["servers"] == [{"url": BASE + PATH}]


def test_every_instant_is_described_as_a_date_with_a_time():
    schemas = document("https://shop.example")["components"]["schemas"]
    instants = {
        (shape, name): field
        for shape, told in schemas.items()
        for name, field in told.get("properties", {}).items()
        if name == "at" or name.endswith(("_at", "_from", "_until"))
    }
    assert {("ToldClaim", "valid_until"), ("Held", "expires_at")} < set(instants)
    for place, field in instants.items():
        kinds = [one for one in field.get("anyOf", [field]) if one != {"type": "null"}]
        assert [one.get("format") for one in kinds] == ["date-time"], place


def test_every_action_and_every_field_stands_in_the_description():
    schemas = document("https://shop.example")["components"]["schemas"]
    for shape in WISHES:
        told = schemas[shape.__name__]
        assert set(told["properties"]) == {*shape.__struct_fields__, "action"}
        assert told["additionalProperties"] is False


def test_every_kind_of_event_is_described_with_all_its_fields():
    """That real bodies are as described is held where they are made (tests/gateway/hooks)."""
    told = document(BASE)
    schemas = told["components"]["schemas"]
    assert set(told["webhooks"]) == {str(kind) for kind in Kind}
    for kind, shape in SHAPES.items():
        event = told["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"][
            "schema"
        ]
        assert event["properties"]["kind"] == {"const": str(kind)}
        assert event["properties"]["data"]["$ref"].endswith(f"/{shape.__name__}")
        assert set(schemas[shape.__name__]["required"]) == set(shape.__struct_fields__)


async def test_what_nobody_foresaw_is_a_described_problem_without_its_insides(shop, till):
    caller = await till()
    body = {"coupon_id": str(uuid7()), "contact": str(uuid7())}
    await shop.db.screens.execute("ALTER TABLE contact RENAME TO contact_gone")
    try:
        response, told = await caller.post("/claims", body)
    finally:
        await shop.db.screens.execute("ALTER TABLE contact_gone RENAME TO contact")
    assert (response.status, response.content_type) == (500, "application/problem+json")
    assert told["code"] == "error"
    assert "contact_gone" not in told["detail"]
    for path in document(BASE)["paths"].values():
        assert "500" in path["post"]["responses"]


async def test_what_a_refusal_adds_is_described(shop, till):
    claim = (await shop.claim(await shop.coupon(), await shop.customer())).claim
    caller = await till(store="Xinyi", scopes=[Scope.REDEMPTIONS_READ, Scope.REDEMPTIONS_WRITE])
    await caller.ask("redeem", number=claim.number)
    _, again = await caller.ask("redeem", number=claim.number)
    _, scope = await caller.post("/claims", {})
    _, field = await caller.ask("redeem")
    known = document(BASE)["components"]["schemas"]
    for told in (again, scope, field):
        assert set(told) <= set(known["Problem"]["properties"])
    assert set(again["redeemed"]) == set(known["Earlier"]["properties"])


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("path", ["/claims", "/redemptions"])
async def test_made_up_requests_are_answered_as_described(shop, served, till, path, mode):
    caller = await till(store="Xinyi")
    base = str(served.make_url(PATH))
    headers = {"Authorization": f"Bearer {caller.token}"}
    await asyncio.to_thread(_try, base, path, mode, headers)


def _try(base, path, mode, headers):
    schema = schemathesis.openapi.from_dict(document(base.removesuffix(PATH)))
    operation = schema[path]["POST"]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        if "Idempotency-Key" in (case.headers or {}) and mode is GenerationMode.POSITIVE:
            case.headers["Idempotency-Key"] = uuid7().hex
        case.call_and_validate(base_url=base, headers=headers, checks=CHECKS)

    ask()
