"""Members: added, given another role, shut out; what is refused says what to do."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from runtime.errors import Invalid, NotFound, Refused
from runtime.ids import uuid7
from team import passwords
from team.actions.add_member import NewMember, add_member
from team.actions.add_workspace import add_workspace
from team.actions.change_member import change_role, deactivate, reactivate
from team.actions.sign_in import Attempt, sign_in
from team.passwords import hash_password, matches
from team.queries import colleagues, roles_of_sessions, viewer

PASSWORD = "correct horse battery"


@pytest.fixture
async def house(db, clock):
    return await add_workspace(db, "Tea house", clock.now())


async def add(db, clock, house, email="Sue@Tea.example", role="service_agent", password=PASSWORD):
    new = NewMember(workspace_id=house, email=email, role=role, password=password)
    return await add_member(db, new, clock.now())


async def test_a_member_is_added_and_the_audit_log_knows(db, clock, house):
    await add(db, clock, house)
    [sue] = await colleagues(db, house)
    assert (sue.email, sue.name, sue.role) == ("sue@tea.example", "sue", "service_agent")
    assert await db.screens.fetchval("SELECT action FROM audit_entry") == "member.added"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "sue@tea.example\r\nBcc: a@b.c"}, "email"),
        ({"role": "queen"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 201}, "password"),
    ],
)
async def test_what_cannot_be_used_is_named(db, clock, house, wrong, field):
    with pytest.raises(Invalid) as refused:
        await add(db, clock, house, **wrong)
    assert refused.value.field == field


async def test_an_email_signs_in_one_person_only(db, clock, house):
    await add(db, clock, house)
    with pytest.raises(Invalid, match="already a member"):
        await add(db, clock, house, email="SUE@tea.example")


async def test_a_zone_nobody_knows_is_refused(db, clock):
    for zone in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(Invalid) as refused:
            await add_workspace(db, "x", clock.now(), zone=zone)
        assert refused.value.field == "zone"


async def do(db, change, *values):
    """Change a member in a transaction of its own."""
    async with db.transaction() as tx:
        return await change(tx, *values)


async def test_the_last_admin_stays(db, clock, house):
    ann = await add(db, clock, house, "ann@tea.example", "admin")
    for change in ((deactivate,), (change_role, "seller")):
        with pytest.raises(Refused, match="needs an admin"):
            await do(db, change[0], house, ann, *change[1:], clock.now())
    await add(db, clock, house, "bob@tea.example", "admin")
    await do(db, change_role, house, ann, "seller", clock.now())


async def test_of_the_last_two_admins_one_stays_when_both_are_demoted_at_once(db, clock, house):
    two = [await add(db, clock, house, f"{name}@tea.example", "admin") for name in ("ann", "bob")]
    changes = [do(db, change_role, house, one, "seller", clock.now()) for one in two]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Refused", "str"]
    roles = await db.screens.fetch("SELECT role FROM member")
    assert sorted(row["role"] for row in roles) == ["admin", "seller"]


async def test_a_deactivated_admin_does_not_count_as_the_other_one(db, clock, house):
    ann = await add(db, clock, house, "ann@tea.example", "admin")
    bob = await add(db, clock, house, "bob@tea.example", "admin")
    await do(db, deactivate, house, bob, clock.now())
    with pytest.raises(Refused, match="needs an admin"):
        await do(db, deactivate, house, ann, clock.now())
    await do(db, reactivate, house, bob, clock.now())
    await do(db, deactivate, house, ann, clock.now())


async def test_a_member_shut_out_has_no_session_left(db, clock, house):
    await add(db, clock, house, "ann@tea.example", "admin")
    sue = await add(db, clock, house)
    attempt = Attempt(email="sue@tea.example", password=PASSWORD, address="203.0.113.7")
    signed_in = await sign_in(db, attempt, clock.now())
    assert (await viewer(db, signed_in.token, clock.now())).id == sue
    await do(db, deactivate, house, sue, clock.now())
    assert await viewer(db, signed_in.token, clock.now()) is None
    with pytest.raises(Refused):
        await sign_in(db, attempt, clock.now())
    await do(db, reactivate, house, sue, clock.now())
    assert await viewer(db, signed_in.token, clock.now()) is None
    assert (await sign_in(db, attempt, clock.now())).member_id == sue


async def test_an_unknown_member_and_another_workspaces_are_not_found(db, clock, house):
    ann = await add(db, clock, house, "ann@tea.example", "admin")
    rival = await add_workspace(db, "Rival", clock.now())
    for space, member in ((house, uuid7()), (rival, ann)):
        for change in ((deactivate,), (reactivate,), (change_role, "seller")):
            with pytest.raises(NotFound):
                await do(db, change[0], space, member, *change[1:], clock.now())


@pytest.fixture
def shipped(quick_passwords, monkeypatch):
    """Hash as the product does, not as its tests do."""
    hasher, nobody = quick_passwords
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_nobody", nobody)


async def test_passwords_are_argon2id_and_an_empty_hash_fits_nothing(shipped):
    stored = await hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await matches(stored, PASSWORD)
    assert not await matches(stored, PASSWORD + "x")
    assert not await matches("", "nobody has this password")
    assert not await matches("damaged", PASSWORD)


async def test_signing_in_renews_a_password_hashed_with_other_parameters(db, clock, house):
    sue = await add(db, clock, house)
    other = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await db.screens.execute("UPDATE member SET password_hash = $2 WHERE id = $1", sue, other)
    attempt = Attempt(email="sue@tea.example", password=PASSWORD, address="203.0.113.7")
    await sign_in(db, attempt, clock.now())
    stored = await db.screens.fetchval("SELECT password_hash FROM member")
    assert stored != other
    assert not passwords.is_outdated(stored)
    assert (await sign_in(db, attempt, clock.now())).member_id == sue


async def test_a_stream_ends_once_the_workspace_asks_for_a_second_step_its_reader_lacks(
    db, clock, house
):
    await add(db, clock, house)
    attempt = Attempt(email="sue@tea.example", password=PASSWORD, address="203.0.113.7")
    signed_in = await sign_in(db, attempt, clock.now())
    seen = await viewer(db, signed_in.token, clock.now())
    mine = seen.session_id
    assert await roles_of_sessions(db, [mine], clock.now()) == {mine: "service_agent"}
    await db.screens.execute("UPDATE workspace SET two_steps = true")
    assert (await viewer(db, signed_in.token, clock.now())).must_set_up
    assert await roles_of_sessions(db, [mine], clock.now()) == {}
