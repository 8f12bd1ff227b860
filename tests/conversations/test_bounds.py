"""Ids that are longer than a column keep their identity."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conversations.bounds import REPLY_TOKEN, WIDTHS, bounded, message_id, short_id
from conversations.channel import Attachment, Chat, Inbound, Kind

ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=400)


@given(ids, ids, st.integers(33, 200))
def test_a_long_id_fits_and_stays_as_unlike_others_as_it_was(one, other, width):
    assert len(short_id(one, width)) <= width
    assert (short_id(one, width) == short_id(other, width)) == (one == other)


@given(ids)
def test_a_shortened_id_is_not_shortened_again(text):
    assert message_id(message_id(text)) == message_id(text)


@given(st.sampled_from(sorted(WIDTHS)), st.integers(0, 3000))
def test_every_id_of_an_event_fits_its_column(name, length):
    event = Inbound(kind=Kind.MESSAGE, external_event_id="x", **{name: "m" * length})
    assert len(getattr(bounded(event), name)) <= WIDTHS[name]


def test_an_edit_meets_the_message_it_edits_whatever_the_length_of_its_id():
    long = "m" * 999
    said = Inbound(kind=Kind.MESSAGE, external_event_id="1", external_message_id=long)
    edit = Inbound(kind=Kind.EDIT, external_event_id="2", target_message_id=long)
    read = Inbound(kind=Kind.READ, external_event_id="3", mids=(long, "short"))
    stored = bounded(said).external_message_id
    assert stored == bounded(edit).target_message_id == bounded(read).mids[0]
    assert bounded(read).mids[1] == "short"


def test_what_is_short_enough_is_left_alone_and_a_token_too_long_is_dropped():
    plain = Inbound(kind=Kind.MESSAGE, external_event_id="1", reply_token="t" * REPLY_TOKEN)
    assert bounded(plain) is plain
    long = Inbound(kind=Kind.MESSAGE, external_event_id="1", reply_token="t" * (REPLY_TOKEN + 1))
    assert bounded(long).reply_token is None


def test_groups_and_files_fit_too():
    event = Inbound(
        kind=Kind.MESSAGE,
        external_event_id="1",
        chat=Chat("group", "g" * 999),
        attachments=(Attachment("file", size=2**70), Attachment("file", size=7)),
    )
    shown = bounded(event)
    assert shown.chat is not None
    assert len(shown.chat.id) == 160
    assert [each.size for each in shown.attachments] == [None, 7]
