"""Codes of the second step: the standard's own examples, clocks that are off, keys that were changed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from runtime.keys import Keyring
from team.actions.add_member import NewMember, add_member
from team.actions.add_workspace import add_workspace
from team.two_steps import accept, address, hold, matching_step, new_codes, new_secret

RFC = base64.b32encode(b"12345678901234567890").decode()
OLD, NEW = "an old key for tests only of 32 letters", "a new key for tests only of 32 letters"


@pytest.mark.parametrize(
    ("second", "code"),
    [(1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(second, code):
    now = datetime.fromtimestamp(second, UTC)
    assert matching_step(RFC, code, now) == second // 30
    for off in (-30, 30):
        assert matching_step(RFC, code, now + timedelta(seconds=off)) == second // 30
    for far in (-90, 90):
        assert matching_step(RFC, code, now + timedelta(seconds=far)) is None


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "\u0662\u0668\u0667\u0660\u0668\u0662"]
)
def test_what_is_no_code_matches_nothing(typed):
    assert matching_step(RFC, typed, datetime.fromtimestamp(59, UTC)) is None


def test_secrets_are_160_random_bits_and_names_stay_inside_their_address():
    one, two = new_secret(), new_secret()
    assert one != two
    assert len(base64.b32decode(one)) == 20
    found = address(one, "k&secret=x@tea.example", "Tea: house?issuer=Bank")
    path, _, query = found.partition("?")
    assert (
        path
        == "otpauth://totp/Tessera%20Tea%20%20house%3Fissuer%3DBank:k%26secret%3Dx%40tea.example"
    )
    assert query.split("&")[0] == f"secret={one}"
    assert query.count("secret=") == 1


async def test_after_a_change_of_key_codes_of_before_still_hold(db, clock):
    house = await add_workspace(db, "Tea house", clock.now())
    new = NewMember(
        workspace_id=house, email="sue@tea.example", role="seller", password="x y z x y z w"
    )
    sue = await add_member(db, new, clock.now())
    holder = {"id": sue, "secret": Keyring(OLD).encrypt(RFC.encode())}
    async with db.transaction() as tx:
        codes = await new_codes(tx, Keyring(OLD), sue)
        await tx.execute(
            "INSERT INTO second_step (id, member_id, secret, created_at, confirmed_at, last_step)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $3, 0)",
            *(sue, holder["secret"], clock.now()),
        )
        both = Keyring(f"{NEW},{OLD}")
        assert await accept(tx, both, holder, codes[0], clock.now())
        assert not await accept(tx, both, holder, codes[0], clock.now())
        assert await hold(tx, both, sue, codes) == codes[1:]
        assert not await accept(tx, Keyring(NEW), holder, codes[1], clock.now())
