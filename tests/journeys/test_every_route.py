"""Who may call what: every route of the running application stands in one table, and keeps to it.

The console's rows, role by role, are agent_console.access.ROUTES.
"""

from __future__ import annotations

import re

from agent_console.access import ROUTES as CONSOLE

# Whoever comes, signed in or not: nothing here tells or changes anything of a shop's.
ANYBODY = """
GET /
GET /healthz
GET /readyz
GET /assets/pages/{name}
GET /media/coupons/{key}
GET /console/static
GET /c/worker.js
GET /c/offline/{lang}
GET /p/{slug}
"""
# Whoever redeems, signed in on their phone; strangers are sent to sign in, or use a one-time link.
VERIFIERS = """
GET /shop
GET /shop/stores
GET /shop/today
POST /shop/stores
POST /shop/look-up
POST /shop/redeem
POST /shop/undo
"""
DOOR_OF_VERIFIERS = """
GET /shop/
GET /shop/login
GET /shop/in/{token}
GET /assets/shop/{name}
POST /shop/login
POST /shop/in/{token}
POST /shop/logout
POST /shop/language
"""
# Whoever holds the unguessable link; changes only through the page itself.
LINK_HOLDERS = """
GET /c/{token}
GET /media/sent/{token}/{name}
GET /media/sent/{token}/small/{name}
GET /c/mine/{token}
GET /c/{token}/state
GET /c/{token}/live
GET /c/{token}/calendar.ics
GET /c/{token}/mine
POST /c/{token}/mine
GET /c/{token}/open
GET /c/{token}/redeem
POST /c/{token}/open
POST /c/{token}/redeem
"""
# A till or an integration, by its bearer token (tests/api); the description is for everybody.
TOKEN_HOLDERS = """
GET /api/v1/openapi.json
POST /api/v1/claims
POST /api/v1/redemptions
"""
# The platform, by its signature over the body.
SIGNERS = """
* /webhooks/{channel}/{account}
"""
# This machine, or who has the token.
OPERATORS = """
GET /metrics
"""
# This machine's browsers, from the simulator's own page.
PHONES = """
GET /simulator
GET /simulator/
GET /simulator/assets
GET /simulator/media/{id}.{ext}
GET /simulator/api/live
GET /simulator/api/accounts
GET /simulator/api/accounts/{account}/phone
GET /simulator/api/accounts/{account}/wire
POST /simulator/api/accounts
POST /simulator/api/accounts/{account}/verify
POST /simulator/api/accounts/{account}/customers
POST /simulator/api/accounts/{account}/do
POST /simulator/api/accounts/{account}/photo
PUT /simulator/api/accounts/{account}/faults/{name}
"""
# This machine, with the token of a simulated account.
SIMULATED_ACCOUNTS = """
POST /simulator/line/v2/bot/message/reply
POST /simulator/line/v2/bot/message/push
POST /simulator/line/v2/bot/message/multicast
POST /simulator/line/v2/bot/message/broadcast
POST /simulator/line/v2/bot/message/validate/{kind}
POST /simulator/line/v2/bot/chat/loading/start
POST /simulator/line/v2/bot/chat/markAsRead
GET /simulator/line/v2/bot/info
GET /simulator/line/v2/bot/profile/{user}
GET /simulator/line/v2/bot/{kind}/{group}/member/{user}
GET /simulator/line/v2/bot/group/{group}/summary
GET /simulator/line/v2/bot/message/quota
GET /simulator/line/v2/bot/message/quota/consumption
GET /simulator/line/v2/bot/message/{message}/content
GET /simulator/line/v2/bot/message/{message}/content/preview
GET /simulator/line/v2/bot/message/{message}/content/transcoding
GET /simulator/line/v2/bot/channel/webhook/endpoint
* /simulator/line/{rest}
POST /simulator/meta/{version}/{node}/messages
POST /simulator/meta/{version}/{node}/message_attachments
POST /simulator/meta/{version}/{node}/subscribed_apps
GET /simulator/meta/{version}/{node}/subscribed_apps
POST /simulator/meta/{version}/{node}/messenger_profile
GET /simulator/meta/{version}/{node}/messenger_profile
GET /simulator/meta/{version}/{node}
POST /simulator/meta/{node}/messages
POST /simulator/meta/{node}/message_attachments
POST /simulator/meta/{node}/subscribed_apps
GET /simulator/meta/{node}/subscribed_apps
POST /simulator/meta/{node}/messenger_profile
GET /simulator/meta/{node}/messenger_profile
GET /simulator/meta/{node}
* /simulator/meta/{rest}
GET /simulator/twilio/2010-04-01/Accounts/{ac}.json
POST /simulator/twilio/2010-04-01/Accounts/{ac}/Messages.json
GET /simulator/twilio/2010-04-01/Accounts/{ac}/Messages.json
GET /simulator/twilio/2010-04-01/Accounts/{ac}/Messages/{sid}.json
GET /simulator/twilio/2010-04-01/Accounts/{ac}/Messages/{sid}/Media.json
GET /simulator/twilio/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/{media}
POST /simulator/twilio/v1/Content
GET /simulator/twilio/v1/Content
GET /simulator/twilio/v1/ContentAndApprovals
GET /simulator/twilio/v1/Content/{sid}
DELETE /simulator/twilio/v1/Content/{sid}
POST /simulator/twilio/v1/Content/{sid}/ApprovalRequests/whatsapp
GET /simulator/twilio/v1/Content/{sid}/ApprovalRequests
* /simulator/twilio/{rest}
"""
OURS = {
    "account": "1",
    "name": "page.css",
    "ac": "AC" + "0" * 32,
    "media": "ME" + "0" * 32,
    "channel": "line",
    "lang": "en",
    "slug": "no-such-place",
    "token": "a-link-that-nobody-has-got",
    "key": "none.jpg",
    "ext": "png",
}
ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
SAFE = {"GET", "*"}


def rows(table):
    """Return (method, path) of a table."""
    return [tuple(line.split(" ")) for line in table.split("\n") if line]


EVERY = [
    *rows(
        ANYBODY
        + VERIFIERS
        + DOOR_OF_VERIFIERS
        + LINK_HOLDERS
        + TOKEN_HOLDERS
        + SIGNERS
        + OPERATORS
        + PHONES
        + SIMULATED_ACCOUNTS
    ),
    *((method, f"/console{path}") for method, path in CONSOLE),
]


def address(demo, path):
    """Return the address of a route, its blanks filled in with what does not exist."""
    return demo.url + re.sub(r"{(\w+)}", lambda blank: OURS.get(blank[1], "SM" + "0" * 32), path)


async def ask(demo, method, path, headers=()):
    """Call a route as a stranger; return the status."""
    verb = "POST" if method == "*" else method
    where = address(demo, path)
    async with demo.http.request(
        verb, where, headers=dict(headers), data=b"{}", allow_redirects=False
    ) as answer:
        return answer.status


def test_no_row_stands_twice():
    assert len(EVERY) == len(set(EVERY))


async def test_every_route_stands_in_the_table_and_keeps_to_it(demo):
    served = {
        (route.method, route.resource.canonical)
        for route in demo.app.router.routes()
        if route.method != "HEAD"
    }
    assert served == set(EVERY)
    wrong = [
        *await unlike(demo, rows(ANYBODY)[:3], {200, 302}),
        *await unlike(demo, rows(LINK_HOLDERS), {303, 404, 429}),
        *await unlike(demo, rows(TOKEN_HOLDERS), {200, 401}),
        *await unlike(demo, rows(TOKEN_HOLDERS)[1:], {401}, ELSEWHERE),
        *await unlike(demo, rows(VERIFIERS), {303, 401}),
        *await unlike(demo, rows(SIGNERS), {400, 401, 404}),
        *await unlike(demo, rows(SIMULATED_ACCOUNTS), {400, 401}),
        *await unlike(demo, rows(OPERATORS), {401, 403, 404}, {"X-Forwarded-For": "203.0.113.9"}),
        *await unlike(demo, rows(PHONES + SIMULATED_ACCOUNTS), {403}, {"Host": "evil.example"}),
    ]
    by_token = set(rows(TOKEN_HOLDERS))
    unsafe = [row for row in EVERY if row[0] not in SAFE and row not in by_token]
    wrong += await unlike(demo, unsafe, {403}, ELSEWHERE)
    assert wrong == []
    assert await framed_or_sniffed(demo) == []


async def unlike(demo, wanted, statuses, headers=()):
    """Return the routes that answer a stranger with something else."""
    asked = [(*row, await ask(demo, *row, headers)) for row in wanted]
    return [row for row in asked if row[2] not in statuses]


async def framed_or_sniffed(demo):
    """Return the pages whose answer a browser may frame, or guess the type of."""
    found = []
    for path in ("/", "/healthz", "/metrics", "/c/none", "/console/login", "/simulator/"):
        async with demo.http.get(demo.url + path, allow_redirects=False) as answer:
            told = answer.headers
            framing = told.get("Content-Security-Policy", "") + told.get("X-Frame-Options", "")
            refused = "frame-ancestors 'none'" in framing or "DENY" in framing
            if told.get("X-Content-Type-Options") != "nosniff" or not refused:
                found.append(path)
    return found
