"""What is asked of an account on each channel, as its platform calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from runtime.i18n import mark

SECRET = frozenset({"secret", "token"})


class Asked(msgspec.Struct, frozen=True):
    """One field of the form: its name, its words and a hint where to find it."""

    name: str
    label: str
    hint: str
    optional: bool = False


VERIFY = Asked(
    "verify_token",
    mark("Verify token"),
    mark("Any word; you enter the same one at Meta. This one was made up for you."),
)
# Channels whose platform may sign with further secrets, each with an id of its own.
SHARES_KEYS = frozenset({"whatsapp"})
ASKED: Mapping[str, Sequence[Asked]] = {
    "line": (
        Asked("secret", mark("Channel secret"), mark("LINE Developers console → Basic settings")),
        Asked(
            "token",
            mark("Channel access token"),
            mark("LINE Developers console → Messaging API → Channel access token (long-lived)"),
        ),
    ),
    "messenger": (
        Asked("secret", mark("App secret"), mark("Meta app → App settings → Basic")),
        Asked(
            "token",
            mark("Page access token"),
            mark("Meta app → Messenger → Messenger API settings → Generate access tokens"),
        ),
        VERIFY,
    ),
    "instagram": (
        Asked(
            "secret",
            mark("App secret"),
            mark("Meta app → App settings → Basic; with Instagram login the Instagram app secret"),
        ),
        Asked(
            "token",
            mark("Access token"),
            mark("The linked Page's token, or Instagram → API setup → Generate token"),
        ),
        VERIFY,
    ),
    "whatsapp": (
        Asked(
            "external_id",
            mark("Account SID"),
            mark("Twilio console: AC and 32 characters"),
        ),
        Asked("secret", mark("Auth Token"), mark("Twilio console, beside the Account SID")),
        Asked(
            "token",
            mark("API key (SK…:its secret), or the Auth Token again"),
            mark("Twilio console → API keys & tokens"),
        ),
        Asked(
            "address",
            mark("WhatsApp number"),
            mark("With its country code, +886…; left empty it is learnt from the first message"),
            optional=True,
        ),
    ),
}
