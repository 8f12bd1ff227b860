"""What a kept file tells before it is shown: a picture's size, the people of a contact card."""

from __future__ import annotations

import pytest
from PIL import Image

from runtime.media_facts import look_inside, people_of

CARD = """BEGIN:VCARD\r
VERSION:3.0\r
FN:Mei \\, Lin\r
ORG:Tea House;Kitchen\r
item1.TEL;TYPE=CELL:+886 900\r
  000 111\r
EMAIL:mei@tea.example\r
END:VCARD\r
BEGIN:VCARD\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9E=97=E7=BE=8E\r
TEL;VALUE=uri:tel:+1-555\r
END:VCARD\r
"""


@pytest.mark.parametrize(("turn", "size"), [(1, (40, 30)), (6, (30, 40)), (8, (30, 40))])
def test_a_pictures_size_is_the_one_it_is_shown_in(tmp_path, turn, size):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.new("RGB", (40, 30)).save(tmp_path / "a", "JPEG", exif=exif)
    seen = look_inside(tmp_path / "a", "image/jpeg", "image")
    assert (seen["width"], seen["height"]) == size


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xd8\xff\xe0broken", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40]
)
def test_a_picture_that_cannot_be_read_tells_nothing(tmp_path, body):
    (tmp_path / "a").write_bytes(body)
    assert look_inside(tmp_path / "a", "image/png", "image") == {}


def test_a_huge_picture_is_measured_without_being_drawn(tmp_path):
    Image.new("1", (12_000, 9_000)).save(tmp_path / "a", "PNG")
    assert look_inside(tmp_path / "a", "image/png", "image") == {"width": 12_000, "height": 9_000}


def test_the_people_of_a_contact_card_are_told(tmp_path):
    (tmp_path / "a").write_text(CARD, newline="")
    assert look_inside(tmp_path / "a", "application/octet-stream", "contacts") == {
        "people": [
            {"name": "Mei , Lin", "company": "Tea House, Kitchen", "phones": ["+886 900 000 111"],
             "emails": ["mei@tea.example"]},
            {"name": "林美", "phones": ["+1-555"]},
        ]
    }  # fmt: skip
    assert look_inside(tmp_path / "a", "application/octet-stream", "file") == {}


@pytest.mark.parametrize(
    "card",
    ["", "FN:nobody began", "BEGIN:VCARD\n:::\n;;;\nFN\n", "\x00" * 9, "BEGIN:VCARD\nFN:\x1b\n"],
)
def test_what_is_no_card_has_no_people(card):
    assert people_of(card) == []


def test_a_card_is_bounded():
    people = people_of(
        "BEGIN:VCARD\nFN:" + "x" * 900 + "\n" + "TEL:1\n" * 50 + "BEGIN:VCARD\nFN:y\n" * 90
    )
    assert len(people) == 20
    assert len(people[0]["name"]) == 200
    assert len(people[0]["phones"]) == 5
