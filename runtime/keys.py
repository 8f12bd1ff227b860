"""Keys derived from the secret key: encryption at rest and keyed hashes, one purpose a key."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from runtime.errors import TesseraError

SHORTEST = 32


class BadKey(TesseraError):
    """The secret key is missing, too short, or not the one the data was encrypted with."""


class Keyring:
    """Encrypts with the first of several secret keys and decrypts with all of them."""

    def __init__(self, secret_key: str) -> None:
        """`secret_key`: one or more strings of 32 characters or more, separated by commas."""
        keys = [part.strip() for part in secret_key.split(",") if part.strip()]
        if not keys or any(len(key) < SHORTEST for key in keys):
            raise BadKey(f"TESSERA_SECRET_KEY: each key needs {SHORTEST} characters or more")
        self._keys = keys
        boxes = [Fernet(base64.urlsafe_b64encode(derive(key, "at rest"))) for key in keys]
        self._box = MultiFernet(boxes)

    def encrypt(self, plain: bytes) -> bytes:
        """Return `plain` encrypted and authenticated."""
        return self._box.encrypt(plain)

    def decrypt(self, stored: bytes) -> bytes:
        """Return what was encrypted; raises BadKey when no key fits."""
        try:
            return self._box.decrypt(stored)
        except InvalidToken as error:
            raise BadKey(
                "The stored secrets were encrypted with another TESSERA_SECRET_KEY"
            ) from error

    def keyed_hash(self, purpose: str, value: str) -> bytes:
        """Return a 32 byte HMAC of `value` that only this installation can compute."""
        return self.keyed_hashes(purpose, value)[0]

    def keyed_hashes(self, purpose: str, value: str) -> list[bytes]:
        """Return the HMAC under each key, the present one first: look a value up by any of them."""
        return [hmac.digest(derive(key, purpose), value.encode(), "sha256") for key in self._keys]


def derive(secret_key: str, purpose: str) -> bytes:
    """Return the 32 byte key for one purpose (HKDF-SHA256)."""
    return HKDF(SHA256(), 32, salt=None, info=f"tessera {purpose}".encode()).derive(
        secret_key.encode()
    )


def own_key(data_dir: Path) -> str:
    """Return the key of the data folder's `secret.key`, made on first use with mode 0600."""
    path = data_dir / "secret.key"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text().strip()
