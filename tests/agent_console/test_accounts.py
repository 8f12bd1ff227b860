"""The admin's list of channel accounts, their guides, and what a page says before it was built."""

from __future__ import annotations

import json

import pytest

from agent_console import render
from agent_console.app import require_assets
from agent_console.assets import AssetsMissing, Bundle
from agent_console.markdown import to_html


async def test_each_account_shows_its_state_and_leads_to_the_address_to_copy(site, ann):
    shop = await site.account("whatsapp", "shop")
    await site.account("messenger", "theirs", site.rival)
    await site.db.screens.execute(
        "UPDATE channel_account SET state = 'reconnect', state_reason = 'The token has expired'"
        " WHERE channel = 'line'"
    )
    page = await ann.text("/console/accounts")
    assert "must be reconnected" in page
    assert "The token has expired" in page
    assert "theirs" not in page
    line = await ann.text(f"/console/accounts/{site.line.id}")
    assert "http://localhost:8080/webhooks/line/tea" in line
    whatsapp = await ann.text(f"/console/accounts/{shop.id}")
    assert "http://localhost:8080/webhooks/whatsapp/shop#rc=" in whatsapp


async def test_no_credential_ever_stands_on_a_page(site, ann):
    for path in ("/console/accounts", f"/console/accounts/{site.line.id}"):
        page = await ann.text(path)
        assert "s" * 32 not in page
        assert "t" * 32 not in page


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("line", "Connect a LINE official account"),
        ("whatsapp", "Twilio"),
        ("messenger", "Connect Facebook Messenger"),
        ("instagram", "Connect Instagram"),
    ],
)
async def test_every_channels_guide_stands_beside_the_form(site, ann, channel, words):
    assert words in await ann.words(f"/console/accounts/new/{channel}")
    await site.db.screens.execute("UPDATE member SET language = 'zh_Hant'")
    page = await ann.text(f"/console/accounts/new/{channel}")
    assert '<div class="prose" lang="zh-Hant"><h3>' in page


async def test_an_account_to_reconnect_closes_the_composer(site, ann):
    """Lesson 18: nobody writes what cannot be sent."""
    chat = await site.chat()
    await site.db.screens.execute("UPDATE channel_account SET state = 'reconnect'")
    page = await ann.words(f"/console/inbox/{chat.id}")
    assert "This channel must be reconnected before it can send." in page
    answer = await ann.act(f"/console/inbox/{chat.id}/reply", text="Hi", form_id="form-12345")
    assert answer.status == 409


def test_a_guide_becomes_headings_lists_code_and_safe_links():
    text = (
        "# Title\n\n1. one\n   more\n2. **two** `code`\n\n- dash\n\n```\na < b\n\nc\n```\n"
        "[go](https://x.example) [no](javascript:alert(1))"
    )
    html = str(to_html(text))
    assert "<h3>Title</h3>" in html
    assert "<ol><li>one more</li><li><strong>two</strong> <code>code</code></li></ol>" in html
    assert "<ul><li>dash</li></ul>" in html
    assert '<pre tabindex="0"><code>a &lt; b\n\nc</code></pre>' in html
    assert 'href="https://x.example"' in html
    assert 'href="javascript' not in html


def test_a_guide_cannot_carry_html():
    assert "<script>" not in str(
        to_html("# <script>alert(1)</script>\n\n<script>alert(2)</script>")
    )


async def test_before_it_is_built_one_line_says_what_to_run(site, ann, tmp_path, monkeypatch):
    monkeypatch.setattr(render, "BUNDLE", Bundle(tmp_path))
    answer = await ann.get("/console/inbox")
    assert answer.status == 503
    assert await answer.text() == "The console's assets have not been built: run bin/setup\n"
    with pytest.raises(AssetsMissing):
        Bundle(tmp_path).assets()


def test_a_new_build_is_noticed(tmp_path):
    def build(name):
        entries = {
            "agent_console/frontend/main.ts": {"file": name, "css": ["a.css"]},
            "icons.svg": {"file": "icons.svg"},
        }
        (tmp_path / "manifest.json").write_text(json.dumps(entries))

    bundle = Bundle(tmp_path)
    build("one.js")
    assert bundle.assets().script == "/console/static/one.js"
    build("two.js")
    bundle._stamp = 0
    assert bundle.assets().script == "/console/static/two.js"
    require_assets()


def test_a_guides_table_is_a_table():
    html = str(to_html("| what | *where* |\n|---|---|\n| `id` | <b>here</b> |\n| name | there |"))
    assert '<tr><th scope="col">what</th><th scope="col"><em>where</em></th></tr>' in html
    assert "<tr><td><code>id</code></td><td>&lt;b&gt;here&lt;/b&gt;</td></tr>" in html
    assert html.count("<tr>") == 3
