"""An answer held because a colleague's came first: what is shown, and what was seen by whom."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web

from agent_console.access import is_partial
from agent_console.forms import as_id
from agent_console.inbox import conversation_page, thread_context
from agent_console.render import page
from conversations.actions.reply import Answer
from conversations.actions.unseen import NOTHING, OUT_OF_DATE, Newer
from runtime.errors import Invalid

STATUS = 409
# Says to the script that this 409 is a question with a form, not an error to be read out.
MARK = "Tessera-Held"


def seen_field(entered: Mapping[str, str]) -> UUID | None:
    """Return the last message the writer has seen: one they want to pass over, else the form's; None for a form
    that does not say. Raises Invalid.
    """
    wanted = entered.get("anyway") or entered.get("seen")
    if wanted is None:
        return None
    found = as_id(wanted) if wanted else NOTHING
    if found is None:
        raise Invalid("seen", OUT_OF_DATE)
    return found


async def ask(request: web.Request, answer: Answer, newer: Newer, *, closing: bool) -> web.Response:
    """Show the colleague's answer above the writer's own, which is not sent yet."""
    key = answer.conversation_id
    opened = {"newer": newer, "closing": closing}
    if not is_partial(request):
        shown = await conversation_page(request, key, status=STATUS, held=opened, draft=answer.text)
    else:
        context = await thread_context(request, key)
        shown = page(
            request, "inbox/_fresh.html", status=STATUS, open=context | {"held": opened}, asked=True
        )
    shown.headers[MARK] = "1"
    return shown
