"""What every channel makes of every kind of file: each cell of the table, up to what goes over the wire."""

from __future__ import annotations

import pytest

from channels.registry import load
from conversations import file_types as types
from conversations.actions.uploads import content_of
from conversations.channel import ContentRefused
from conversations.content import Text
from conversations.uploads.fitting import fit
from conversations.uploads.prepare import prepare
from conversations.uploads.rows import UploadRow
from runtime.ids import uuid7
from tests.agent_console import files

CHANNELS = load()
ORDER = ("line", "messenger", "instagram", "whatsapp")
# Image, video, audio or file as itself; link: as a card or words with a link; none: refused in words.
TABLE = """
jpeg        image image image image
png         image image image image
webp        image image image image
gif         image image image image
moving gif  link  image link  none
mp4         video video video video
mov         link  video video none
webm        link  video video none
3gp         link  file  link  video
m4a         audio audio audio audio
mp3         audio audio link  audio
aac         link  audio audio audio
ogg         link  file  link  audio
wav         link  audio audio none
amr         link  file  link  audio
pdf         link  file  link  file
docx        link  file  link  file
xls         link  file  link  file
text        link  file  link  file
zip         link  file  link  none
html        link  file  link  none
svg         link  file  link  none
unknown     link  file  link  none
"""
CELLS = [
    (line[:12].strip(), channel, wanted)
    for line in TABLE.strip().splitlines()
    for channel, wanted in zip(ORDER, line[12:].split(), strict=True)
]


def test_every_file_and_every_channel_has_a_cell():
    assert {kind for kind, _, _ in CELLS} == set(files.EVERY)
    assert set(ORDER) == set(CHANNELS)


def row_of(facts):
    return UploadRow(
        id=uuid7(),
        token="t" * 24,
        kind=facts.kind,
        name=facts.name,
        content_type=facts.content_type,
        size=facts.size,
        duration_ms=facts.duration_ms,
        storage_key="",
        preview_key="small" if facts.has_preview else "",
    )


@pytest.mark.parametrize(("kind", "channel", "wanted"), CELLS)
def test_a_file_goes_as_the_table_says(kind, channel, wanted, tmp_path):
    name, content = files.EVERY[kind]
    path = tmp_path / "upload"
    path.write_bytes(content)
    abilities = CHANNELS[channel].abilities
    if wanted == "none":
        with pytest.raises(ContentRefused, match="does not take this kind of file"):
            prepare(path, name, abilities)
        return
    facts = prepare(path, name, abilities).facts
    goes = fit(abilities, facts.content_type, facts.size)
    assert ("link" if goes.linked else goes.kind) == wanted
    said = content_of(row_of(facts), abilities, "https://tea.example")
    parts = CHANNELS[channel].parts(said)
    assert len(parts) == 1
    if wanted == "link" and channel == "instagram":
        assert isinstance(parts[0], Text)
        assert f"https://tea.example/media/sent/{'t' * 24}/" in parts[0].text


SIZES = [
    ("whatsapp", types.MP4, 16_000_000, True),
    ("whatsapp", types.MP4, 16_000_001, False),
    ("whatsapp", types.PDF, 16_000_001, False),
    ("messenger", types.MP4, 25_000_000, True),
    ("messenger", types.PDF, 25_000_001, False),
    ("instagram", types.MP4, 25_000_001, True),  # as a link
    ("line", types.MP4, 200_000_001, True),  # as a link
]


@pytest.mark.parametrize(("channel", "kind", "size", "taken"), SIZES)
def test_the_largest_file_of_a_channel_goes_and_one_byte_more_is_refused_or_linked(
    channel, kind, size, taken
):
    abilities = CHANNELS[channel].abilities
    if taken:
        assert fit(abilities, kind, size)
        return
    with pytest.raises(ContentRefused, match=f"{abilities.label} takes .* up to"):
        fit(abilities, kind, size)


@pytest.mark.parametrize("channel", ORDER)
def test_files_need_a_public_address_of_this_server(channel, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(files.picture())
    abilities = CHANNELS[channel].abilities
    said = content_of(row_of(prepare(path, "a.jpg", abilities).facts), abilities, "http://10.0.0.5")
    with pytest.raises(ContentRefused, match="https://"):
        CHANNELS[channel].parts(said)
