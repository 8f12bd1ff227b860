"""The sections of the settings: one tuple that the menu, its order and the first page follow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from runtime.i18n import mark
from team.roles import Right, Role, holders, may

WORKSPACE = mark("Workspace")
CUSTOMERS = mark("Customers")
PEOPLE = mark("People")
INTEGRATIONS = mark("Integrations")


class Section(msgspec.Struct, frozen=True):
    """One entry of the menu: where it leads, its words and icon, and the right that opens it.

    `group` is the heading it stands under; sections of one group stand together in SECTIONS.
    """

    path: str
    label: str
    icon: str
    right: Right
    group: str


SECTIONS: tuple[Section, ...] = (
    Section(
        "/console/settings/workspace",
        mark("General"),
        "settings",
        Right.MANAGE_WORKSPACE,
        WORKSPACE,
    ),
    Section(
        "/console/settings/stores",
        mark("Stores"),
        "building-store",
        Right.MANAGE_WORKSPACE,
        WORKSPACE,
    ),
    Section(
        "/console/accounts", mark("Channels"), "plug-connected", Right.MANAGE_ACCOUNTS, WORKSPACE
    ),
    Section(
        "/console/settings/automation",
        mark("Hours and automatic answers"),
        "clock",
        Right.MANAGE_ACCOUNTS,
        WORKSPACE,
    ),
    Section("/console/tills", mark("Tills"), "user-check", Right.MANAGE_TILLS, WORKSPACE),
    Section(
        "/console/settings/replies",
        mark("Saved replies"),
        "message-2",
        Right.WRITE_INBOX,
        CUSTOMERS,
    ),
    Section("/console/settings/tags", mark("Tags"), "tags", Right.MANAGE_TAGS, CUSTOMERS),
    Section(
        "/console/settings/fields",
        mark("Fields"),
        "list-details",
        Right.MANAGE_WORKSPACE,
        CUSTOMERS,
    ),
    Section("/console/settings/members", mark("Members"), "users", Right.MANAGE_MEMBERS, PEOPLE),
    Section("/console/settings/roles", mark("Roles"), "lock", Right.MANAGE_MEMBERS, PEOPLE),
    Section("/console/settings/audit", mark("Audit log"), "history", Right.READ_AUDIT, PEOPLE),
    Section(
        "/console/settings/webhooks",
        mark("Webhooks"),
        "webhook",
        Right.MANAGE_INTEGRATIONS,
        INTEGRATIONS,
    ),
    Section(
        "/console/settings/tokens",
        mark("API tokens"),
        "key",
        Right.MANAGE_INTEGRATIONS,
        INTEGRATIONS,
    ),
)

READERS: frozenset[Role] = frozenset().union(*(holders(section.right) for section in SECTIONS))


def sections_for(role: str) -> Sequence[Section]:
    """Return what `role` may open, in the menu's order; () for a role that may open nothing."""
    return tuple(section for section in SECTIONS if may(role, section.right))


def menu_for(role: str) -> Sequence[tuple[str, Sequence[Section]]]:
    """Return what `role` may open as (heading, sections), in the menu's order."""
    grouped = groupby(sections_for(role), key=lambda section: section.group)
    return tuple((group, tuple(sections)) for group, sections in grouped)


def is_settings(path: str) -> bool:
    """Say whether `path` belongs to the settings, so that the rail marks its entry."""
    inside = ("/console/settings", *(section.path for section in SECTIONS))
    plain = path.partition("?")[0]
    return any(plain == one or plain.startswith(one + "/") for one in inside)
