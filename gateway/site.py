"""Opens what every command and the server need: settings, the database, the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from config.settings import LOOPBACK, Settings, SettingsError
from gateway.apps import APPS
from runtime.clock import Clock, SystemClock
from runtime.database import Database, migrate
from runtime.keys import BadKey, Keyring, own_key
from runtime.postgres import EmbeddedPostgres, private_folder
from runtime.processors import processors


@dataclass(frozen=True)
class Site:
    """An opened installation; `processors`: how many this process may use."""

    settings: Settings
    dsn: str
    database: Database
    keyring: Keyring
    clock: Clock
    processors: int = 2


def keys(settings: Settings) -> Keyring:
    """Return the keys of the settings, or of the data folder when none are set."""
    given = settings.secret_key.get_secret_value()
    if given:
        return Keyring(given)
    if settings.database_url.get_secret_value():
        raise BadKey(
            "TESSERA_SECRET_KEY is required with TESSERA_DATABASE_URL (32 characters or more)"
        )
    return Keyring(own_key(settings.data_dir))


@asynccontextmanager
async def open_database_url(settings: Settings) -> AsyncIterator[str]:
    """Give the URL of the database, starting or joining the embedded server when none is set."""
    url = settings.database_url.get_secret_value()
    if url:
        yield url
        return
    private_folder(settings.data_dir)
    postgres = EmbeddedPostgres(settings.data_dir)
    dsn = await postgres.start()
    try:
        yield dsn
    finally:
        await postgres.stop()


@asynccontextmanager
async def open_site(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Site]:
    """Open the installation with an up-to-date schema; everything is closed again at the end."""
    keyring = keys(settings)
    async with open_database_url(settings) as dsn:
        await migrate(dsn, APPS)
        database = await Database(dsn, APPS).open()
        try:
            yield Site(settings, dsn, database, keyring, clock or SystemClock(), processors())
        finally:
            await database.close()


async def refuse_public_demo(site: Site) -> None:
    """Raise SettingsError when demo logins, whose password everybody knows, would be reachable."""
    if site.settings.host in LOOPBACK or site.settings.demo_public:
        return
    found = await site.database.screens.fetchval(
        "SELECT 1 FROM member WHERE email LIKE '%@demo.example' AND active LIMIT 1"
    )
    if found:
        raise SettingsError(
            f"TESSERA_HOST={site.settings.host}: demo logins exist, and everybody knows their password; "
            "use 127.0.0.1 or set TESSERA_DEMO_PUBLIC=on"
        )
