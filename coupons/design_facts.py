"""A coupon's design as a plain value: what cards, pages and rules need to know of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from coupons.rules.claiming import Offer
from coupons.rules.validity import Span, Validity


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of `coupon`, and the workspace's zone, language and name."""

    id: UUID
    workspace_id: UUID
    name: str
    purpose: str
    state: str
    benefit: str
    benefit_value: Decimal | None
    minimum_spend: Decimal | None
    product: str
    code_mode: str
    code_shape: Any
    code_columns: int
    pack_kind: str
    code_display: str
    fixed_code: str
    code_format: str
    quantity: int | None
    send_from: datetime | None
    send_until: datetime | None
    validity_mode: str
    valid_from: datetime | None
    valid_until: datetime | None
    starts_after_days: int
    lasts_days: int | None
    lasts_minutes: int | None
    per_contact_limit: int | None
    per_contact_daily_limit: int | None
    redemption_limit: int | None
    per_contact_redemption_limit: int | None
    default_quota: int | None
    quota_period: str
    card_text: str
    rules: str
    image_key: str
    image_url: str
    brand_image_key: str
    colour_page: str
    colour_border: str
    colour_button: str
    colour_button_text: str
    button_text: str
    button_url: str
    copy_button: bool
    redeem_mode: str
    notice_limit: str
    notice_sold_out: str
    tag_on_claim: str
    tag_on_open: str
    tag_on_redeem: str
    allow_code_in_chat: bool
    zone: str
    workspace_language: str
    workspace_name: str

    @property
    def counted(self) -> bool:
        """Whether claims take units of stock."""
        return self.code_mode in {"pack", "generated"} or self.quantity is not None

    @property
    def validity(self) -> Validity:
        """The rule of when a claim may be used."""
        return Validity(
            mode=self.validity_mode,
            outer=Span(self.valid_from, self.valid_until),
            starts_after_days=self.starts_after_days,
            lasts_days=self.lasts_days,
            lasts_minutes=self.lasts_minutes,
            zone=self.zone,
        )

    @property
    def sending(self) -> Span:
        """When the coupon may be given out."""
        return Span(self.send_from, self.send_until)

    def offer(self) -> Offer:
        """Return what decides whether it is given out."""
        return Offer(
            purpose=self.purpose, state=self.state, sending=self.sending, validity=self.validity
        )


WORKSPACE = {
    "zone": "w.zone",
    "workspace_language": "w.language",
    "workspace_name": "w.name",
    # A coupon without a brand picture of its own shows the workspace's.
    "brand_image_key": "coalesce(nullif(c.brand_image_key, ''), w.picture_key)",
}
COLUMNS = ", ".join(
    f"{WORKSPACE[name]} AS {name}" if name in WORKSPACE else f"c.{name}"
    for name in Design.__struct_fields__
)
"""The select list of a Design, from `coupon c JOIN workspace w ON w.id = c.workspace_id`."""


def design(row: Any) -> Design:  # noqa: ANN401 (a database record)
    """Return the design of a record that has COLUMNS."""
    return Design(**{name: row[name] for name in Design.__struct_fields__})
