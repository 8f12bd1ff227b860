"""Roles and what each may do, as one table that screens, actions and tests read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a member is; also the values of `--role`."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    SERVICE_MANAGER = "service_manager"
    SERVICE_AGENT = "service_agent"
    SALES_MANAGER = "sales_manager"
    SELLER = "seller"
    MARKETER = "marketer"
    VERIFIER = "verifier"


class Right(StrEnum):
    """One thing that may be allowed."""

    SIGN_IN = "sign_in"
    READ_INBOX = "read_inbox"
    WRITE_INBOX = "write_inbox"
    ASSIGN = "assign"
    SEND_SERVICE_COUPON = "send_service_coupon"
    SEND_SALES_COUPON = "send_sales_coupon"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_COUPONS = "manage_coupons"
    MANAGE_QUOTAS = "manage_quotas"
    READ_FIGURES = "read_figures"
    MANAGE_TILLS = "manage_tills"
    REDEEM = "redeem"
    MANAGE_WORKSPACE = "manage_workspace"
    MANAGE_TAGS = "manage_tags"
    SHARE_REPLIES = "share_replies"
    BLOCK_CONTACTS = "block_contacts"
    MERGE_CONTACTS = "merge_contacts"
    MANAGE_PRIVACY = "manage_privacy"
    MANAGE_INTEGRATIONS = "manage_integrations"
    READ_AUDIT = "read_audit"


INBOX = frozenset({Right.SIGN_IN, Right.READ_INBOX, Right.WRITE_INBOX})

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.SUPERVISOR: INBOX
    | {
        Right.ASSIGN,
        Right.SEND_SERVICE_COUPON,
        Right.MANAGE_QUOTAS,
        Right.READ_FIGURES,
        Right.MANAGE_TILLS,
        Right.REDEEM,
        Right.MANAGE_TAGS,
        Right.SHARE_REPLIES,
        Right.BLOCK_CONTACTS,
        Right.MERGE_CONTACTS,
    },
    Role.SERVICE_MANAGER: INBOX
    | {
        Right.ASSIGN,
        Right.SEND_SERVICE_COUPON,
        Right.READ_FIGURES,
        Right.SHARE_REPLIES,
        Right.BLOCK_CONTACTS,
        Right.MERGE_CONTACTS,
    },
    Role.SERVICE_AGENT: INBOX | {Right.SEND_SERVICE_COUPON},
    Role.SALES_MANAGER: INBOX
    | {
        Right.ASSIGN,
        Right.SEND_SALES_COUPON,
        Right.READ_FIGURES,
        Right.MANAGE_TILLS,
        Right.REDEEM,
        Right.SHARE_REPLIES,
        Right.BLOCK_CONTACTS,
        Right.MERGE_CONTACTS,
    },
    Role.SELLER: INBOX | {Right.SEND_SALES_COUPON, Right.REDEEM},
    Role.MARKETER: frozenset(
        {
            Right.SIGN_IN,
            Right.READ_INBOX,
            Right.MANAGE_COUPONS,
            Right.READ_FIGURES,
            Right.MANAGE_TAGS,
        }
    ),
    Role.VERIFIER: frozenset({Right.SIGN_IN, Right.REDEEM}),
}


def may(role: str, right: Right) -> bool:
    """Say whether `role` has `right`; an unknown role may do nothing."""
    return role in RIGHTS and right in RIGHTS[Role(role)]


def holders(right: Right) -> frozenset[Role]:
    """Return the roles that have `right`."""
    return frozenset(role for role, rights in RIGHTS.items() if right in rights)
