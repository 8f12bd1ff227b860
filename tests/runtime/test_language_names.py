"""What a customer's language is called."""

from __future__ import annotations

import pytest

from runtime.i18n import language_name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("fr-CA", "French (Canada)"),
        ("xx-nonsense!", "xx-nonsense!"),
        ("und", "und"),
        ("mul", "mul"),
    ],
)
def test_a_language_has_its_name_and_no_language_none(tag, name):
    assert language_name(tag, "en") == name
