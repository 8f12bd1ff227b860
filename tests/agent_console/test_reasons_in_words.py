"""What a platform says of a message or an account is said in the reader's language, also long after it was stored."""

from __future__ import annotations

import re

import pytest

from agent_console.told_reasons import reason_told
from channels.registry import load
from conversations.actions.account_state import needs_reconnect
from conversations.actions.progress import LATE_MARK
from gateway.attempts import DEADLINE_TEXT
from gateway.health_watch import REASON
from runtime.i18n import catalogue
from runtime.words import Words, recalled, said
from tests.agent_console.chats import say

CHINESE = catalogue("zh-Hant", "console").gettext
CHANNELS = load()
SENTENCES = [text for channel in CHANNELS.values() for text in channel.abilities.sentences]
STATUSES = {"line": None, "messenger": 1, "instagram": 1, "whatsapp": 63016}


@pytest.mark.parametrize("template", sorted(set(SENTENCES)))
def test_a_stored_sentence_is_known_by_its_template_again(template):
    values = {name: f"“{name}” 100%." for name in re.findall(r"%\((\w+)\)s", template)}
    stored = str(Words(template, **values))
    again = recalled(stored, SENTENCES)
    assert isinstance(again, Words)
    assert (again.template, again.values, again) == (template, values, stored)
    assert said(reason_told(CHANNELS, stored), CHINESE) == said(again, CHINESE) != stored


@pytest.mark.parametrize("name", sorted(STATUSES))
def test_a_late_failure_of_every_channel_is_said_in_chinese(name):
    told = CHANNELS[name].status_error(STATUSES[name]).agent_text
    spoken = said(reason_told(CHANNELS, str.__str__(told)), CHINESE)
    assert spoken == said(told, CHINESE) != told
    assert spoken.endswith("。")


@pytest.mark.parametrize(
    ("stored", "spoken"),
    [
        (DEADLINE_TEXT, "未能在時限內傳送"),
        (REASON, "異常久未收到 Webhook；請到平台檢查 Webhook 網址及其狀態"),
        ("LINE refused the message: it gave no reason.", "LINE 拒絕了這則訊息，未說明原因。"),
        ("LINE refused the message: May not be", "LINE 拒絕了這則訊息：May not be。"),
        (
            "WhatsApp did not take the message." + LATE_MARK,
            "WhatsApp 未收下這則訊息。（之後平台回報已送達）",
        ),
        (
            "LINE refused the message: 100% odd." + LATE_MARK,
            "LINE 拒絕了這則訊息：100% odd。（之後平台回報已送達）",
        ),
        ("Somebody else's words: 50% off %(x)s.", "Somebody else's words: 50% off %(x)s."),
        ("", ""),
    ],
)
def test_what_was_stored_before_is_said_in_chinese(stored, spoken):
    assert said(reason_told(CHANNELS, stored), CHINESE) == spoken
    assert str(reason_told(CHANNELS, stored)).rstrip(".") == stored.rstrip(".")


@pytest.fixture
async def ann(site):
    await site.member("Ann", "admin")
    made = await site.browser("ann@tea.example")
    await made.post("/console/language", language="zh-Hant")
    return made


async def test_a_failed_message_tells_why_in_chinese_in_thread_and_list(site, ann):
    chat = await site.chat("Mei Lin")
    facts = {"direction": "out", "author": "bot", "state": "failed", "error_code": "190"}
    english = (
        "Messenger no longer accepts this account's access token. An admin must connect it again."
    )
    await say(chat, "hello", error_text=english, **facts)
    chinese = "Messenger 不再接受這個帳號的存取權杖。請由管理員重新連接。"
    for path in (f"/console/inbox/{chat.id}", "/console/failures"):
        page = await ann.words(path)
        assert chinese in page
        assert english not in page


async def test_an_account_tells_in_chinese_why_it_must_be_connected_again(site, ann):
    english = "LINE no longer accepts this account's access token; an admin must renew it."
    async with site.db.transaction() as tx:
        await needs_reconnect(tx, site.line.id, english, site.clock.now())
    for path in ("/console/accounts", f"/console/accounts/{site.line.id}"):
        assert "LINE 不再接受這個帳號的存取權杖；請由管理員更新。" in await ann.words(path)
