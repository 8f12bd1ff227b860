"""Contents of any shape, within the limits and beyond them."""

from __future__ import annotations

from hypothesis import strategies as st

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
    Text,
    Video,
)


def words(limit):
    """Return texts around a limit, empty ones and emoji among them."""
    sizes = st.sampled_from([0, 1, limit - 1, limit, limit + 1])
    alphabet = st.sampled_from(["a", "茶", "👍", "a b\n", " "])
    return st.builds(lambda part, size: (part * size)[:size], alphabet, sizes) | st.text(
        max_size=limit // 2
    )


urls = st.sampled_from(
    [
        "https://tea.example/a.jpg",
        "https://tea.example/a.gif",
        "http://localhost:8080/c/x",
        "http://tea.example/a.jpg",
        "https://tea.example/a b",
        "",
    ]
)
payloads = st.sampled_from(["c:spring:1", "", "x" * 200, "x" * 201, "茶"])
titles = words(20)
buttons = st.lists(
    st.builds(LinkButton, titles, urls)
    | st.builds(PostbackButton, titles, payloads)
    | st.builds(PhoneButton, titles, st.sampled_from(["+886212345678", "02 1234"]))
    | st.builds(CopyButton, titles, st.just("TEA 50")),
    max_size=4,
).map(tuple)
replies = st.lists(st.builds(QuickReply, titles, payloads), max_size=14).map(tuple)
cards = st.builds(
    Card,
    words(80),
    words(80),
    st.none() | urls,
    buttons,
    st.none() | st.sampled_from(["TEA-50", "TEA 50", "", "\x00"]),
)
contents = (
    st.builds(Text, words(1000) | words(2000) | words(10_000), replies)
    | st.builds(Image, urls)
    | st.builds(Video, urls)
    | st.builds(Audio, urls)
    | st.builds(File, urls, words(80))
    | st.builds(Location, words(80), words(80), st.floats(-90, 90), st.floats(-180, 180))
    | st.builds(Buttons, words(640), buttons)
    | cards
    | st.builds(Carousel, st.lists(cards, max_size=11).map(tuple))
)
