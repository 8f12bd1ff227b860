"""The words that coupons' screens show for codes and states."""

from __future__ import annotations

from runtime.i18n import mark

# Of one that was never saved.
NEW = mark("Not saved yet")
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
    "generic": mark("general coupon"),
    "discount": mark("discount"),
    "cash_value": mark("money off"),
    "gift": mark("gift"),
    "group_buy": mark("group purchase"),
    "points": mark("points"),
    "cash": mark("cash"),
    "external": mark("coupon of a third party"),
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
VIA = {
    "pin": mark("by PIN"),
    "self": mark("by the customer"),
    "shop": mark("on the shop's page"),
    "pos": mark("at a till"),
}
SPANS = {
    "claimed": mark("Claimed"),
    "opened": mark("Opened"),
    "redeemed": mark("Redeemed"),
}
