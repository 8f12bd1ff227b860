"""Keys, identifiers, tokens and numbers."""

from __future__ import annotations

import os
import re
import stat
from functools import reduce
from itertools import pairwise
from operator import or_
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.ids import AT_ONCE, normalise_number, number, token, uuid7
from runtime.keys import BadKey, Keyring, own_key

OLD, NEW = (
    "an old key for tests of forty characters x",
    "a new key for tests of forty characters yy",
)


@given(st.binary())
def test_what_was_encrypted_comes_back(plain):
    keyring = Keyring(NEW)
    assert keyring.decrypt(keyring.encrypt(plain)) == plain


def test_after_a_rotation_the_old_key_still_opens_and_the_new_one_seals():
    stored = Keyring(OLD).encrypt(b"secret")
    both = Keyring(f"{NEW},{OLD}")
    assert both.decrypt(stored) == b"secret"
    assert Keyring(NEW).decrypt(both.encrypt(b"secret")) == b"secret"


def test_another_key_opens_nothing():
    with pytest.raises(BadKey, match="another TESSERA_SECRET_KEY"):
        Keyring(NEW).decrypt(Keyring(OLD).encrypt(b"secret"))


@pytest.mark.parametrize("key", ["", "short", f"{OLD},short"])
def test_a_short_key_is_refused(key):
    with pytest.raises(BadKey, match="32 characters"):
        Keyring(key)


def test_the_installations_own_key_is_made_once_and_private(tmp_path):
    key = own_key(tmp_path / "var")
    assert own_key(tmp_path / "var") == key
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600


def test_a_hash_differs_by_purpose_and_key():
    keyring = Keyring(NEW)
    hashes = {
        keyring.keyed_hash("pin", "4821"),
        keyring.keyed_hash("other", "4821"),
        Keyring(OLD).keyed_hash("pin", "4821"),
    }
    assert len(hashes) == 3


def test_ids_are_version_7_and_grow_with_time():
    early, late = uuid7(1_000), uuid7(2_000)
    assert early < late
    assert (early.version, early.variant) == (7, "specified in RFC 4122")
    assert len({uuid7() for _ in range(10_000)}) == 10_000


def test_a_token_holds_at_least_128_bits():
    assert len(token()) * 6 >= 128
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token())


def test_a_number_has_no_look_alikes_and_may_be_typed_loosely():
    made = number()
    assert len(made) == 12
    assert not set(made) & set("01OIL")
    assert normalise_number(f" {made[:4].lower()}-{made[4:8]} {made[8:]} ") == made


def test_ids_never_repeat_and_sort_by_their_time():
    made = [uuid7(1_700_000_000_000 + n) for n in range(3 * AT_ONCE)]
    assert len({one.bytes[6:] for one in made}) == len(made)
    assert made == sorted(made)
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    # Every bit but version and variant differs from one to another.
    differing = reduce(or_, (one.int ^ made[0].int for one in made)) & (1 << 80) - 1
    assert differing == ~(0xF << 76 | 0x3 << 62) & (1 << 80) - 1


def test_ids_of_one_millisecond_are_in_order_but_where_new_ends_are_drawn():
    made = [uuid7(0) for _ in range(3 * AT_ONCE)]
    assert sum(one > other for one, other in pairwise(made)) <= 3


def test_a_forked_process_makes_ids_of_its_own():
    uuid7()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, uuid7(0).bytes)
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 16)
    os.close(reader)
    os.close(writer)
    assert len(theirs) == 16
    assert uuid7(0).bytes != theirs
