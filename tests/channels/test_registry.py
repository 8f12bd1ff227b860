"""The registry finds a channel by its folder."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from channels import registry


def test_every_folder_with_a_channel_file_is_found_under_its_name():
    found = registry.load()
    assert "line" in found
    assert list(found) == registry.names() == [channel.name for channel in found.values()]


def test_a_folder_without_a_channel_file_is_no_channel(tmp_path, monkeypatch):
    (tmp_path / "meta_graph").mkdir()
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    assert registry.load() == {}


def test_a_channel_must_be_called_like_its_folder(monkeypatch):
    monkeypatch.setattr("channels.line.channel.CHANNEL", SimpleNamespace(name="telegram"))
    with pytest.raises(ImportError, match="channels/line calls itself 'telegram'"):
        registry.load()
