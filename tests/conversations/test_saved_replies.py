"""Saved replies: everybody's and one's own, found by shortcut or title, filled in when used."""

from __future__ import annotations

import pytest

from conversations.actions.saved_replies import Draft, Writer, add_reply, change_reply, remove_reply
from conversations.saved_replies import fill, saved_replies
from runtime.errors import Invalid, NotFound, Refused
from team.actions.add_member import NewMember, add_member
from tests.factories import a_workspace


@pytest.fixture
async def people(db, clock):
    house = await a_workspace(db, clock)

    async def person(name, *, may_share=False):
        facts = {"email": f"{name}@tea.example", "role": "service_agent", "name": name}
        new = NewMember(workspace_id=house, password="correct horse battery", **facts)
        return Writer(house, await add_member(db, new, clock.now()), may_share)

    return await person("ken", may_share=True), await person("sue")


async def keep(db, clock, writer, shortcut, text="Hello", **facts):
    async with db.transaction() as tx:
        draft = Draft(shortcut=shortcut, text=text, **facts)
        return await add_reply(tx, writer, draft, clock.now())


async def found(db, writer, prefix=""):
    rows = await saved_replies(db, writer.workspace_id, writer.id, prefix)
    return [row.shortcut for row in rows]


async def test_everybody_finds_what_is_shared_and_only_its_owner_what_is_not(db, clock, people):
    ken, sue = people
    await keep(db, clock, ken, "hours", title="Opening hours", shared=True)
    await keep(db, clock, ken, "hello")
    await keep(db, clock, sue, "/Hello")
    await keep(db, clock, sue, "謝謝")
    assert await found(db, ken) == ["hello", "hours"]
    assert await found(db, sue) == ["hello", "謝謝", "hours"]
    assert await found(db, sue, "/ho") == ["hours"]
    assert await found(db, sue, "OPEN") == ["hours"]
    assert await found(db, sue, "謝") == ["謝謝"]
    assert await found(db, sue, "%") == []


async def test_a_shortcut_is_taken_once_among_everybodys_and_once_among_ones_own(db, clock, people):
    ken, sue = people
    await keep(db, clock, ken, "hours", shared=True)
    await keep(db, clock, ken, "hours")
    await keep(db, clock, sue, "hours")
    for writer, shared in ((ken, True), (sue, False)):
        with pytest.raises(Invalid):
            await keep(db, clock, writer, "hours", shared=shared)


@pytest.mark.parametrize(
    "draft",
    [
        {"shortcut": "two words", "text": "x"},
        {"shortcut": "", "text": "x"},
        {"shortcut": "a" * 31, "text": "x"},
        {"shortcut": "a", "text": " \x00 "},
        {"shortcut": "a", "text": "x" * 5001},
        {"shortcut": "a", "text": "x", "title": "x" * 81},
    ],
)
async def test_what_cannot_be_used_is_refused(db, clock, people, draft):
    with pytest.raises(Invalid):
        await keep(db, clock, people[0], **draft)


async def test_who_may_not_share_changes_only_their_own(db, clock, people):
    ken, sue = people
    shared = await keep(db, clock, ken, "hours", shared=True)
    kens = await keep(db, clock, ken, "mine")
    own = await keep(db, clock, sue, "own")
    draft = Draft(shortcut="own", text="Changed")
    async with db.transaction() as tx:
        await change_reply(tx, sue, own, draft, clock.now())
    for reply, error in ((shared, Refused), (kens, NotFound)):
        with pytest.raises(error):
            async with db.transaction() as tx:
                await change_reply(tx, sue, reply, draft, clock.now())
        with pytest.raises(error):
            async with db.transaction() as tx:
                await remove_reply(tx, sue, reply, clock.now())
    with pytest.raises(Refused):
        await keep(db, clock, sue, "loud", shared=True)
    async with db.transaction() as tx:
        await remove_reply(tx, sue, own, clock.now())
    assert await found(db, sue) == ["hours"]


def test_variables_are_filled_in_and_unknown_words_in_braces_stay():
    values = {"name": "Mei", "member": "Sue"}
    assert fill("Hi {name}, {member} of {store} {here}", values) == "Hi Mei, Sue of {here}"
    assert fill("{name}", {"name": "{member}"}) == "{member}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hi {name}, welcome!", "Hi, welcome!"),
        ("{name}, thank you", "thank you"),
        ("{name}，您好\n {name} {store}：好", "您好\n好"),
        ("親愛的{name}，您好", "親愛的，您好"),
        ("Yours, {member}", "Yours,"),
    ],
)
def test_a_variable_without_a_value_leaves_no_hole(text, read):
    assert fill(text, {"name": ""}) == read
