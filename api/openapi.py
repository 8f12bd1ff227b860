"""The API described as OpenAPI 3.1, made from the very types that requests are read with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from api import claims, wishes
from api.webhooks import SHAPES, webhooks
from coupons.errors import Refusal
from team.tokens import Scope

REF: Final = "#/components/schemas/{name}"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}


KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each new wish. The same key brings the same answer for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]{1,120}$"},
}
PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `code` is the stable word; coupons' refusals have the listed ones.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": [refusal.value for refusal in Refusal]},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "field": {"type": "string", "description": "422: which field is wrong; empty: the whole."},
        "scope": {"type": "string", "description": "403: which scope the token lacks."},
        "redeemed": _ref("Earlier"),
    },
}
TOLD: Mapping[int, str] = {
    400: "Not JSON, or no Idempotency-Key",
    401: "No valid token",
    403: "The token lacks the scope, or the store is not its own",
    404: "No such coupon, contact or claim",
    409: "Refused; `code` says why",
    413: "Over 64 KiB",
    415: "Not application/json",
    422: "A field is wrong; `field` names it",
    429: "Too many requests; wait for Retry-After seconds",
    500: "Something went wrong here; repeat with the same Idempotency-Key",
}


def document(base_url: str) -> dict[str, Any]:
    """Return the description, for the installation at `base_url`."""
    asked: Sequence[Any] = [claims.NewClaim, claims.ClaimMade, *wishes.WISHES, *wishes.TOLD]
    shapes = [*asked, *dict.fromkeys(SHAPES.values())]
    _, components = msgspec.json.schema_components(shapes, ref_template=REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tessera",
            "version": "1",
            "description": "Give coupons to customers and redeem them at the till.",
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"bearer": []}],
        "paths": {
            "/claims": {"post": _claims()},
            "/redemptions": {"post": _redemptions()},
        },
        "webhooks": webhooks(REF),
        "components": {
            "schemas": {**components, "Problem": PROBLEM},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"Scopes: {', '.join(Scope)}. An admin makes tokens.",
                }
            },
        },
    }


def _claims() -> dict[str, Any]:
    return {
        "operationId": "createClaim",
        "summary": "Give a coupon to a contact",
        "description": f"Scope {Scope.CLAIMS_WRITE}.",
        "parameters": [KEY],
        "requestBody": _body(_ref("NewClaim")),
        "responses": {"201": _json("The claim", _ref("ClaimMade")), **_problems()},
    }


def _redemptions() -> dict[str, Any]:
    asked = [_ref(shape.__name__) for shape in wishes.WISHES]
    return {
        "operationId": "redeem",
        "summary": "Look up, hold, confirm, release, redeem or undo",
        "description": f"Scope {Scope.REDEMPTIONS_READ}; all but looking up needs {Scope.REDEMPTIONS_WRITE} too.",
        "parameters": [KEY],
        "requestBody": _body({"oneOf": asked, "discriminator": {"propertyName": "action"}}),
        "responses": {
            "200": _json("What became of it", {"oneOf": [_ref(s.__name__) for s in wishes.TOLD]}),
            **_problems(),
        },
    }


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _json(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems() -> dict[str, Any]:
    schema = {"application/problem+json": {"schema": _ref("Problem")}}
    return {
        str(status): {"description": description, "content": schema}
        for status, description in TOLD.items()
    }
