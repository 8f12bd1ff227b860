"""Words for what each role may do, and for what the forms about people refuse."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.i18n import mark
from team.roles import Right

RIGHTS: Mapping[Right, str] = {
    Right.SIGN_IN: mark("sign in"),
    Right.READ_INBOX: mark("read conversations"),
    Right.WRITE_INBOX: mark("answer customers"),
    Right.ASSIGN: mark("assign conversations to colleagues"),
    Right.SEND_SERVICE_COUPON: mark("send service coupons"),
    Right.SEND_SALES_COUPON: mark("send sales coupons"),
    Right.MANAGE_ACCOUNTS: mark("connect channels"),
    Right.MANAGE_MEMBERS: mark("invite members and change their roles"),
    Right.MANAGE_COUPONS: mark("make and change coupons"),
    Right.MANAGE_QUOTAS: mark("set who may send how many"),
    Right.READ_FIGURES: mark("see figures and records"),
    Right.MANAGE_TILLS: mark("look after tills, PINs and verifiers"),
    Right.REDEEM: mark("redeem coupons at a till"),
    Right.MANAGE_WORKSPACE: mark("change the workspace, its stores and its customers' fields"),
    Right.MANAGE_TAGS: mark("rename, merge and delete tags"),
    Right.SHARE_REPLIES: mark("keep saved replies for everybody"),
    Right.BLOCK_CONTACTS: mark("block and unblock customers"),
    Right.MERGE_CONTACTS: mark("merge customers who are one person, and separate them again"),
    Right.MANAGE_PRIVACY: mark("export and erase a customer's personal data"),
    Right.MANAGE_INTEGRATIONS: mark("connect systems: webhooks and API tokens"),
    Right.READ_AUDIT: mark("read the audit log"),
}
NOT_EMAIL = mark("This is not an e-mail address")
NO_ROLE = mark("Choose a role")
TOO_MANY = mark("Too many tries. Wait %(seconds)s seconds and try again.")
WRONG_CODE = mark(
    "This code does not work. Type the newest one, or a recovery code you have not used yet."
)
# Sentences of the actions that these pages show.
SENTENCES = (
    mark("Use at least 10 characters"),
    mark("Use at most 200 characters"),
    mark("This password is among those guessed first; choose another"),
    mark("Do not use your name, your e-mail address or the workspace's name as the password"),
    mark("This is not your password"),
    mark("This is the password you have; choose another"),
    mark("This code does not work. Wait for the next one and type it"),
    mark("Write your name"),
    mark("This person is a member already"),
    mark("A workspace needs an admin: name another one first"),
    mark("Set up two steps for yourself first"),
    mark("Begin again: the key was not used for an hour"),
    mark("Two steps are on already"),
    mark("Two steps are off"),
)
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Line/", "LINE"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def browser(user_agent: str) -> str:
    """Return the browser's name, "" when it is none we know."""
    return next((name for sign, name in BROWSERS if sign in user_agent), "")


def device(user_agent: str) -> str:
    """Return the device's or system's name, "" when it is none we know."""
    return next((name for sign, name in DEVICES if sign in user_agent), "")
