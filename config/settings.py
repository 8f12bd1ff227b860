"""Typed settings, read once from the environment; an unknown TESSERA_ name is an error."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "TESSERA_"
ROOT = Path(__file__).resolve().parent.parent
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingsError(Exception):
    """A setting is unknown or unusable; the message says which and what to do."""


class Settings(BaseSettings):
    """Every setting, with its default. `config/example.env` explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    data_dir: Path = Path("var")
    database_url: SecretStr = SecretStr("")
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    simulator: bool = False
    log: Literal["debug", "info", "warning", "error"] = "info"
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    webhook_origins: Annotated[tuple[str, ...], NoDecode] = ()
    demo_public: bool = False
    metrics_token: SecretStr = SecretStr("")
    graph_version: str = "v26.0"
    line_rate: Annotated[int, Field(ge=1)] = 2000
    meta_rate: Annotated[int, Field(ge=1)] = 300
    twilio_rate: Annotated[int, Field(ge=1)] = 80
    api_rate: Annotated[int, Field(ge=1)] = 20

    @field_validator("trusted_proxies", "webhook_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("webhook_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(ORIGIN.fullmatch(one) is None for one in value):
            raise ValueError("must be origins like http://127.0.0.1:9000, separated by commas")
        return value

    @field_validator("data_dir")
    @classmethod
    def _from_root(cls, value: Path) -> Path:
        return value if value.is_absolute() else ROOT / value

    @field_validator("public_url")
    @classmethod
    def _plain_origin(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// (or http:// on this machine)")
        return value

    @property
    def base_url(self) -> str:
        """The public base address, without a trailing slash."""
        return self.public_url or f"http://localhost:{self.port}"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the process environment; raises SettingsError.

    `environ` is only checked for unknown names; values always come from os.environ.
    """
    names = os.environ if environ is None else environ
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else "; see config/example.env"
            raise SettingsError(f"{name} is not a setting{hint}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from error
