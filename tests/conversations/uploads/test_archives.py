"""Archives are looked into only as far as their list is short, whatever they say of themselves."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from conversations import file_types as types
from conversations.channel import ContentRefused
from conversations.uploads import archives, sniff
from conversations.uploads.archives import MOST_ENTRIES, MOST_LISTED
from runtime.media import UNKNOWN_TYPE


def packed(*names, comment=b"", before=b""):
    out = io.BytesIO(before)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
        archive.comment = comment
    return out.getvalue()


@pytest.fixture
def kind(tmp_path):
    """Return what bytes are taken for."""

    def taken(content, name="a.docx"):
        path = tmp_path / "a"
        path.write_bytes(content)
        return sniff.content_type(path, name)

    return taken


WORD = ("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize("comment", [b"", b"made by hand", b"x" * 60_000 + b"PK\x05"])
def test_an_archive_is_known_by_what_it_holds(kind, comment):
    assert kind(packed(*WORD, comment=comment)) == types.DOCX
    assert kind(packed("a.txt", comment=comment)) == types.ZIP
    assert kind(packed(comment=comment)) == types.ZIP


def test_macros_are_found_behind_thousands_of_files_or_nothing_is_taken(kind):
    many = [f"word/{n}.xml" for n in range(MOST_ENTRIES)]
    with pytest.raises(ContentRefused):
        kind(packed(*many, "word/vbaProject.bin"))
    with pytest.raises(ContentRefused, match="Programs"):
        kind(packed(*many[:-1], "word/vbaProject.bin"))


def test_a_list_that_is_longer_than_it_says_is_refused(kind):
    content = bytearray(packed(*(f"{n}" for n in range(MOST_ENTRIES + 1))))
    content[-14:-10] = struct.pack("<2H", 1, 1)
    with pytest.raises(ContentRefused, match="5,000"):
        kind(bytes(content))


def test_a_list_as_large_as_the_file_is_not_read(kind):
    """Fifty megabytes of entries would be a million objects."""
    listed = bytes(MOST_LISTED + 1)
    end = archives.END.pack(archives.SIGNATURE, 0, 0, 1, 1, len(listed), 4, 0)
    with pytest.raises(ContentRefused, match="5,000"):
        kind(b"PK\x03\x04" + listed + end)


def test_numbers_that_stand_elsewhere_are_not_followed(kind):
    content = packed("a.txt")
    cut = len(content) - archives.END.size
    locator = b"PK\x06\x07" + bytes(16)
    with pytest.raises(ContentRefused, match="5,000"):
        kind(content[:cut] + locator + content[cut:])


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(500),
        b"PK\x05\x06",
        b"PK\x05\x06" + bytes(8) + struct.pack("<2LH", 900, 0, 0),
        b"PK\x03\x04" + bytes(96) + b"PK\x05\x06" + bytes(8) + struct.pack("<2LH", 100, 0, 0),
    ],
)
def test_a_damaged_archive_is_nothing_known(kind, content):
    assert kind(content) == UNKNOWN_TYPE
