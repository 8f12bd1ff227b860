"""docs/webhooks.md says what is so, and its code verifies what we sign."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from api.webhooks import SHAPES
from team.webhooks.kinds import Kind
from team.webhooks.signing import HEADER, new_secret, signature

PAGE = (Path(__file__).resolve().parents[3] / "docs/webhooks.md").read_text()


def test_every_kind_has_its_row():
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", PAGE, re.MULTILINE)
    assert rows == [str(kind) for kind in Kind]


def test_the_row_of_a_kind_names_the_facts_that_its_bodies_hold():
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|.*\|([^|]+)\|$", PAGE, re.MULTILINE)
    told = {kind: set(re.findall(r"`([a-z_]+)`", facts)) for kind, facts in rows}
    assert told == {str(kind): set(shape.__struct_fields__) for kind, shape in SHAPES.items()}


def test_the_example_takes_what_we_sign_and_nothing_else(clock):
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    secret, body, now = new_secret(), b'{"id": "1"}', clock.now()
    names = {"__name__": "example"}
    exec(code, names)  # noqa: S102 (our own document)
    names["SECRET"] = secret
    is_ours, at = names["is_ours"], now.timestamp()
    for secrets in ([secret], [new_secret(), secret]):
        header = signature(secrets, now, body)
        assert is_ours(header, body, at)
        assert not is_ours(header, body + b" ", at)
        assert not is_ours(header, body, (now + timedelta(minutes=6)).timestamp())
    assert not is_ours(signature([new_secret()], now, body), body, at)
    for broken in ("", "t=1", "v1=x", "t=x,v1=y", "t=1,t=2,v1=x", "=,=,="):
        assert not is_ours(broken, body, at)
    assert HEADER in PAGE
