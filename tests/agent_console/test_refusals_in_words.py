"""What a channel refuses is said in the reader's language, with its figures."""

from __future__ import annotations

import pytest

from conversations.channel import ContentRefused
from conversations.content import Buttons, Card, LinkButton, QuickReply, Text, Video
from conversations.quick_replies import payload_of, title_of
from runtime.i18n import catalogue
from runtime.words import Words, said
from tests.agent_console.chats import say

CHINESE = catalogue("zh-Hant", "console").gettext
BAD_LINK = LinkButton("開啟", "http://shop.example/x")


@pytest.mark.parametrize(
    ("channel", "content", "english", "chinese"),
    [
        ("line", Text("x" * 5001), "The message has 5,001 characters", "訊息有 5,001 個字元"),
        ("line", Video("https://a.example/v.mp4"), "only with a preview", "必須有預覽圖"),
        ("instagram", Text("茶" * 1700), "5100 bytes", "5100 位元組"),
        ("messenger", Card("t" * 81, "x"), "The card's title has 81", "卡片標題有 81 個字元"),
        (
            "whatsapp",
            Buttons("Hi", (BAD_LINK,)),
            "button “開啟”",
            "按鈕「開啟」的網址必須以 https://",
        ),
    ],
)
def test_a_channels_refusal_is_said_in_both_languages(
    site_channels, channel, content, english, chinese
):
    with pytest.raises(ContentRefused) as caught:
        site_channels[channel].parts(content)
    assert english in str(caught.value)
    assert chinese in said(caught.value.words, CHINESE)


@pytest.fixture(scope="module")
def site_channels():
    from channels.registry import load  # noqa: PLC0415 (loaded once for all cases)

    return load()


def test_percent_signs_and_nested_words_survive():
    inner = Words("button “%(title)s”", title="50% off")
    assert said(Words("The address of the %(what)s is empty.", what=inner), str) == (
        "The address of the button “50% off” is empty."
    )
    assert Words("100% sure") == "100% sure"
    assert Words(inner) is inner


async def test_a_refused_message_tells_its_reason_in_chinese_in_thread_and_list(site):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    chat = await site.chat("Mei Lin")
    content = {"type": "text", "text": "x" * 5001}
    facts = {"direction": "out", "author": "bot", "state": "failed", "error_code": "content"}
    await say(chat, "long", content=content, error_text="The message has …", **facts)
    await sue.post("/console/language", language="zh-Hant")
    words = "訊息有 5,001 個字元，LINE 最多接受 5,000 個；請縮短。"
    assert words in await sue.words(f"/console/inbox/{chat.id}")
    assert words in await sue.words("/console/failures")


async def send(browser, chat, *fields, form="form-0001"):
    path = f"/console/inbox/{chat.id}/reply"
    headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}
    return await browser.client.post(path, data=[("form_id", form), *fields], headers=headers)


@pytest.mark.parametrize(
    ("channel", "titles", "words"),
    [
        ("line", [f"choice {n}" for n in range(14)], "LINE shows at most 13"),
        ("whatsapp", ["a", "b", "c", "d"], "WhatsApp shows at most 3"),
        ("messenger", ["x" * 21], "at most 20 characters"),
    ],
)
async def test_more_or_longer_quick_replies_than_the_channel_shows_are_refused(
    site, channel, titles, words
):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    account = site.line if channel == "line" else await site.account(channel, "other")
    chat = await site.chat("Mei Lin", account=account)
    answer = await send(sue, chat, ("text", "Which?"), *(("quick", one) for one in titles))
    assert answer.status == 422
    assert words in await answer.text()
    alone = await send(sue, chat, ("quick", "Yes"))
    assert alone.status == 422, "buttons hang below words"


async def test_quick_replies_and_filled_variables_go_with_the_answer(site):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    chat = await site.chat("Mei Lin")
    fields = (
        ("text", "{name}, hot or iced? {member}, {store}"),
        ("quick", " 熱  "),
        ("quick", "冰"),
    )
    assert (await send(sue, chat, *fields)).status == 200
    row = await site.db.screens.fetchrow(
        "SELECT text, content FROM message WHERE direction = 'out'"
    )
    assert row["text"] == "Mei Lin, hot or iced? Sue,"
    assert [one["title"] for one in row["content"]["quick_replies"]] == ["熱", "冰"]
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "&#34;name&#34;: &#34;Mei Lin&#34;" in page


def test_a_tap_tells_its_words_by_its_data_alone():
    assert title_of(payload_of("熱的 ☕")) == "熱的 ☕"
    assert len(payload_of("👨‍👩‍👧‍👦" * 2)) <= 200
    for foreign in (None, "", "c:menu:1", "say:%%%", "say:" + "A" * 300, "say:_w=="):
        assert title_of(foreign) == ""
    assert QuickReply("a", payload_of("a")).payload.isascii()


async def test_text_is_counted_as_its_channel_counts(site):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    account = await site.account("instagram", "shop")
    chat = await site.chat("Mei Lin", account=account)
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert 'data-unit="utf8"' in page
    assert 'data-limit="5000"' in page
    answer = await send(sue, chat, ("text", "茶" * 1667))
    assert answer.status == 422
    assert "5001 bytes" in await answer.text()
