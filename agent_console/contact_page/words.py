"""Words of a contact's page."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.i18n import mark

KINDS: Mapping[str, str] = {
    "": mark("Everything"),
    "message": mark("Messages"),
    "note": mark("Notes"),
    "trail": mark("What was done"),
    "claim": mark("Coupons"),
}
CLAIMS: Mapping[str, str] = {
    "issued": mark("got the coupon %(coupon)s"),
    "opened": mark("opened the coupon %(coupon)s"),
    "redeemed": mark("redeemed the coupon %(coupon)s"),
    "undone": mark("the redemption of %(coupon)s was undone"),
    "expired": mark("the coupon %(coupon)s expired"),
    "released": mark("the coupon %(coupon)s could not be delivered and was taken back"),
    "voided": mark("the coupon %(coupon)s was revoked"),
}
CLAIM_ICONS: Mapping[str, str] = {
    "issued": "gift",
    "opened": "eye",
    "redeemed": "circle-check",
    "undone": "corner-up-left",
    "expired": "clock",
    "released": "corner-up-left",
    "voided": "x",
}
