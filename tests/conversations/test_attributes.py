"""Fields of contacts: defined, renamed, moved and removed; values are read as their type says."""

from __future__ import annotations

import pytest

from conversations.actions.attributes import (
    NewAttribute,
    add_attribute,
    move_attribute,
    remove_attribute,
    rename_attribute,
)
from conversations.attributes import AttributeType, attributes, read_value
from runtime.errors import Invalid, NotFound
from runtime.ids import uuid7
from tests.factories import a_workspace


@pytest.fixture
async def house(db, clock):
    return await a_workspace(db, clock)


async def add(db, clock, house, label, type_="text"):
    async with db.transaction() as tx:
        new = NewAttribute(workspace_id=house, label=label, type=type_)
        return await add_attribute(tx, new, clock.now())


async def listed(db, house):
    return [(row.key, row.label, row.type) for row in await attributes(db.screens, house)]


async def test_fields_have_keys_of_their_own_and_stand_in_the_order_they_were_made(
    db, clock, house
):
    await add(db, clock, house, "Birthday", "date")
    await add(db, clock, house, "  Member   no. ", "number")
    await add(db, clock, house, "生日")
    await add(db, clock, house, "會員")
    assert await listed(db, house) == [
        ("birthday", "Birthday", "date"),
        ("member_no", "Member no.", "number"),
        ("field", "生日", "text"),
        ("field_2", "會員", "text"),
    ]


async def test_a_field_is_renamed_moved_and_removed_and_keeps_its_key(db, clock, house):
    first, second = [await add(db, clock, house, name) for name in ("Size", "Colour")]
    member = None
    async with db.transaction() as tx:
        await rename_attribute(tx, house, first, "Cup size", clock.now(), by=member)
        await move_attribute(tx, house, first, 1, clock.now(), by=member)
        await move_attribute(tx, house, first, 1, clock.now(), by=member)
    assert [row[:2] for row in await listed(db, house)] == [
        ("colour", "Colour"),
        ("size", "Cup size"),
    ]
    async with db.transaction() as tx:
        await remove_attribute(tx, house, second, clock.now(), by=member)
    assert [row[0] for row in await listed(db, house)] == ["size"]


@pytest.mark.parametrize(
    ("label", "type_"), [("", "text"), ("x" * 61, "text"), ("Size", "text"), ("Other", "colour")]
)
async def test_a_field_needs_a_name_of_its_own_and_a_known_type(db, clock, house, label, type_):
    await add(db, clock, house, "Size")
    with pytest.raises(Invalid):
        await add(db, clock, house, label, type_)


async def test_another_workspaces_field_is_not_there(db, clock, house):
    theirs = await add(db, clock, await a_workspace(db, clock, "Rival"), "Size")
    for act in (
        lambda tx: rename_attribute(tx, house, theirs, "Mine", clock.now(), by=uuid7()),
        lambda tx: move_attribute(tx, house, theirs, 1, clock.now(), by=uuid7()),
        lambda tx: remove_attribute(tx, house, theirs, clock.now(), by=uuid7()),
    ):
        with pytest.raises(NotFound):
            async with db.transaction() as tx:
                await act(tx)


@pytest.mark.parametrize(
    ("of", "entered", "stored"),
    [
        ("text", " latte\x00 ", "latte"),
        ("text", "  ", None),
        ("number", "1,200", 1200),
        ("number", "3.5", 3.5),
        ("date", "2026-05-31", "2026-05-31"),
        ("yes_no", "on", True),
        ("yes_no", "No", False),
    ],
)
def test_a_value_is_stored_as_its_type_says(of, entered, stored):
    assert read_value(AttributeType(of), entered) == stored


@pytest.mark.parametrize(
    ("of", "entered"),
    [("text", "x" * 1001), ("number", "nan"), ("number", "12a"), ("date", "31/5"), ("yes_no", "x")],
)
def test_a_value_that_does_not_fit_is_refused_with_what_to_write(of, entered):
    with pytest.raises(Invalid):
        read_value(AttributeType(of), entered)
