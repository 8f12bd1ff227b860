"""HTTP answers are read the same however their bytes are cut, and refused when they are not certain."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.answers import MOST_BODY, MOST_HEAD, Answer, AnswerReader, UnreadableAnswer

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = (
    b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;more=1\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-After: 1\r\n\r\n"
)


def read(*pieces: bytes) -> tuple[Answer | None, AnswerReader]:
    """Return what comes of an answer that arrives in pieces."""
    reader, answer = AnswerReader(), None
    for piece in pieces:
        assert answer is None, "nothing after the answer"
        answer = reader.feed(piece)
    return answer, reader


@given(st.sampled_from([PLAIN, CHUNKED]), st.sets(st.integers(1, 120)))
def test_an_answer_is_the_same_however_it_is_cut(whole, cuts):
    at = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    answer, reader = read(*(whole[a:b] for a, b in pairwise(at)))
    assert answer == read(whole)[0]
    assert answer is not None
    assert reader.keeps
    assert answer.body == (b"{}" if whole is PLAIN else b"abc0123456789")


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_unreadable_or_not_yet_whole(data):
    reader = AnswerReader()
    try:
        reader.feed(data)
        reader.end()
    except UnreadableAnswer:
        pass


def test_interim_answers_are_passed_over():
    answer, _ = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + PLAIN)
    assert answer is not None
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")


def test_an_answer_without_a_length_ends_with_the_connection():
    answer, reader = read(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    assert answer is None
    assert reader.end() == Answer(200, {}, b"all of it")
    assert not reader.keeps


@pytest.mark.parametrize("whole", [PLAIN, CHUNKED])
def test_an_answer_cut_off_is_none(whole):
    _, reader = read(whole[:-1])
    assert reader.end() is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", True),
        (PLAIN + b"HTTP/1.1 200 OK", False),
        (CHUNKED + b"more", False),
    ],
)
def test_a_connection_is_kept_only_when_its_answer_ended_where_it_said(said, kept):
    answer, reader = read(said)
    assert answer is not None
    assert reader.keeps is kept


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (MOST_HEAD + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"1" * (MOST_HEAD + 1),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * (MOST_HEAD + 1),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BODY + 1),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(said):
    with pytest.raises(UnreadableAnswer):
        read(said)


def test_a_large_piece_counts_once_however_it_comes():
    reader = AnswerReader()
    size = MOST_BODY - 10
    assert (
        reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size) is None
    )
    for _ in range(4):
        assert reader.feed(b"x" * (size // 4)) is None
    answer = reader.feed(b"x" * (size % 4) + b"\r\n0\r\n\r\n")
    assert answer is not None
    assert len(answer.body) == size


def test_an_answer_in_countless_pieces_is_refused():
    """Each would be looked at while everything else waits."""
    with pytest.raises(UnreadableAnswer):
        read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 5000)
