"""The second step at sign-in: codes of an authenticator (TOTP, RFC 6238) and recovery codes.

A code holds for its half minute and the two beside it, for clocks that are a little off. The step of the newest
accepted code is stored, so none is accepted twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pyotp import TOTP, random_base32
from pyotp.exceptions import OTPVerificationError

from runtime.database import Connection, Pool
from runtime.ids import normalise_number, number, uuid7
from runtime.keys import Keyring

SKEW_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
PURPOSE = "recovery code"
SIX_DIGITS = re.compile(r"[0-9]{6}")

NEWEST = "UPDATE second_step SET last_step = $2 WHERE member_id = $1 AND last_step < $2 RETURNING 1"
USE_CODE = """
UPDATE recovery_code SET used_at = $3 WHERE member_id = $1 AND code_hash = ANY ($2::bytea[]) AND used_at IS NULL
RETURNING 1
"""
UNUSED = """
SELECT 1 FROM recovery_code WHERE member_id = $1 AND code_hash = ANY ($2::bytea[]) AND used_at IS NULL
"""
ADD_CODE = "INSERT INTO recovery_code (id, member_id, code_hash) VALUES ($1, $2, $3)"


def new_secret() -> str:
    """Return 160 random bits in base 32, as authenticators take them."""
    return random_base32()


def address(secret: str, email: str, workspace: str) -> str:
    """Return the otpauth address that an authenticator scans."""
    issuer = f"Tessera {workspace}".replace(":", " ").strip()
    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def bare_code(typed: str) -> str:
    """Return a code as it is compared: spaces, dashes and full-width signs are as good as plain ones."""
    return normalise_number(unicodedata.normalize("NFKC", typed[:40]))


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the 30-second step whose code this is, at most one away from now; None when there is none."""
    if not SIX_DIGITS.fullmatch(code):
        return None
    try:
        return TOTP(secret).verify_and_get_timecode(code, for_time=now, valid_window=SKEW_STEPS)
    except OTPVerificationError:
        return None


async def accept(
    tx: Connection,
    keyring: Keyring,
    holder: Any,  # noqa: ANN401 (a database record)
    typed: str,
    now: datetime,
) -> bool:
    """Use up the code that was typed, of the authenticator or a recovery code; say whether it was good.

    `holder`: a record with the member's `id` and the encrypted `secret`.
    """
    code = bare_code(typed)
    if SIX_DIGITS.fullmatch(code):
        step = matching_step(keyring.decrypt(holder["secret"]).decode(), code, now)
        return step is not None and await tx.fetchval(NEWEST, holder["id"], step) is not None
    hashes = keyring.keyed_hashes(PURPOSE, _salted(holder["id"], code))
    return await tx.fetchval(USE_CODE, holder["id"], hashes, now) is not None


async def new_codes(tx: Connection, keyring: Keyring, member_id: UUID) -> list[str]:
    """Replace a member's recovery codes and return the new ones, which cannot be read again."""
    codes = [number(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    await tx.execute("DELETE FROM recovery_code WHERE member_id = $1", member_id)
    await tx.executemany(
        ADD_CODE,
        [
            (uuid7(), member_id, keyring.keyed_hash(PURPOSE, _salted(member_id, code)))
            for code in codes
        ],
    )
    return [_grouped(code) for code in codes]


async def hold(
    db: Connection | Pool, keyring: Keyring, member_id: UUID, codes: Sequence[str]
) -> list[str]:
    """Return those of `codes` that are the member's recovery codes and not yet used, as they were shown."""
    good = []
    for code in map(bare_code, codes):
        hashes = keyring.keyed_hashes(PURPOSE, _salted(member_id, code))
        if await db.fetchval(UNUSED, member_id, hashes):
            good.append(_grouped(code))
    return good


def _salted(member_id: UUID, code: str) -> str:
    return f"{member_id}:{code}"


def _grouped(code: str) -> str:
    return f"{code[:5]}-{code[5:]}"
