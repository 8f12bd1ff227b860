"""Form bodies, against the standard library's reader."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from channels.whatsapp import form


@given(body=st.lists(st.sampled_from(list(b"ab=&+%4fZ\xff\x00;")), max_size=60).map(bytes))
def test_any_bytes_are_read_as_the_standard_library_reads_them(body):
    expected = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    assert form.pairs(body) == [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in expected
    ]


def test_fields_are_text_without_nul_and_without_broken_characters():
    assert form.fields(b"a=%00x%FF&%00b=%E5%85%8C+1&a=2") == {"a": "x\ufffd", "b": "兌 1"}
