"""Attaching files to an answer: taken in one by one, shown in a tray, taken out again."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.heads import head_of
from agent_console.media import headers, locate
from agent_console.render import page
from conversations import file_types as types
from conversations.actions import uploads
from conversations.actions.uploads import Owner
from conversations.appkeys import CHANNELS
from conversations.channel import Abilities
from conversations.uploads import rows
from conversations.uploads.fitting import KINDS, PLURALS, TOO_LARGE, WRONG_TYPE, fit, megabytes
from conversations.uploads.prepare import MOST_BYTES
from conversations.uploads.receive import TOO_HEAVY, Arrival, receive
from conversations.views import ConversationHead, MediaFile
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from runtime.errors import NotFound
from runtime.media import CHUNK, MediaStore
from runtime.words import Words

LONGEST_NAME = 4_000
PLAYED = ("video", "audio")


async def attach(request: web.Request) -> web.StreamResponse:
    """Take in one file: the body is its bytes, the header X-File-Name its name in percent signs."""
    database, viewer, head = request.config_dict[DATABASE], request[VIEWER], await head_of(request)
    settings = request.config_dict[SETTINGS]
    arrival = Arrival(
        owner=Owner(viewer.workspace_id, head.id, viewer.id),
        name=unquote(request.headers.get("X-File-Name", "")[:LONGEST_NAME], errors="replace"),
        size=_size(request),
        channel=request.config_dict[CHANNELS][head.channel],
        public_url=settings.base_url,
    )
    store = MediaStore(settings.data_dir)
    body = request.content.iter_chunked(CHUNK)
    await receive(database, store, arrival, body, request.config_dict[CLOCK].now())
    return await _tray(request, head)


async def take_out(request: web.Request) -> web.StreamResponse:
    """Take a file out of the tray; it is deleted within the hour."""
    database, viewer, head = request.config_dict[DATABASE], request[VIEWER], await head_of(request)
    async with database.transaction() as tx:
        await uploads.remove(tx, viewer.workspace_id, viewer.id, path_id(request, "upload"))
    return await _tray(request, head)


async def serve(request: web.Request) -> web.StreamResponse:
    """Send the viewer a file of their own tray."""
    row = await _own(request)
    file = MediaFile(row.storage_key, row.content_type, row.name, row.size)
    path = locate(request.config_dict[SETTINGS].data_dir / "media", row.storage_key)
    return web.FileResponse(path, headers=headers(file))


async def serve_small(request: web.Request) -> web.StreamResponse:
    """Send the viewer the small picture of a file of their own tray."""
    row = await _own(request)
    if not row.preview_key:
        raise NotFound("There is no such file")
    path = locate(request.config_dict[SETTINGS].data_dir / "media", row.preview_key)
    return web.FileResponse(path, headers=headers(MediaFile(row.preview_key, types.JPEG, "", 0)))


async def tray(request: web.Request, head: ConversationHead) -> dict[str, Any]:
    """Return what the tray's template needs: the files that wait here, and what the channel takes."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    abilities = request.config_dict[CHANNELS][head.channel].abilities
    waiting = await rows.waiting(database, viewer.workspace_id, head.id, viewer.id)
    return {
        "of": head.id,
        "files": [(row, fit(abilities, row.content_type, row.size)) for row in waiting],
        "limits": limits(abilities),
    }


def _size(request: web.Request) -> int:
    """Return how many bytes are said to come, 0 when nothing is said: packed ones grow when they are read."""
    return 0 if "Content-Encoding" in request.headers else request.content_length or 0


async def _tray(request: web.Request, head: ConversationHead) -> web.StreamResponse:
    return page(request, "inbox/_tray.html", tray=await tray(request, head), oob=True)


async def _own(request: web.Request) -> rows.UploadRow:
    viewer = request[VIEWER]
    return await rows.own(
        request.config_dict[DATABASE], viewer.workspace_id, viewer.id, path_id(request, "upload")
    )


def limits(abilities: Abilities) -> dict[str, Any]:
    """Return what the channel takes: for people, and for the script that refuses before a byte is sent."""
    takes = {
        kind: {
            "types": types.names(files.types),
            "most": megabytes(min(files.most_bytes, MOST_BYTES)),
        }
        for kind, files in abilities.files.items()
    }
    others = abilities.files.get("file")
    anything = others is not None and not others.types
    taken = sorted(frozenset[str]().union(*(one.types for one in abilities.files.values())))
    most = {
        kind: min(max(_most(abilities, kind), 0), MOST_BYTES) for kind in PLAYED if kind in takes
    }
    return {
        "kinds": takes,
        "linked": others is not None and others.linked,
        "anything": anything,
        "taken": () if anything else taken,
        "most": most,
        "heaviest": MOST_BYTES,
        "too_heavy": Words(TOO_HEAVY, limit=megabytes(MOST_BYTES)),
        "wrong_type": Words(
            WRONG_TYPE, channel=abilities.label, types=types.names(frozenset(taken))
        ),
        "too_large": {
            kind: Words(
                TOO_LARGE,
                channel=abilities.label,
                kind=Words(PLURALS[kind]),
                limit=megabytes(size),
                size="{size}",
            )
            for kind, size in most.items()
        },
    }


def _most(abilities: Abilities, kind: str) -> int:
    """Return the size of the largest file of a kind that goes in any way."""
    own = abilities.files[kind].most_bytes
    others = abilities.files.get("file")
    falls_back = others is not None and (not others.types or others.types & KINDS[kind])
    return max(own, others.most_bytes) if others is not None and falls_back else own
