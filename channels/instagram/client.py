"""Calls for one Instagram professional account; sends go through pymessenger's Bot (see meta_graph.client)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.instagram import outbound
from channels.meta_graph.client import HOST, Graph, MetaClient, base_address
from channels.meta_graph.facts import mapping, word
from conversations.channel import Check, Profile, SendError
from runtime.words import Words, mark

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from conversations.channel import Account, Chat

LABEL = outbound.DIALECT.label
INSTAGRAM_HOST = "https://graph.instagram.com"
# Tokens of "Instagram login" begin so; others are tokens of the Page that the account is linked to.
OWN_TOKEN = "IG"  # noqa: S105 (the beginning of every such token, not one)
FIELDS = "messages, messaging_postbacks, message_reactions, messaging_seen, messaging_referral"

UNNAMED = mark("Instagram did not say which account this token is for.")
SUBSCRIBE = mark("Check that the app's webhook subscription has: %(fields)s.")
NOT_LINKED = mark(
    "No professional account is linked to this token's Page: link it in the Page's settings."
)
OTHER_ACCOUNT = mark("This token is for %(found)s, not for %(wanted)s.")


class InstagramClient(MetaClient):
    """The professional account behind one account of ours."""

    label = LABEL

    def __init__(self, account: Account, http: ClientSession, graph_version: str) -> None:
        self._has_own_token = account.token.strip().startswith(OWN_TOKEN)
        host = INSTAGRAM_HOST if self._has_own_token else HOST
        base = base_address(account, graph_version, host)
        super().__init__(Graph(account, http, base, LABEL), outbound.body)
        self._external_id = account.external_id

    async def profile(self, external_id: str, chat: Chat | None = None) -> Profile | SendError:  # noqa: ARG002 (contract)
        """Look a person up by their Instagram-scoped id; without a name they go by their user name."""
        found = await self._graph.get(quote(external_id, safe=""), "name,username,profile_pic")
        if isinstance(found, SendError):
            return found
        name = word(found.get("name")) or word(found.get("username")) or ""
        return Profile(name=name, picture_url=word(found.get("profile_pic")))

    async def check(self) -> Check:
        """Ask which account the token is for: its own, or the one linked to the token's Page."""
        fields = "id,name,username,instagram_business_account{id,username}"
        answer = await self._graph.get("me", "user_id,username" if self._has_own_token else fields)
        if isinstance(answer, SendError):
            return Check(
                ok=False, credentials_bad=answer.credentials_bad, advice=(answer.agent_text,)
            )
        linked = mapping(answer.get("instagram_business_account"))
        told = linked or answer
        found = word(told.get("user_id")) or word(told.get("id"))
        if found is None:
            return Check(ok=False, advice=(UNNAMED,))
        advice: list[str] = [Words(SUBSCRIBE, fields=FIELDS)]
        if not linked and not self._has_own_token:
            advice.append(NOT_LINKED)
        is_same = self._external_id in {"", found}
        if not is_same:
            advice.append(Words(OTHER_ACCOUNT, found=found, wanted=self._external_id))
        return Check(
            ok=is_same,
            external_id=found,
            address=word(told.get("username")),
            advice=tuple(advice),
        )
