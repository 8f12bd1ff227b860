"""The routes of the pretended LINE Messaging API; both of LINE's hosts in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import accounts, media
from simulator.line import answers, send
from simulator.line.answers import Line
from simulator.platform import Answer, Call, Refusal, endpoint

if TYPE_CHECKING:
    from aiohttp import web

LINE = Line()
PREFIX = "/line/v2/bot"


def add_routes(router: web.UrlDispatcher) -> None:
    """Mount every endpoint."""
    for name in ("reply", "push", "multicast", "broadcast"):
        handler = getattr(send, name)
        router.add_post(f"{PREFIX}/message/{name}", endpoint(LINE, handler, sends=True))
    router.add_post(
        f"{PREFIX}/message/validate/{{kind:reply|push|multicast|narrowcast|broadcast}}",
        endpoint(LINE, send.validate),
    )
    router.add_post(f"{PREFIX}/chat/loading/start", endpoint(LINE, loading))
    router.add_post(f"{PREFIX}/chat/markAsRead", endpoint(LINE, mark_as_read))
    router.add_get(f"{PREFIX}/info", endpoint(LINE, info))
    router.add_get(f"{PREFIX}/profile/{{user}}", endpoint(LINE, profile))
    router.add_get(
        f"{PREFIX}/{{kind:group|room}}/{{group}}/member/{{user}}", endpoint(LINE, member)
    )
    router.add_get(f"{PREFIX}/group/{{group}}/summary", endpoint(LINE, summary))
    router.add_get(f"{PREFIX}/message/quota", endpoint(LINE, quota))
    router.add_get(f"{PREFIX}/message/quota/consumption", endpoint(LINE, consumption))
    router.add_get(f"{PREFIX}/message/{{message}}/content", endpoint(LINE, content))
    router.add_get(f"{PREFIX}/message/{{message}}/content/preview", endpoint(LINE, content))
    router.add_get(f"{PREFIX}/message/{{message}}/content/transcoding", endpoint(LINE, transcoding))
    router.add_get(f"{PREFIX}/channel/webhook/endpoint", endpoint(LINE, webhook))
    router.add_route("*", "/line/{rest:.*}", endpoint(LINE, nowhere))


async def nowhere(_call: Call) -> Answer:
    """Answer for paths LINE does not have, or this simulator does not play."""
    return answers.say(404, "Not found")


async def info(call: Call) -> Answer:
    """GET /v2/bot/info."""
    account = call.account
    return answers.ok(
        {
            "userId": account.external_id,
            "basicId": account.address or f"@{account.name}",
            "displayName": account.name,
            "chatMode": "bot",
            "markAsReadMode": "manual",
        }
    )


async def profile(call: Call) -> Answer:
    """GET /v2/bot/profile/{userId}: 404 for a stranger and for one who blocked the account."""
    person = await _person(call)
    if person.blocked or "blocked" in call.faults:
        raise Refusal(answers.say(404, "Not found"))
    return answers.ok(_shown(person))


async def member(call: Call) -> Answer:
    """GET /v2/bot/group/{groupId}/member/{userId}: also of people who are no friends."""
    return answers.ok(_shown(await _person(call)))


async def summary(call: Call) -> Answer:
    """GET /v2/bot/group/{groupId}/summary."""
    name = await call.world.pool.fetchval(
        "SELECT name FROM simulator.chat_group WHERE account_id = $1 AND external_id = $2",
        call.account.id,
        call.path("group"),
    )
    if name is None:
        raise Refusal(answers.say(404, "Not found"))
    return answers.ok({"groupId": call.path("group"), "groupName": name})


def _shown(person: accounts.Customer) -> dict[str, str]:
    return {"displayName": person.name, "userId": person.external_id, "language": person.language}


async def _person(call: Call) -> accounts.Customer:
    people = await accounts.customers(call.world.pool, call.account.id)
    for person in people:
        if person.external_id == call.path("user"):
            return person
    raise Refusal(answers.say(404, "Not found"))


async def quota(call: Call) -> Answer:
    """GET /v2/bot/message/quota."""
    if "monthly_limit" in call.faults:
        return answers.ok({"type": "limited", "value": 200})
    return answers.ok({"type": "none"})


async def consumption(call: Call) -> Answer:
    """GET /v2/bot/message/quota/consumption."""
    return answers.ok({"totalUsage": 200 if "monthly_limit" in call.faults else 0})


async def content(call: Call) -> Answer:
    """GET /v2/bot/message/{messageId}/content."""
    found = await media.of_message(call.world.pool, call.account.id, call.path("message"))
    if found is None:
        raise Refusal(answers.say(404, "Not found"))
    return Answer(200, found.content, answers.request_id(), found.content_type)


async def transcoding(_call: Call) -> Answer:
    """GET /v2/bot/message/{messageId}/content/transcoding."""
    return answers.ok({"status": "succeeded"})


async def webhook(call: Call) -> Answer:
    """GET /v2/bot/channel/webhook/endpoint."""
    return answers.ok({"endpoint": call.account.webhook_url, "active": True})


async def loading(call: Call) -> Answer:
    """POST /v2/bot/chat/loading/start: typing dots, one-to-one chats only."""
    body = send.read(call)
    found = []
    chat = body.get("chatId")
    if not isinstance(chat, str) or not chat.startswith("U"):
        found.append(("The value is not a user id", "chatId"))
    seconds = body.get("loadingSeconds", 20)
    if seconds not in range(5, 61, 5):
        found.append(("Must be a multiple of 5 between 5 and 60", "loadingSeconds"))
    if found:
        raise Refusal(answers.faults(found))
    return Answer(202, {}, answers.request_id())


async def mark_as_read(call: Call) -> Answer:
    """POST /v2/bot/chat/markAsRead."""
    if not send.read(call).get("markAsReadToken"):
        raise Refusal(answers.faults([("May not be empty", "markAsReadToken")]))
    return answers.ok({})
