"""One of every kind of message, in both directions: what a platform may bring and what may be sent."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from conversations import content as contents
from conversations.channel import MessageType
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
    CopyButton,
    File,
    Image,
    LinkButton,
    Location,
    PhoneButton,
    PostbackButton,
    QuickReply,
    Template,
    Text,
    Video,
)
from tests.agent_console.chats import attach, say

OURS = "http://localhost:8080"
# What shows that a kind is drawn by markup of its own.
RECEIVED_AS = {
    MessageType.TEXT: 'class="words"',
    MessageType.IMAGE: 'data-role="picture"',
    MessageType.VIDEO: 'data-role="video"',
    MessageType.AUDIO: 'data-role="audio"',
    MessageType.FILE: 'data-role="file"',
    MessageType.STICKER: 'data-role="sticker"',
    MessageType.LOCATION: 'data-role="place"',
    MessageType.SHARE: 'data-role="post"',
    MessageType.REEL: 'data-role="post"',
    MessageType.STORY_MENTION: 'data-role="story"',
    MessageType.STORY_REPLY: 'data-role="story"',
    MessageType.CONTACTS: 'data-role="person"',
    MessageType.UNSUPPORTED: 'data-role="placeholder"',
    MessageType.UNKNOWN: 'data-role="placeholder"',
}
SENT_AS = {
    Text: 'class="words"',
    Image: 'data-role="picture"',
    Video: 'data-role="video"',
    Audio: 'data-role="audio"',
    File: 'data-role="file"',
    Location: 'data-role="place"',
    Buttons: 'class="bubble-button"',
    Card: 'data-role="card"',
    Carousel: 'class="carousel"',
    Template: 'data-role="template"',
}
STORED = {
    MessageType.IMAGE: "image/png",
    MessageType.VIDEO: "video/mp4",
    MessageType.AUDIO: "audio/mp4",
    MessageType.FILE: "application/pdf",
    MessageType.STICKER: "image/webp",
    MessageType.REEL: "video/mp4",
}


def received(kind, words):
    """Return text, attachment facts (or None) and content of a received message that says `words` everywhere."""
    source = {"url": f"https://platform.example/{kind}", "width": 400, "height": 300}
    facts = {
        "state": "stored",
        "name": words,
        "source": source,
        "size": 4321,
        "storage_key": "ab/c",
    }
    if kind in STORED:
        return "", facts | {"content_type": STORED[kind]}, None
    match kind:
        case MessageType.TEXT:
            return words, None, None
        case MessageType.LOCATION:
            place = {"lat": 25.033, "lon": 121.5654, "title": words}
            return "", facts | {"state": "skipped", "source": place}, None
        case MessageType.SHARE | MessageType.STORY_MENTION | MessageType.STORY_REPLY:
            return words, facts | {"state": "skipped"}, None
        case MessageType.CONTACTS:
            person = {"name": words, "company": words, "phones": [words], "emails": [words]}
            return "", facts | {"source": {"people": [person]}}, None
        case _:
            return "", None, {"params": {"type": words}}


def sent(kind, words):
    """Return content of one kind that says `words` in every field that may hold them."""
    buttons = (
        LinkButton(words, f"{OURS}/c/x"),
        PostbackButton(words, "p"),
        PhoneButton(words, "+886900000000"),
        CopyButton(words, words),
    )
    card = Card(words, words, f"{OURS}/files/a.jpg", buttons)
    made = {
        Text: Text(words, (QuickReply(words, "p"),)),
        Image: Image(f"{OURS}/files/a.jpg"),
        Video: Video(f"{OURS}/files/a.mp4", f"{OURS}/files/a.jpg"),
        Audio: Audio(f"{OURS}/files/a.m4a", 65_000),
        File: File(f"{OURS}/files/a.pdf", words),
        Location: Location(words, words, 25.033, 121.5654),
        Buttons: Buttons(words, buttons),
        Card: card,
        Carousel: Carousel((card, card)),
        Template: Template("HX" + "0" * 32, {words: words}),
    }
    return made[kind]


async def receive(chat, kind, words, *, echo=False, later=timedelta(minutes=1)):
    """Put a received message into a chat, or one that was typed elsewhere."""
    text, file, content = received(kind, words)
    way = {"direction": "out", "author": "elsewhere", "state": "sent"} if echo else {}
    message = await say(chat, text, kind=str(kind), content=content, later=later, **way)
    if file:
        await attach(chat, message, str(kind), **file)
    return message


async def send(chat, kind, words, *, later=timedelta(minutes=2), **facts):
    """Put a sent message into a chat."""
    content = sent(kind, words)
    stored = msgspec.json.decode(contents.encode(content))
    facts = {"author": "bot", "state": "delivered"} | facts
    return await say(
        chat, contents.preview(content), kind=stored["type"], content=stored, direction="out", later=later, **facts
    )  # fmt: skip
