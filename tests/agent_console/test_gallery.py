"""Every kind of message has a drawing of its own in the thread, and nothing in it can act."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import get_args

import pytest

from agent_console.said.parts import clock_length, fitted, place, safe_url
from conversations.channel import MessageType
from conversations.content import Content
from tests.agent_console import gallery
from tests.agent_console.chats import attach, say
from tests.agent_console.site import plain

# What lies with us is shown from wherever the console was opened.
OURS_NOWHERE = f'src="{gallery.OURS}'
NASTY = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"


@pytest.fixture
async def chat(site):
    return await site.chat(said="")


async def drawn(sue, chat, message):
    """Return the markup of one message."""
    page = await sue.text(f"/console/inbox/{chat.id}")
    start = page.rindex("<article", 0, page.index(f'id="m-{message}"'))
    return page[start : page.index("</article>", start)]


def attributes(html):
    """Return the names of all attributes, as a browser would read them."""
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda _, told: found.extend(name for name, _ in told)
    reader.feed(html)
    return found


def test_the_gallery_knows_every_kind_there_is():
    assert set(gallery.SENT_AS) == set(get_args(Content))
    assert set(gallery.RECEIVED_AS) == set(MessageType)


@pytest.mark.parametrize("echo", [False, True], ids=["received", "typed elsewhere"])
@pytest.mark.parametrize("kind", MessageType)
async def test_what_a_platform_brings_is_drawn_as_what_it_is(sue, chat, kind, echo):
    """lesson 21: a kind of message is never dropped; what nobody knows stands in the thread, too."""
    message = await gallery.receive(chat, kind, "Good tea", echo=echo)
    html = await drawn(sue, chat, message)
    assert gallery.RECEIVED_AS[kind] in html
    named = kind in {MessageType.UNKNOWN, MessageType.UNSUPPORTED}
    assert ('data-role="placeholder"' in html) is named
    assert "Good tea" in html


@pytest.mark.parametrize("kind", get_args(Content))
async def test_what_is_sent_is_drawn_as_the_customer_sees_it(sue, chat, kind):
    """lesson 27: every card and every send of a bot stands in the conversation."""
    html = await drawn(sue, chat, await gallery.send(chat, kind, "Good tea"))
    assert gallery.SENT_AS[kind] in html
    assert 'data-role="placeholder"' not in html
    assert OURS_NOWHERE not in html


@pytest.mark.parametrize("kind", [*MessageType, *get_args(Content)], ids=str)
async def test_nothing_in_a_message_becomes_markup(sue, chat, kind):
    if isinstance(kind, MessageType):
        message = await gallery.receive(chat, kind, NASTY)
    else:
        message = await gallery.send(chat, kind, NASTY)
    html = await drawn(sue, chat, message)
    assert "<script" not in html
    assert "<img src=x" not in html
    assert not [name for name in attributes(html) if name.startswith("on")]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "http://plain.example/a", "//a.example"]
)
async def test_an_address_that_could_act_is_no_link(sue, chat, url):
    content = {"type": "file", "url": url, "name": "menu.pdf"}
    message = await say(
        chat, "menu.pdf", kind="file", content=content, direction="out", author="bot"
    )
    html = await drawn(sue, chat, message)
    assert url not in html
    assert "menu.pdf" in html


def test_ours_is_told_from_what_only_looks_like_it():
    assert safe_url("https://tea.example/files/a", "https://tea.example") == "/files/a"
    assert safe_url("https://tea.example.evil/files/a", "https://tea.example").startswith("https:")
    assert safe_url("https://tea.example//evil.example/a", "https://tea.example") == ""
    assert safe_url("https://[broken", "") == ""
    assert safe_url(None) == ""


def test_a_map_is_linked_only_for_a_place_on_earth():
    """The address of the map is made of numbers alone, whatever a platform calls a coordinate."""
    here = place("Xinyi", "", 25.033, 121.5654)
    assert (
        here.link
        == "https://www.openstreetmap.org/?mlat=25.033000&mlon=121.565400#map=17/25.033000/121.565400"
    )
    for lat, lon in [
        ("25", 121),
        (float("nan"), 1),
        (91, 0),
        (0, 181),
        (True, 1),
        (None, None),
        ("'><b>", 1),
    ]:
        assert place("Xinyi", "", lat, lon).link == ""


def test_a_picture_has_its_room_before_it_comes():
    assert fitted(4000, 3000) == (320, 240)
    assert fitted(300, 900) == (107, 320)
    assert fitted(20, 10) == (20, 10)
    assert fitted(None, None) == (320, 240)
    assert fitted(-1, 5) == (320, 240)
    assert fitted(1_000_000, 1) == (320, 1)


def test_lengths_are_told_as_players_show_them():
    assert [clock_length(ms) for ms in (65_000, 900, 0, None, 10**12)] == [
        "1:05",
        "0:01",
        "",
        "",
        "",
    ]


async def test_several_pictures_of_one_message_stand_in_a_grid(sue, chat):
    """lesson 20: every one of several pictures is there."""
    message = await say(chat, "Which one?", kind="image")
    for _ in range(3):
        await attach(chat, message, "image", content_type="image/png", storage_key="ab/c")
    html = await drawn(sue, chat, message)
    assert 'data-role="pictures"' in html
    assert html.count('data-role="picture"') == 3
    assert html.count('width="320" height="240"') == 3


@pytest.mark.parametrize(
    ("state", "told", "again"),
    [("waiting", "being fetched", False), ("failed", "could not be fetched", True),
     ("refused", "larger than 25 MB", False), ("skipped", "does not pass it on", False)],
)  # fmt: skip
async def test_a_file_that_is_not_there_says_why(sue, chat, state, told, again):
    message = await say(chat, "", kind="video")
    await attach(chat, message, "video", state=state)
    html = await drawn(sue, chat, message)
    assert told in plain(html)
    assert ('data-role="fetch-again"' in html) is again


async def test_a_failed_file_is_fetched_once_more_when_asked(site, sue, chat):
    message = await say(chat, "", kind="video")
    key = await attach(chat, message, "video", state="failed")
    assert (await sue.act(f"/console/inbox/{chat.id}/files/{key}/again")).status == 200
    assert await state_of(site, key) == "waiting"
    assert "being fetched" in plain(await drawn(sue, chat, message))


async def test_only_a_failed_file_of_this_conversation_is_fetched_again(site, sue, chat):
    other = await site.chat("Tom")
    key = await attach(chat, await say(chat, "", kind="video"), "video", state="failed")
    kept = await attach(
        chat, await say(chat, "", kind="video"), "video", state="stored", storage_key="ab/c"
    )
    await sue.act(f"/console/inbox/{other.id}/files/{key}/again")
    await sue.act(f"/console/inbox/{chat.id}/files/{kept}/again")
    await site.member("Spy", "admin", site.rival)
    spy = await site.browser("spy@rival.example")
    await spy.act(f"/console/inbox/{chat.id}/files/{key}/again")
    assert await state_of(site, key) == "failed"
    assert await state_of(site, kept) == "stored"


async def state_of(site, key):
    return await site.db.screens.fetchval("SELECT state FROM attachment WHERE id = $1", key)


async def test_a_story_shows_while_it_lives_and_says_when_it_is_over(site, sue, chat):
    message = await gallery.receive(chat, MessageType.STORY_MENTION, "look")
    assert 'src="https://platform.example/story_mention"' in await drawn(sue, chat, message)
    await site.db.screens.execute(
        "UPDATE message SET provider_at = provider_at - interval '25 hours' WHERE id = $1", message
    )
    html = await drawn(sue, chat, message)
    assert "platform.example" not in html
    assert "The story is over" in html


async def test_a_cards_claim_tells_its_state_of_now(site, sue):
    coupon = await site.coupon()
    chat = await site.chat()
    listed = await (await sue.part(f"/console/inbox/{chat.id}/coupons")).text()
    form = re.search(r'name="form_id" value="([^"]+)"', listed)[1]
    await sue.act(f"/console/inbox/{chat.id}/coupons", form_id=form, coupon=str(coupon))
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert 'data-role="card-claim" data-state="issued"' in page
    await site.db.screens.execute("UPDATE claim SET state = 'voided' WHERE coupon_id = $1", coupon)
    assert 'data-state="voided"' in await sue.text(f"/console/inbox/{chat.id}")


async def test_the_earlier_words_of_an_edit_are_there_on_demand(site, sue, chat):
    said = {"earlier": [{"text": "at five", "at": "2026-11-23T12:59:00+00:00"}]}
    message = await say(chat, "at six", content=said)
    await site.db.screens.execute("UPDATE message SET edited_at = now() WHERE id = $1", message)
    html = await drawn(sue, chat, message)
    assert 'data-role="earlier"' in html
    assert "at five" in html
    await site.db.screens.execute("UPDATE message SET unsent_at = now() WHERE id = $1", message)
    html = await drawn(sue, chat, message)
    assert "at five" not in html
    assert "at six" not in html


async def test_a_tap_without_words_says_what_it_carried(sue, chat):
    html = await drawn(
        sue, chat, await say(chat, "", kind="postback", content={"payload": "menu:today"})
    )
    assert 'data-role="tapped"' in html
    assert "menu:today" in html
    html = await drawn(sue, chat, await say(chat, "Yes", content={"payload": "yes"}))
    assert 'data-role="tapped"' in html


async def test_a_late_message_shows_both_times(site, sue, chat):
    """lesson 6: the platform's time is the message's; when it came is told where that differs."""
    message = await say(chat, "I wrote this before the server slept")
    await site.db.screens.execute(
        "UPDATE message SET received_at = provider_at + interval '3 hours' WHERE id = $1", message
    )
    html = await drawn(sue, chat, message)
    assert "13:00" in plain(html)
    assert re.search(r"arrived [^\"]*16:00", html)


async def test_a_very_long_thread_of_pictures_is_bounded(site, sue, chat):
    """lesson 12: the newest page first, never more than a fixed number at once."""
    for n in range(310):
        message = await say(chat, "", kind="image", later=timedelta(seconds=n))
        await attach(chat, message, "image", content_type="image/png", storage_key="ab/c")
    page = await (await sue.part(f"/console/inbox/{chat.id}/thread?messages=99999")).text()
    assert page.count("<article") == 300
    assert page.count('data-role="picture"') == 300
    assert page.count('loading="lazy"') >= 300
    assert not re.search(r'<img class="picture"(?![^>]*height=)', page)


async def test_a_card_from_somebody_elses_address_keeps_its_picture(sue, chat):
    content = {"type": "image", "url": "https://shop.example/a.jpg"}
    html = await drawn(
        sue,
        chat,
        await say(chat, "[image]", kind="image", content=content, direction="out", author="bot"),
    )
    assert 'href="https://shop.example/a.jpg" target="_blank" rel="noopener noreferrer"' in html
