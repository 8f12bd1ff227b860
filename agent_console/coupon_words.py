"""The words that coupons' screens show for codes and states."""

from __future__ import annotations

from runtime.i18n import mark

STATES = {
    "draft": mark("draft"),
    "preparing": mark("being prepared"),
    "published": mark("published"),
    "paused": mark("paused"),
    "ended": mark("ended"),
    "archived": mark("archived"),
}
STATE_ICONS = {
    "draft": "pencil",
    "preparing": "clock",
    "published": "circle-check",
    "paused": "lock",
    "ended": "clock",
    "archived": "trash",
}
PURPOSES = {
    "service": mark("service"),
    "sales": mark("sales"),
    "marketing": mark("marketing"),
}
BENEFITS = {
    "generic": mark("generic coupon"),
    "discount": mark("discount"),
    "cash_value": mark("money off"),
    "gift": mark("gift"),
    "group_buy": mark("group purchase"),
    "points": mark("points"),
    "cash": mark("cash"),
    "external": mark("coupon of a third party"),
}
CODE_MODES = {
    "fixed": mark("one code for everybody"),
    "pack": mark("imported codes"),
    "generated": mark("codes made beforehand"),
    "random": mark("a code made for each claim"),
}
CODE_FORMATS = {
    "": mark("as text only"),
    "qr": "QR code",
    "code_39": "CODE 39",
    "code_128": "CODE 128",
    "ean_13": "EAN-13",
}
REDEEM_MODES = {
    "none": mark("not on the customer's page"),
    "self": mark("by the customer's own button"),
    "pin": mark("by staff, with their code"),
}
PERIODS = {
    "total": mark("in total"),
    "day": mark("a day"),
    "week": mark("a week"),
    "month": mark("a month"),
}
TRIGGERS = {
    "keyword": mark("keyword"),
    "follow": mark("new friend"),
    "button": mark("button"),
    "postback": mark("button"),
    "referral": mark("link into the chat"),
    "console": mark("sent by a member"),
    "link": mark("promotion link"),
    "promotion": mark("promotion link"),
    "api": mark("API"),
    "flow": mark("bot"),
    "broadcast": mark("broadcast"),
    "test": mark("test"),
}
SPANS = {
    "claimed": mark("Claimed"),
    "opened": mark("Opened"),
    "redeemed": mark("Redeemed"),
}
