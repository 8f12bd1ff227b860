"""Who may open what: the one table of routes and roles, and the guard that enforces it.

Every route of the console stands in ROUTES; `app.build` refuses to start with one that does not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from urllib.parse import quote

from aiohttp import web

from agent_console import settings_menu
from runtime.errors import Refused
from runtime.i18n import mark
from team.queries import Viewer
from team.roles import Right, Role, holders, may

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
VIEWER = web.RequestKey("viewer", Viewer)
EVERYBODY: frozenset[Role] | None = None
COUPONS_OFF = mark(
    "Coupons are switched off for this workspace. Whoever runs the server can switch them on:"
    " bin/tessera feature coupons on"
)


class SwitchedOff(Refused):
    """The workspace does not have this feature."""


MEMBERS = holders(Right.SIGN_IN)
READERS = holders(Right.READ_INBOX)
WRITERS = holders(Right.WRITE_INBOX)
ASSIGNERS = holders(Right.ASSIGN)
BLOCKERS = holders(Right.BLOCK_CONTACTS)
PRIVACY_KEEPERS = holders(Right.MANAGE_PRIVACY)
SENDERS = holders(Right.SEND_SERVICE_COUPON) | holders(Right.SEND_SALES_COUPON)
QUOTA_KEEPERS = holders(Right.MANAGE_QUOTAS)
FIGURE_READERS = holders(Right.READ_FIGURES)
# Who sees how colleagues do: a marketer's figures are the coupons'.
LEADERS = FIGURE_READERS & ASSIGNERS
ADMINS = holders(Right.MANAGE_ACCOUNTS)
MEMBER_KEEPERS = holders(Right.MANAGE_MEMBERS)
TILL_KEEPERS = holders(Right.MANAGE_TILLS)
COUPONS = holders(Right.MANAGE_COUPONS)
OWNERS = holders(Right.MANAGE_WORKSPACE)
TAGGERS = holders(Right.MANAGE_TAGS)
MERGERS = holders(Right.MERGE_CONTACTS)
INTEGRATORS = holders(Right.MANAGE_INTEGRATIONS)
AUDITORS = holders(Right.READ_AUDIT)
CHAT = "/inbox/{conversation}"
BULK = "/inbox/bulk"
CONTACT = "/contacts/{contact}"
INBOX = "/console/inbox"
COUPON = "/coupons/{coupon}"
CODES = COUPON + "/codes"
OWN_STEPS = "/me/two-steps"
STAFF = "/settings/members"
STAFF_MEMBER = STAFF + "/{member}"
INVITATION = STAFF + "/invitations/{invitation}"
# All that is open to a member whose workspace asks for two steps while they have but one.
WHILE_SETTING_UP = frozenset({OWN_STEPS, OWN_STEPS + "/begin", OWN_STEPS + "/confirm"})
ACCOUNT = "/accounts/{account}"
HOOKS = "/settings/webhooks"
HOOK = HOOKS + "/{webhook}"

# None stands for everybody, signed in or not.
ROUTES: Mapping[tuple[str, str], frozenset[Role] | None] = {
    ("GET", ""): MEMBERS,
    ("GET", "/"): MEMBERS,
    ("GET", "/login"): EVERYBODY,
    ("POST", "/login"): EVERYBODY,
    ("GET", "/login/code"): EVERYBODY,
    ("POST", "/login/code"): EVERYBODY,
    ("GET", "/invitation/{token}"): EVERYBODY,
    ("POST", "/invitation/{token}"): EVERYBODY,
    ("GET", "/password/{token}"): EVERYBODY,
    ("POST", "/password/{token}"): EVERYBODY,
    ("POST", "/logout"): EVERYBODY,
    ("POST", "/language"): EVERYBODY,
    ("POST", "/theme"): EVERYBODY,
    ("GET", "/me"): MEMBERS,
    ("POST", "/me"): MEMBERS,
    ("POST", "/me/notify"): READERS,
    ("POST", "/me/notices"): READERS,
    ("POST", "/me/password"): MEMBERS,
    ("POST", "/me/sessions/end-others"): MEMBERS,
    ("POST", "/me/sessions/{session}/end"): MEMBERS,
    ("GET", OWN_STEPS): MEMBERS,
    ("POST", OWN_STEPS + "/begin"): MEMBERS,
    ("POST", OWN_STEPS + "/confirm"): MEMBERS,
    ("POST", OWN_STEPS + "/codes"): MEMBERS,
    ("POST", OWN_STEPS + "/codes.txt"): MEMBERS,
    ("POST", OWN_STEPS + "/off"): MEMBERS,
    ("GET", "/inbox"): READERS,
    ("GET", "/inbox/list"): READERS,
    ("POST", "/inbox/choice"): READERS,
    ("GET", "/inbox/unread"): READERS,
    ("GET", "/overview"): FIGURE_READERS,
    ("GET", "/overview/now"): LEADERS,
    ("GET", "/overview/figures"): FIGURE_READERS,
    ("GET", "/overview/members.csv"): LEADERS,
    ("GET", "/settings/automation"): ADMINS,
    ("POST", "/settings/automation"): ADMINS,
    ("POST", BULK + "/assign"): ASSIGNERS,
    ("POST", BULK + "/close"): WRITERS,
    ("POST", BULK + "/snooze"): WRITERS,
    ("GET", "/mentions"): READERS,
    ("GET", "/mentions/rows"): READERS,
    ("GET", "/mentions/count"): READERS,
    ("GET", "/failures"): WRITERS,
    ("GET", "/failures/rows"): WRITERS,
    ("GET", "/failures/count"): WRITERS,
    ("POST", "/failures/again"): WRITERS,
    ("GET", CHAT): READERS,
    ("GET", CHAT + "/thread"): READERS,
    ("GET", CHAT + "/window"): READERS,
    ("GET", CHAT + "/saved-replies"): WRITERS,
    ("POST", CHAT + "/reply"): WRITERS,
    ("POST", CHAT + "/draft"): WRITERS,
    ("POST", CHAT + "/uploads"): WRITERS,
    ("POST", CHAT + "/uploads/{upload}/remove"): WRITERS,
    ("GET", CHAT + "/templates"): WRITERS,
    ("GET", CHAT + "/templates/{template}"): WRITERS,
    ("POST", CHAT + "/templates/{template}"): WRITERS,
    ("GET", "/uploads/{upload}"): WRITERS,
    ("GET", "/uploads/{upload}/small"): WRITERS,
    ("POST", CHAT + "/presence"): READERS,
    ("POST", CHAT + "/take-over"): WRITERS,
    ("POST", CHAT + "/close"): WRITERS,
    ("POST", CHAT + "/read"): READERS,
    ("POST", CHAT + "/assign"): ASSIGNERS,
    ("POST", CHAT + "/snooze"): WRITERS,
    ("POST", CHAT + "/notes"): WRITERS,
    ("POST", CHAT + "/messages/{message}/again"): WRITERS,
    ("POST", CHAT + "/files/{file}/again"): WRITERS,
    ("GET", "/contacts/tags"): WRITERS,
    ("GET", CONTACT + "/panel"): READERS,
    ("GET", CONTACT + "/coupons"): READERS,
    ("POST", CONTACT + "/fields/{field}"): WRITERS,
    ("POST", CONTACT + "/tags"): WRITERS,
    ("POST", CONTACT + "/tags/{tag}/remove"): WRITERS,
    ("GET", CONTACT + "/merge"): MERGERS,
    ("POST", CONTACT + "/merge"): MERGERS,
    ("POST", CONTACT + "/merges/{merge}/separate"): MERGERS,
    ("GET", CHAT + "/coupons"): SENDERS,
    ("POST", CHAT + "/coupons"): SENDERS,
    ("POST", CHAT + "/coupons/{coupon}/more"): SENDERS,
    ("GET", "/contacts"): READERS,
    ("GET", CONTACT): READERS,
    ("GET", CONTACT + "/timeline"): READERS,
    ("POST", CONTACT + "/block"): BLOCKERS,
    ("POST", CONTACT + "/unblock"): BLOCKERS,
    ("GET", CONTACT + "/erase"): PRIVACY_KEEPERS,
    ("POST", CONTACT + "/erase"): PRIVACY_KEEPERS,
    ("GET", CONTACT + "/export"): PRIVACY_KEEPERS,
    ("POST", CONTACT + "/export"): PRIVACY_KEEPERS,
    ("GET", "/live"): READERS,
    ("GET", "/presence"): READERS,
    ("GET", "/notices"): READERS,
    ("GET", "/media/{attachment}"): READERS,
    ("GET", "/media/{attachment}/small"): READERS,
    ("GET", "/coupons"): FIGURE_READERS,
    ("GET", "/coupons/rows"): FIGURE_READERS,
    ("GET", COUPON): FIGURE_READERS,
    ("GET", COUPON + "/figures"): FIGURE_READERS,
    ("GET", COUPON + "/settings"): FIGURE_READERS,
    ("GET", COUPON + "/ledger"): FIGURE_READERS,
    ("GET", COUPON + "/claims"): FIGURE_READERS,
    ("GET", COUPON + "/claims/rows"): FIGURE_READERS,
    ("GET", COUPON + "/claims.csv"): FIGURE_READERS,
    ("GET", COUPON + "/claims.xlsx"): FIGURE_READERS,
    ("GET", "/settings"): settings_menu.READERS,
    ("GET", STAFF): MEMBER_KEEPERS,
    ("POST", STAFF + "/two-steps"): MEMBER_KEEPERS,
    ("POST", STAFF + "/invitations"): MEMBER_KEEPERS,
    ("POST", INVITATION + "/renew"): MEMBER_KEEPERS,
    ("POST", INVITATION + "/withdraw"): MEMBER_KEEPERS,
    ("GET", STAFF_MEMBER): MEMBER_KEEPERS,
    ("POST", STAFF_MEMBER + "/role"): MEMBER_KEEPERS,
    ("POST", STAFF_MEMBER + "/password"): MEMBER_KEEPERS,
    ("POST", STAFF_MEMBER + "/two-steps"): MEMBER_KEEPERS,
    ("POST", STAFF_MEMBER + "/sign-out"): MEMBER_KEEPERS,
    ("POST", STAFF_MEMBER + "/deactivate"): MEMBER_KEEPERS,
    ("POST", STAFF_MEMBER + "/reactivate"): MEMBER_KEEPERS,
    ("GET", "/settings/roles"): MEMBER_KEEPERS,
    ("GET", "/settings/workspace"): OWNERS,
    ("POST", "/settings/workspace"): OWNERS,
    ("POST", "/settings/workspace/picture"): OWNERS,
    ("POST", "/settings/workspace/picture/remove"): OWNERS,
    ("GET", "/settings/stores"): OWNERS,
    ("POST", "/settings/stores"): OWNERS,
    ("POST", "/settings/stores/{store}"): OWNERS,
    ("POST", "/settings/stores/{store}/remove"): OWNERS,
    ("GET", "/settings/fields"): OWNERS,
    ("POST", "/settings/fields"): OWNERS,
    ("POST", "/settings/fields/{field}"): OWNERS,
    ("GET", "/settings/tags"): TAGGERS,
    ("POST", "/settings/tags/{tag}"): TAGGERS,
    ("POST", "/settings/tags/{tag}/merge"): TAGGERS,
    ("POST", "/settings/tags/{tag}/remove"): TAGGERS,
    ("GET", "/settings/replies"): WRITERS,
    ("POST", "/settings/replies"): WRITERS,
    ("POST", "/settings/replies/{reply}"): WRITERS,
    ("POST", "/settings/replies/{reply}/remove"): WRITERS,
    ("GET", "/settings/audit"): AUDITORS,
    ("GET", "/settings/audit.csv"): AUDITORS,
    ("GET", "/settings/audit.jsonl"): AUDITORS,
    ("GET", "/settings/tokens"): INTEGRATORS,
    ("POST", "/settings/tokens"): INTEGRATORS,
    ("POST", "/settings/tokens/{token}/revoke"): INTEGRATORS,
    ("GET", HOOKS): INTEGRATORS,
    ("POST", HOOKS): INTEGRATORS,
    ("GET", HOOKS + "/count"): INTEGRATORS,
    ("GET", HOOK): INTEGRATORS,
    ("POST", HOOK): INTEGRATORS,
    ("GET", HOOK + "/log"): INTEGRATORS,
    ("POST", HOOK + "/secret"): INTEGRATORS,
    ("POST", HOOK + "/test"): INTEGRATORS,
    ("POST", HOOK + "/pause"): INTEGRATORS,
    ("POST", HOOK + "/resume"): INTEGRATORS,
    ("POST", HOOK + "/remove"): INTEGRATORS,
    ("POST", HOOK + "/events/{event}/again"): INTEGRATORS,
    ("GET", "/accounts"): ADMINS,
    ("GET", "/accounts/rows"): ADMINS,
    ("GET", "/accounts/new/{channel}"): ADMINS,
    ("POST", "/accounts/new/{channel}"): ADMINS,
    ("GET", ACCOUNT): ADMINS,
    ("GET", ACCOUNT + "/live"): ADMINS,
    ("POST", ACCOUNT + "/test"): ADMINS,
    ("POST", ACCOUNT + "/pause"): ADMINS,
    ("POST", ACCOUNT + "/resume"): ADMINS,
    ("POST", ACCOUNT + "/remove"): ADMINS,
    ("GET", "/coupons/{coupon}/quotas"): QUOTA_KEEPERS,
    ("POST", "/coupons/{coupon}/quotas"): QUOTA_KEEPERS,
    ("POST", ACCOUNT + "/reconnect"): ADMINS,
    ("POST", ACCOUNT + "/shared-keys"): ADMINS,
    ("POST", ACCOUNT + "/shared-keys/remove"): ADMINS,
    ("GET", "/quotas"): QUOTA_KEEPERS,
    ("POST", "/quotas"): QUOTA_KEEPERS,
    ("GET", "/quotas/table"): QUOTA_KEEPERS,
    ("POST", "/quotas/cell"): QUOTA_KEEPERS,
    ("GET", "/quotas.csv"): QUOTA_KEEPERS,
    ("GET", "/quotas/count"): QUOTA_KEEPERS,
    ("GET", "/quotas/requests"): QUOTA_KEEPERS,
    ("GET", "/quotas/requests/rows"): QUOTA_KEEPERS,
    ("POST", "/quotas/requests/{request}/grant"): QUOTA_KEEPERS,
    ("POST", "/quotas/requests/{request}/decline"): QUOTA_KEEPERS,
    ("GET", "/quotas/requests/{request}/outcome"): SENDERS,
    ("GET", "/tills"): TILL_KEEPERS,
    ("POST", "/tills/pins"): TILL_KEEPERS,
    ("POST", "/tills/pins/{pin}"): TILL_KEEPERS,
    ("POST", "/tills/verifiers"): TILL_KEEPERS,
    ("POST", "/tills/verifiers/{member}/link"): TILL_KEEPERS,
    ("POST", "/tills/verifiers/{member}/stores"): TILL_KEEPERS,
    ("GET", "/coupons/new"): COUPONS,
    ("POST", "/coupons/new"): COUPONS,
    ("POST", "/coupons/pictures/{kind}"): COUPONS,
    ("POST", "/coupons/preview"): COUPONS,
    ("POST", "/coupons/preview/page"): COUPONS,
    ("GET", COUPON + "/edit"): COUPONS,
    ("POST", COUPON + "/edit"): COUPONS,
    ("GET", COUPON + "/history"): COUPONS,
    ("GET", COUPON + "/inline/{kind}"): COUPONS,
    ("GET", COUPON + "/inline/{kind}/close"): COUPONS,
    ("GET", COUPON + "/test"): COUPONS,
    ("POST", COUPON + "/test"): COUPONS,
    ("POST", COUPON + "/quantity"): COUPONS,
    ("POST", COUPON + "/window"): COUPONS,
    ("POST", COUPON + "/validity"): COUPONS,
    ("POST", COUPON + "/publish"): COUPONS,
    ("POST", COUPON + "/pause"): COUPONS,
    ("POST", COUPON + "/resume"): COUPONS,
    ("POST", COUPON + "/end"): COUPONS,
    ("POST", COUPON + "/archive"): COUPONS,
    ("POST", COUPON + "/void"): COUPONS,
    ("POST", COUPON + "/duplicate"): COUPONS,
    ("GET", COUPON + "/promote"): COUPONS,
    ("POST", COUPON + "/promote"): COUPONS,
    ("POST", COUPON + "/promote/qr"): COUPONS,
    ("POST", COUPON + "/promote/logo"): COUPONS,
    ("POST", COUPON + "/promote/{promotion}"): COUPONS,
    ("GET", COUPON + "/promote/{promotion}/qr.png"): COUPONS,
    ("GET", "/promotion-logos/{logo}.png"): COUPONS,
    ("GET", CODES): COUPONS,
    ("POST", CODES): COUPONS,
    ("GET", CODES + "/list"): COUPONS,
    ("GET", CODES + "/template.{kind}"): COUPONS,
    ("POST", CODES + "/disable"): COUPONS,
    ("POST", CODES + "/print"): COUPONS,
    ("POST", CODES + "/{batch}/commit"): COUPONS,
    ("POST", CODES + "/{batch}/discard"): COUPONS,
    ("POST", CODES + "/{batch}/add-check"): COUPONS,
    ("POST", CODES + "/{batch}/take-back"): COUPONS,
    ("GET", CODES + "/{batch}/refused.csv"): COUPONS,
    ("GET", CODES + "/{batch}/codes.csv"): COUPONS,
}


def require(
    roles: frozenset[Role] | None, handler: Handler, *, while_setting_up: bool = False
) -> Handler:
    """Return `handler` open to `roles` only: strangers are sent to sign in, other roles get 403.

    Who must set up their second step first is led there, unless `while_setting_up`.
    """

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if roles is None:
            return await handler(request)
        viewer = request.get(VIEWER)
        if viewer is None:
            return ask_to_sign_in(request)
        if viewer.must_set_up and not while_setting_up:
            return ask_to_set_up(request)
        if viewer.role not in roles:
            raise web.HTTPForbidden
        return await handler(request)

    return guarded


def with_coupons(handler: Handler) -> Handler:
    """Return `handler` for workspaces that have coupons; the others are told that they are switched off."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if "coupons" not in request[VIEWER].features:
            raise SwitchedOff("coupons", COUPONS_OFF)
        return await handler(request)

    return guarded


def add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    """Register `handler` under its row of ROUTES; KeyError when there is none."""
    if path.startswith(("/coupons", "/quotas")):
        handler = with_coupons(handler)
    meanwhile = path in WHILE_SETTING_UP
    guarded = require(ROUTES[method, path], handler, while_setting_up=meanwhile)
    app.router.add_route(method, path, guarded)


def is_partial(request: web.Request) -> bool:
    """Say whether htmx or a script asks, not the address bar."""
    return request.headers.get("HX-Request") == "true"


def ask_to_sign_in(request: web.Request) -> web.Response:
    """Send a person to the sign-in page and back afterwards; tell a script with 401."""
    if request.method == "GET" and wants_page(request):
        address = "/console/login?next=" + quote(request.path_qs, safe="")
        return web.Response(status=303, headers={"Location": address})
    return web.Response(status=401, headers={"HX-Redirect": "/console/login"})


def ask_to_set_up(request: web.Request) -> web.Response:
    """Lead a person to where the second step is set up; tell a script with 403."""
    if wants_page(request):
        return web.Response(status=303, headers={"Location": "/console" + OWN_STEPS})
    return web.Response(status=403, headers={"HX-Redirect": "/console" + OWN_STEPS})


def wants_page(request: web.Request) -> bool:
    """Say whether a page would be understood, rather than an event stream or a picture."""
    accepted = request.headers.get("Accept", "*/*")
    return not is_partial(request) and ("text/html" in accepted or accepted == "*/*")


def first_page(role: str) -> str:
    """Return where a member begins: the inbox, or the verifiers' page for who only redeems."""
    only_redeems = may(role, Right.REDEEM) and not may(role, Right.READ_INBOX)
    return "/shop" if only_redeems else INBOX


def local_path(wanted: str) -> str:
    """Return `wanted` when it is a path inside the console, else the inbox: no open redirects."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    if plain and (wanted == "/console" or wanted.startswith(("/console/", "/console?"))):
        return wanted if "//" not in wanted.partition("?")[0] else "/console/inbox"
    return "/console/inbox"
