"""Calls for one Facebook Page; sends go through pymessenger's Bot (see meta_graph.client)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.messenger import outbound
from channels.meta_graph.client import Graph, MetaClient, base_address
from channels.meta_graph.facts import items, word, words
from conversations.channel import Check, Profile, SendError
from runtime.words import Words, mark

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import Account, Chat

LABEL = outbound.DIALECT.label
FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_reactions",
    "message_edits",
    "messaging_referrals",
    "messaging_optins",
    "messaging_account_linking",
)

UNNAMED = mark("Facebook did not say which Page this token is for.")
ANOTHER_PAGE = mark("another Page")
OTHER_PAGE = mark("This token is for %(name)s (%(found)s), not for %(wanted)s.")
SUBSCRIBE = mark("Check that the Page's webhook subscription has: %(fields)s.")
ADD_FIELDS = mark("Add these fields to the Page's webhook subscription: %(fields)s.")


class MessengerClient(MetaClient):
    """The Page behind one account."""

    label = LABEL

    def __init__(self, account: Account, http: ClientSession, graph_version: str) -> None:
        base = base_address(account, graph_version)
        super().__init__(Graph(account, http, base, LABEL), outbound.body)
        self._external_id = account.external_id

    async def profile(self, external_id: str, chat: Chat | None = None) -> Profile | SendError:  # noqa: ARG002 (contract)
        """Look a person up by their page-scoped id."""
        fields = "first_name,last_name,profile_pic,locale"
        found = await self._graph.get(quote(external_id, safe=""), fields)
        if isinstance(found, SendError):
            return found
        names = (word(found.get("first_name")), word(found.get("last_name")))
        locale = word(found.get("locale"))
        return Profile(
            name=" ".join(name for name in names if name),
            picture_url=word(found.get("profile_pic")),
            language=locale.replace("_", "-") if locale else None,
        )

    async def check(self) -> Check:
        """Ask which Page the token is for, and which events it is subscribed to."""
        page = await self._graph.get("me", "id,name,username")
        if isinstance(page, SendError):
            return Check(ok=False, credentials_bad=page.credentials_bad, advice=(page.agent_text,))
        found = word(page.get("id"))
        advice: list[str] = []
        if found is None:
            return Check(ok=False, advice=(UNNAMED,))
        if self._external_id not in {"", found}:
            name = word(page.get("name")) or Words(ANOTHER_PAGE)
            told = Words(OTHER_PAGE, name=name, found=found, wanted=self._external_id)
            advice.append(told)
        advice.extend(await self._subscription())
        is_same = self._external_id in {"", found}
        return Check(
            ok=is_same,
            external_id=found,
            address=word(page.get("username")),
            advice=tuple(advice),
        )

    async def _subscription(self) -> tuple[str, ...]:
        answer = await self._graph.get("me/subscribed_apps", "subscribed_fields")
        if isinstance(answer, SendError) or "data" not in answer:
            return (Words(SUBSCRIBE, fields=", ".join(FIELDS)),)
        have = {
            name for app in items(answer["data"]) for name in words(app.get("subscribed_fields"))
        }
        missing = [name for name in FIELDS if name not in have]
        if not missing:
            return ()
        return (Words(ADD_FIELDS, fields=", ".join(missing)),)
