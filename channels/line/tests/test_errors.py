"""What LINE's refusals mean for a send."""

from __future__ import annotations

import pytest

from channels.line.errors import classify


@pytest.mark.parametrize("push", [True, False])
def test_that_a_connection_lay_idle_says_nothing_of_the_message_sent_on_it(push):
    error = classify(408, None, push=push)
    assert error.unknown
    assert error.retry is push
