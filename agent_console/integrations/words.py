"""Words for kinds of events, states of addresses, why a call failed, and what tokens may do."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.i18n import mark
from team.tokens import Scope
from team.webhooks.kinds import Kind
from team.webhooks.queue import DELIVERED, GIVEN_UP, WAITING

KINDS: Mapping[str, str] = {
    Kind.MESSAGE_RECEIVED: mark("a customer wrote"),
    Kind.MESSAGE_SENT: mark("a message was sent"),
    Kind.MESSAGE_FAILED: mark("a message was not sent, or may not have arrived"),
    Kind.CONVERSATION_ASSIGNED: mark("a conversation was assigned"),
    Kind.CONVERSATION_CLOSED: mark("a conversation was closed"),
    Kind.CONTACT_CREATED: mark("somebody wrote for the first time"),
    Kind.CONTACT_BLOCKED: mark("a customer was blocked"),
    Kind.CONTACT_UNBLOCKED: mark("a customer was unblocked"),
    Kind.CONTACT_MERGED: mark("two customers became one"),
    Kind.CONTACT_SEPARATED: mark("a merged customer was taken out again"),
    Kind.CLAIM_ISSUED: mark("a customer got a coupon"),
    Kind.CLAIM_OPENED: mark("a coupon was opened for the first time"),
    Kind.CLAIM_REDEEMED: mark("a coupon was redeemed"),
    Kind.CLAIM_UNDONE: mark("a redemption was taken back"),
    Kind.CLAIM_VOIDED: mark("a coupon was revoked"),
    Kind.CLAIM_RELEASED: mark("a coupon went back to stock, for its card could not be delivered"),
    Kind.TEST: mark("test"),
}
STATES: Mapping[str, str] = {
    "active": mark("working"),
    "failing": mark("failing"),
    "paused": mark("paused"),
}
PILLS: Mapping[str, str] = {
    "active": "pill-ok",
    "failing": "pill-paused",
    "paused": "pill-off",
}
EVENT_STATES: Mapping[int, str] = {
    WAITING: mark("not sent yet"),
    DELIVERED: mark("delivered"),
    GIVEN_UP: mark("given up"),
}
ERRORS: Mapping[str, str] = {
    "timeout": mark("No answer within 15 seconds"),
    "not_public": mark("The address leads into a private network"),
    "not_https": mark("The address is not https, and is no longer allowed without"),
    "unknown_host": mark("There is no server of this name"),
    "certificate": mark("The server's certificate cannot be trusted"),
    "bad_address": mark("The address cannot be called"),
    "no_connection": mark("The server cannot be reached"),
    "broken_off": mark("The connection was broken off"),
    "key": mark("The secret cannot be read: whoever runs the server has changed its key"),
}
SCOPES: Mapping[str, str] = {
    Scope.CLAIMS_WRITE: mark("give coupons"),
    Scope.REDEMPTIONS_READ: mark("look coupons up"),
    Scope.REDEMPTIONS_WRITE: mark("redeem, hold and undo"),
}
# Sentences of the actions that these pages show.
SENTENCES = (
    mark("Write a whole address, like https://example.com/hooks"),
    mark("The address must begin with https://"),
    mark("Leave user name and password out of the address: the signature proves who calls"),
    mark("This address lies inside a private network: only public ones are called"),
    mark("That is too long: 500 characters at most"),
    mark("Choose at least one kind of event"),
    mark("There are 20 addresses already: remove one first"),
    mark("Name the till or system the token belongs to"),
    mark("Choose at least one thing the token may do"),
    mark("Choose a day after today and within ten years"),
)
