"""An error page names the request, and the log has it under the same name."""

from __future__ import annotations

import re

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs


@pytest.fixture
async def broken(site):
    """The conversations are gone, as nobody foresaw."""
    await site.db.screens.execute("ALTER TABLE conversation RENAME TO somewhere_else")


async def test_a_crash_shows_the_number_the_log_has(ann, broken):
    with capture_logs(processors=[merge_contextvars]) as said:
        answer = await ann.get("/console/inbox")
    page = await answer.text()
    [shown] = re.findall(r'data-role="request-id">([0-9a-f]{32})<', page)
    assert answer.status == 500
    assert "does not exist" not in page
    [line] = [line for line in said if line["event"] == "request failed"]
    assert shown == answer.headers["X-Request-Id"] == line["request_id"]


async def test_a_crash_behind_a_script_names_it_in_its_sentence(ann, broken):
    answer = await ann.part("/console/inbox/list")
    assert answer.status == 500
    assert f"({answer.headers['X-Request-Id']})" in await answer.text()


@pytest.mark.parametrize("path", ["/console/nothing", "/console/inbox/none", "/console/media/none"])
async def test_every_error_page_names_its_request(ann, path):
    answer = await ann.get(path)
    assert answer.status == 404
    assert answer.headers["X-Request-Id"] in await answer.text()


async def test_a_refused_page_names_its_request_too(site):
    await site.member("Ray", "verifier")
    ray = await site.browser("ray@tea.example")
    answer = await ray.get("/console/inbox")
    assert answer.status == 403
    assert answer.headers["X-Request-Id"] in await answer.text()
