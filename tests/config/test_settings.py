"""Settings: what is not understood is refused with a hint."""

from __future__ import annotations

import pytest

from config.settings import ROOT, SettingsError, load


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in ("TESSERA_PORT", "TESSERA_SIMULATOR", "TESSERA_DATA_DIR", "TESSERA_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_an_unknown_name_is_refused_and_the_nearest_is_offered(clean):
    clean.setenv("TESSERA_PROT", "8081")
    with pytest.raises(
        SettingsError, match=r"TESSERA_PROT is not a setting; did you mean TESSERA_PORT\?"
    ):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TESSERA_PORT", "http"),
        ("TESSERA_PORT", "70000"),
        ("TESSERA_LOG", "loud"),
        ("TESSERA_PUBLIC_URL", "shop.example"),
        ("TESSERA_SIMULATOR", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_setting(clean, name, value):
    clean.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load()


def test_defaults_are_safe(clean):
    settings = load({})
    assert (settings.host, settings.port, settings.simulator) == ("127.0.0.1", 8080, False)
    assert settings.data_dir == ROOT / "var"
    assert settings.base_url == "http://localhost:8080"


def test_words_for_on_and_off_are_understood(clean):
    clean.setenv("TESSERA_SIMULATOR", "on")
    assert load().simulator


def test_secrets_do_not_show_when_settings_are_printed(clean):
    clean.setenv("TESSERA_SECRET_KEY", "do not print this one, whatever you do")
    clean.setenv("TESSERA_DATABASE_URL", "postgresql://me:hidden@db/tessera")
    printed = repr(load())
    assert "do not print" not in printed
    assert "hidden" not in printed
