"""Builds the console, which the gateway mounts at /console.

The parent application carries what handlers need under the keys of runtime.appkeys and
conversations.appkeys.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from agent_console import (
    attaching,
    automation,
    bulk,
    claims,
    codes,
    codes_files,
    codes_print,
    codes_upload,
    coupon,
    coupons,
    drafts,
    failed_sends,
    inbox,
    inbox_list,
    ledger,
    live,
    login,
    media,
    notices,
    pins,
    presence,
    promotions,
    quota_matrix,
    quota_requests,
    quotas,
    saved,
    send_coupon,
    settings,
    teamwork,
    templates_picker,
    thread,
)
from agent_console.access import (
    ACCOUNT,
    BULK,
    CHAT,
    CODES,
    CONTACT,
    COUPON,
    HOOK,
    HOOKS,
    INVITATION,
    OWN_STEPS,
    STAFF,
    STAFF_MEMBER,
    VIEWER,
    Handler,
    add,
    first_page,
)
from agent_console.accounts import acts, listing, new, one, reconnect
from agent_console.assets import STATIC
from agent_console.audit import page as audit
from agent_console.contact_page import blocking, erasing, exporting
from agent_console.contact_page import listing as contact_listing
from agent_console.contact_page import show as contact_page
from agent_console.contacts import fields as panel_fields
from agent_console.contacts import lists as panel_lists
from agent_console.contacts import merging, panel
from agent_console.contacts import tags as panel_tags
from agent_console.designer import history, inline, life, pictures, preview, trial
from agent_console.designer import page as designer
from agent_console.failures import explain
from agent_console.integrations import tokens, webhooks
from agent_console.overview import page as overview
from agent_console.people import code, joining, me, member, members, roles, two_steps
from agent_console.render import BUNDLE
from agent_console.security import protect, same_origin_only
from agent_console.sessions import find_viewer
from agent_console.workspace import facts, replies, stores, tags
from agent_console.workspace import fields as contact_fields

PATH = "/console"


async def home(request: web.Request) -> web.StreamResponse:
    """Lead to where the member begins."""
    raise web.HTTPSeeOther(first_page(request[VIEWER].role))


HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("GET", ""): home,
    ("GET", "/"): home,
    ("GET", "/login"): login.show,
    ("POST", "/login"): login.submit,
    ("GET", "/login/code"): code.show,
    ("POST", "/login/code"): code.submit,
    ("GET", "/invitation/{token}"): joining.show_invitation,
    ("POST", "/invitation/{token}"): joining.accept_invitation,
    ("GET", "/password/{token}"): joining.show_password,
    ("POST", "/password/{token}"): joining.set_password,
    ("POST", "/logout"): login.leave,
    ("POST", "/language"): login.pick_language,
    ("POST", "/theme"): login.pick_theme,
    ("GET", "/me"): me.show,
    ("POST", "/me"): me.save,
    ("POST", "/me/notify"): notices.switch,
    ("POST", "/me/notices"): notices.save,
    ("POST", "/me/password"): me.set_password,
    ("POST", "/me/sessions/end-others"): me.end_other_sessions,
    ("POST", "/me/sessions/{session}/end"): me.end_one_session,
    ("GET", OWN_STEPS): two_steps.show,
    ("POST", OWN_STEPS + "/begin"): two_steps.start,
    ("POST", OWN_STEPS + "/confirm"): two_steps.finish,
    ("POST", OWN_STEPS + "/codes"): two_steps.renew,
    ("POST", OWN_STEPS + "/codes.txt"): two_steps.download,
    ("POST", OWN_STEPS + "/off"): two_steps.stop,
    ("GET", "/inbox"): inbox.show_list,
    ("GET", "/inbox/list"): inbox_list.refresh,
    ("GET", "/inbox/unread"): notices.count,
    ("GET", "/overview"): overview.show,
    ("GET", "/overview/now"): overview.refresh_now,
    ("GET", "/overview/figures"): overview.refresh,
    ("GET", "/overview/members.csv"): overview.as_csv,
    ("GET", "/settings/automation"): automation.show,
    ("POST", "/settings/automation"): automation.save,
    ("POST", BULK + "/assign"): bulk.assign,
    ("POST", BULK + "/close"): bulk.close,
    ("POST", BULK + "/snooze"): bulk.snooze,
    ("GET", "/mentions"): teamwork.mentions,
    ("GET", "/mentions/rows"): teamwork.refresh_mentions,
    ("GET", "/mentions/count"): teamwork.count_mentions,
    ("GET", "/failures"): failed_sends.show,
    ("GET", "/failures/rows"): failed_sends.refresh,
    ("GET", "/failures/count"): failed_sends.count,
    ("POST", "/failures/again"): failed_sends.again,
    ("GET", CHAT): inbox.show_thread,
    ("GET", CHAT + "/thread"): inbox.refresh_thread,
    ("GET", CHAT + "/window"): inbox.refresh_window,
    ("GET", CHAT + "/saved-replies"): saved.offer,
    ("POST", CHAT + "/reply"): thread.reply,
    ("POST", CHAT + "/draft"): drafts.keep,
    ("POST", CHAT + "/uploads"): attaching.attach,
    ("POST", CHAT + "/uploads/{upload}/remove"): attaching.take_out,
    ("GET", CHAT + "/templates"): templates_picker.choose,
    ("GET", CHAT + "/templates/{template}"): templates_picker.fill,
    ("POST", CHAT + "/templates/{template}"): templates_picker.send,
    ("GET", "/uploads/{upload}"): attaching.serve,
    ("GET", "/uploads/{upload}/small"): attaching.serve_small,
    ("POST", CHAT + "/presence"): presence.sign,
    ("POST", CHAT + "/take-over"): thread.take_over,
    ("POST", CHAT + "/close"): thread.close,
    ("POST", CHAT + "/read"): thread.read,
    ("POST", CHAT + "/assign"): thread.assign,
    ("POST", CHAT + "/snooze"): teamwork.snooze,
    ("POST", CHAT + "/notes"): teamwork.note,
    ("POST", CHAT + "/messages/{message}/again"): thread.send_again,
    ("POST", CHAT + "/files/{file}/again"): thread.fetch_again,
    ("GET", "/contacts/tags"): panel_tags.offer,
    ("GET", CONTACT + "/panel"): panel.refresh,
    ("GET", CONTACT + "/coupons"): panel_lists.coupons,
    ("POST", CONTACT + "/fields/{field}"): panel_fields.change,
    ("POST", CONTACT + "/tags"): panel_tags.put,
    ("POST", CONTACT + "/tags/{tag}/remove"): panel_tags.take_off,
    ("GET", CONTACT + "/merge"): merging.show,
    ("POST", CONTACT + "/merge"): merging.merge,
    ("POST", CONTACT + "/merges/{merge}/separate"): merging.separate,
    ("GET", CHAT + "/coupons"): send_coupon.show,
    ("POST", CHAT + "/coupons"): send_coupon.send,
    ("POST", CHAT + "/coupons/{coupon}/more"): send_coupon.ask_for_more,
    ("GET", "/contacts"): contact_listing.show,
    ("GET", CONTACT): contact_page.show,
    ("GET", CONTACT + "/timeline"): contact_page.refresh,
    ("POST", CONTACT + "/block"): blocking.block,
    ("POST", CONTACT + "/unblock"): blocking.unblock,
    ("GET", CONTACT + "/erase"): erasing.ask,
    ("POST", CONTACT + "/erase"): erasing.erase,
    ("GET", CONTACT + "/export"): exporting.ask,
    ("POST", CONTACT + "/export"): exporting.download,
    ("GET", "/live"): live.stream,
    ("GET", "/presence"): presence.show,
    ("GET", "/notices"): notices.show,
    ("GET", "/media/{attachment}"): media.serve,
    ("GET", "/coupons"): coupons.show,
    ("GET", "/coupons/rows"): coupons.refresh,
    ("GET", COUPON): coupon.show,
    ("GET", COUPON + "/figures"): coupon.refresh,
    ("GET", COUPON + "/settings"): coupon.settings,
    ("GET", COUPON + "/ledger"): ledger.show,
    ("GET", COUPON + "/claims"): claims.show,
    ("GET", COUPON + "/claims/rows"): claims.refresh,
    ("GET", COUPON + "/claims.csv"): claims.as_csv,
    ("GET", COUPON + "/claims.xlsx"): claims.as_xlsx,
    ("GET", "/settings"): settings.lead,
    ("GET", STAFF): members.show,
    ("POST", STAFF + "/two-steps"): members.ask_all,
    ("POST", STAFF + "/invitations"): members.invite_one,
    ("POST", INVITATION + "/renew"): members.renew_one,
    ("POST", INVITATION + "/withdraw"): members.withdraw_one,
    ("GET", STAFF_MEMBER): member.show,
    ("POST", STAFF_MEMBER + "/role"): member.set_role,
    ("POST", STAFF_MEMBER + "/password"): member.link,
    ("POST", STAFF_MEMBER + "/two-steps"): member.reset_two_steps,
    ("POST", STAFF_MEMBER + "/sign-out"): member.sign_out,
    ("POST", STAFF_MEMBER + "/deactivate"): member.shut_out,
    ("POST", STAFF_MEMBER + "/reactivate"): member.let_in,
    ("GET", "/settings/roles"): roles.show,
    ("GET", "/settings/workspace"): facts.show,
    ("POST", "/settings/workspace"): facts.change,
    ("POST", "/settings/workspace/picture"): facts.upload,
    ("POST", "/settings/workspace/picture/remove"): facts.remove_picture,
    ("GET", "/settings/stores"): stores.show,
    ("POST", "/settings/stores"): stores.add,
    ("POST", "/settings/stores/{store}"): stores.change,
    ("POST", "/settings/stores/{store}/remove"): stores.remove,
    ("GET", "/settings/fields"): contact_fields.show,
    ("POST", "/settings/fields"): contact_fields.add,
    ("POST", "/settings/fields/{field}"): contact_fields.change,
    ("GET", "/settings/tags"): tags.show,
    ("POST", "/settings/tags/{tag}"): tags.rename,
    ("POST", "/settings/tags/{tag}/merge"): tags.merge,
    ("POST", "/settings/tags/{tag}/remove"): tags.remove,
    ("GET", "/settings/replies"): replies.show,
    ("POST", "/settings/replies"): replies.add,
    ("POST", "/settings/replies/{reply}"): replies.change,
    ("POST", "/settings/replies/{reply}/remove"): replies.remove,
    ("GET", "/settings/audit"): audit.show,
    ("GET", "/settings/audit.csv"): audit.as_csv,
    ("GET", "/settings/audit.jsonl"): audit.as_lines,
    ("GET", "/settings/tokens"): tokens.show,
    ("POST", "/settings/tokens"): tokens.make,
    ("POST", "/settings/tokens/{token}/revoke"): tokens.end,
    ("GET", HOOKS): webhooks.show,
    ("POST", HOOKS): webhooks.add_one,
    ("GET", HOOKS + "/count"): webhooks.count,
    ("GET", HOOK): webhooks.show_one,
    ("POST", HOOK): webhooks.change_one,
    ("GET", HOOK + "/log"): webhooks.refresh_log,
    ("POST", HOOK + "/secret"): webhooks.renew_secret,
    ("POST", HOOK + "/test"): webhooks.test_one,
    ("POST", HOOK + "/pause"): webhooks.pause_one,
    ("POST", HOOK + "/resume"): webhooks.resume_one,
    ("POST", HOOK + "/remove"): webhooks.remove_one,
    ("POST", HOOK + "/events/{event}/again"): webhooks.again,
    ("GET", "/accounts"): listing.show,
    ("GET", "/accounts/rows"): listing.refresh,
    ("GET", "/accounts/new/{channel}"): new.show,
    ("POST", "/accounts/new/{channel}"): new.add,
    ("GET", ACCOUNT): one.show,
    ("GET", ACCOUNT + "/live"): one.refresh,
    ("POST", ACCOUNT + "/test"): acts.test,
    ("POST", ACCOUNT + "/pause"): acts.pause,
    ("POST", ACCOUNT + "/resume"): acts.resume,
    ("POST", ACCOUNT + "/remove"): acts.remove,
    ("GET", "/coupons/{coupon}/quotas"): quotas.show,
    ("POST", "/coupons/{coupon}/quotas"): quotas.change,
    ("POST", ACCOUNT + "/reconnect"): reconnect.reconnect,
    ("GET", "/quotas"): quota_matrix.show,
    ("POST", "/quotas"): quota_matrix.change,
    ("GET", "/quotas/table"): quota_matrix.refresh,
    ("POST", "/quotas/cell"): quota_matrix.change_cell,
    ("GET", "/quotas.csv"): quota_matrix.as_csv,
    ("GET", "/quotas/count"): quota_requests.count,
    ("GET", "/quotas/requests"): quota_requests.show,
    ("GET", "/quotas/requests/rows"): quota_requests.refresh,
    ("POST", "/quotas/requests/{request}/grant"): quota_requests.grant,
    ("POST", "/quotas/requests/{request}/decline"): quota_requests.decline,
    ("GET", "/quotas/requests/{request}/outcome"): quota_requests.outcome,
    ("GET", "/tills"): pins.show,
    ("POST", "/tills/pins"): pins.add,
    ("POST", "/tills/pins/{pin}"): pins.change,
    ("POST", "/tills/verifiers"): pins.add_verifier,
    ("POST", "/tills/verifiers/{member}/link"): pins.link,
    ("POST", "/tills/verifiers/{member}/stores"): pins.place_verifier,
    ("GET", "/coupons/new"): designer.show_new,
    ("POST", "/coupons/new"): designer.save_new,
    ("POST", "/coupons/pictures/{kind}"): pictures.upload,
    ("POST", "/coupons/preview"): preview.refresh,
    ("POST", "/coupons/preview/page"): preview.show_page,
    ("GET", COUPON + "/edit"): designer.show,
    ("POST", COUPON + "/edit"): designer.save,
    ("GET", COUPON + "/history"): history.show,
    ("GET", COUPON + "/inline/{kind}"): inline.show,
    ("GET", COUPON + "/inline/{kind}/close"): inline.close,
    ("GET", COUPON + "/test"): trial.choose,
    ("POST", COUPON + "/test"): trial.issue,
    ("POST", COUPON + "/quantity"): inline.quantity,
    ("POST", COUPON + "/window"): inline.window,
    ("POST", COUPON + "/validity"): inline.validity,
    ("POST", COUPON + "/publish"): life.publish,
    ("POST", COUPON + "/pause"): life.pause,
    ("POST", COUPON + "/resume"): life.resume,
    ("POST", COUPON + "/end"): life.end,
    ("POST", COUPON + "/archive"): life.archive,
    ("POST", COUPON + "/void"): life.void,
    ("POST", COUPON + "/duplicate"): life.duplicate,
    ("GET", COUPON + "/promote"): promotions.show,
    ("POST", COUPON + "/promote"): promotions.create,
    ("POST", COUPON + "/promote/qr"): promotions.download,
    ("POST", COUPON + "/promote/logo"): promotions.add_logo,
    ("POST", COUPON + "/promote/{promotion}"): promotions.switch,
    ("GET", COUPON + "/promote/{promotion}/qr.png"): promotions.preview,
    ("GET", "/promotion-logos/{logo}.png"): promotions.stock,
    ("GET", CODES): codes.show,
    ("POST", CODES): codes_upload.upload,
    ("GET", CODES + "/list"): codes.refresh,
    ("GET", CODES + "/template.{kind}"): codes_files.template,
    ("POST", CODES + "/disable"): codes.disable,
    ("POST", CODES + "/print"): codes_print.order,
    ("POST", CODES + "/{batch}/commit"): codes.commit,
    ("POST", CODES + "/{batch}/discard"): codes.discard,
    ("POST", CODES + "/{batch}/add-check"): codes.add_check,
    ("POST", CODES + "/{batch}/take-back"): codes.take_back,
    ("GET", CODES + "/{batch}/refused.csv"): codes_files.refused,
    ("GET", CODES + "/{batch}/codes.csv"): codes_files.printed,
}


def build() -> web.Application:
    """Return the console's application; every route must stand in access.ROUTES."""
    app = web.Application(middlewares=[explain, same_origin_only, find_viewer])
    app[live.STREAMS] = live.Streams()
    app[templates_picker.LISTS] = {}
    app.on_response_prepare.append(protect)
    app.on_shutdown.append(live.close_streams)
    for (method, path), handler in HANDLERS.items():
        add(app, method, path, handler)
    if STATIC.is_dir():
        app.router.add_static("/static", STATIC, name="static")
    return app


def require_assets() -> None:
    """Raise AssetsMissing, whose text says what to run, unless the front end has been built."""
    BUNDLE.assets()
