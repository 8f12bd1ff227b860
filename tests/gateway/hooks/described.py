"""Holds the bodies of events to what the API's document says of them."""

from __future__ import annotations

import json

import jsonschema_rs

from api.openapi import document

DOCUMENT = document("https://shop.example")


def validator(kind):
    """Return what checks a body of this kind; formats (uuid, date-time) too."""
    body = DOCUMENT["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]
    whole = {**body["schema"], "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def described(kind, body):
    """Return the body of an event as JSON, once it is what the document says."""
    event = json.loads(body)
    validator(kind).validate(event)
    return event
