"""What the conformance suite knows about channels: their samples, requests, and inputs bent out of shape."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from channels import registry
from conversations.channel import Account, Entry, Inbound, WebhookRequest

PUBLIC_URL = "https://shop.example"
CHANNELS = registry.load()
MARK = "MARKED-TEXT"


class Samples(Protocol):
    """What `channels/<x>/tests/samples.py` offers as plain module members.

    The module may also define `target_of(body) -> str` when some bodies need another request target
    than `/webhooks/<channel>/demo` (Twilio's `bodySHA256`).
    """

    ACCOUNT: Account

    def sign(self, body: bytes, account: Account, target: str, public_url: str) -> dict[str, str]:
        """Return the headers (lower-case names, content type included) with which the platform sends `body`."""

    def body_of(self, fixture: str) -> bytes:
        """Return the webhook body of a file of `fixtures/`."""

    def unknown_event_body(self) -> bytes:
        """Return a body with one event of a kind that does not exist."""

    def text_body(self, text: str) -> bytes:
        """Return a body with one text message; plain ASCII text stands in it as it is."""

    def batch_body(self, n: int) -> list[bytes]:
        """Return bodies with `n` distinct text messages in all: one body where the platform batches, else n.

        Their times run backwards: the last message is the oldest.
        """

    def duplicate_body(self) -> list[bytes]:
        """Return bodies with one event twice: inside one body where the platform batches, else two bodies."""


def folder(name: str) -> Path:
    """Return the folder of a channel."""
    return registry.FOLDER / name


def samples(name: str) -> Samples:
    """Return the samples module of a channel."""
    return cast("Samples", import_module(f"channels.{name}.tests.samples"))


def fixtures() -> list[tuple[str, str]]:
    """Return (channel, file name) of every fixture."""
    return [
        (name, path.name)
        for name in CHANNELS
        for path in sorted((folder(name) / "fixtures").iterdir())
    ]


def quality(name: str) -> dict[str, Any]:
    """Return the quality card of a channel."""
    return tomllib.loads((folder(name) / "quality.toml").read_text())


def request_of(name: str, body: bytes, signer: Account | None = None) -> WebhookRequest:
    """Return the POST with which the platform would deliver `body`, signed by `signer` (the sample account)."""
    kit = samples(name)
    target_of: Callable[[bytes], str] | None = getattr(kit, "target_of", None)
    target = target_of(body) if target_of else f"/webhooks/{name}/demo"
    return WebhookRequest(
        method="POST",
        target=target,
        query=dict(parse_qsl(urlsplit(target).query)),
        headers=kit.sign(body, signer or kit.ACCOUNT, target, PUBLIC_URL),
        body=body,
        public_url=PUBLIC_URL,
    )


def split(name: str, body: bytes) -> list[Entry]:
    """Cut `body` as the gateway would."""
    return CHANNELS[name].split(request_of(name, body))


def read_all(name: str, body: bytes) -> list[Inbound]:
    """Cut and read `body` as the gateway would."""
    return [CHANNELS[name].read(entry.payload) for entry in split(name, body)]


def is_json(body: bytes) -> bool:
    """Say whether the body is JSON (else it is a form)."""
    return body.lstrip()[:1] in {b"{", b"["}


@contextmanager
def telling(what: Callable[[], str]) -> Iterator[None]:
    """Add what is being tried to whatever goes wrong: a loop over cases says which one it was."""
    try:
        yield
    except BaseException as failed:
        failed.add_note(what())
        raise


def bend(body: bytes, choose: Callable[[int], int], value: object) -> bytes:
    """Return `body` with one of its values replaced by `value`, or dropped when `value` is Ellipsis.

    `choose(n)` picks a number below n.
    """
    if not is_json(body):
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
        place = choose(len(pairs))
        name = pairs[place][0]
        pairs[place : place + 1] = [] if value is ... else [(name, str(value))]
        return urlencode(pairs, errors="surrogatepass").encode()
    root = json.loads(body)
    holders = list(_holders(root))
    holder, key = holders[choose(len(holders))]
    if value is ...:
        del holder[key]
    else:
        holder[key] = value
    return json.dumps(root).encode()


def _holders(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = (
        node.keys()
        if isinstance(node, dict)
        else range(len(node))
        if isinstance(node, list)
        else ()
    )
    for key in keys:
        yield node, key
        yield from _holders(node[key])
