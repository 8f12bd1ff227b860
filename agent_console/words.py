"""Words for stable codes: conversation states, message states, refusals, roles."""

from __future__ import annotations

from functools import lru_cache

from runtime.i18n import mark

NOT_FOUND = mark("This is not here, or not for you.")
BROKEN = mark("Something went wrong on our side. Nothing was lost; try again.")
HTTP = {
    400: mark("This request could not be understood."),
    401: mark("Sign in to go on."),
    403: mark("Your role may not do this."),
    404: NOT_FOUND,
    405: mark("This cannot be done here."),
    413: mark("This is too large."),
}

TICK_FIRST = mark("Tick the lines to change first.")
QUOTA_PERIOD = {
    "total": mark("in total"),
    "day": mark("a day"),
    "week": mark("a week, from Monday"),
    "month": mark("a month"),
}

CHANNELS = {
    "line": "LINE",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "whatsapp": "WhatsApp",
}

STATUS = {
    "bot": mark("bot"),
    "waiting": mark("waiting"),
    "in_progress": mark("in progress"),
    "snoozed": mark("snoozed"),
    "closed": mark("closed"),
}
STATUS_ICONS = {
    "bot": "robot",
    "waiting": "clock",
    "in_progress": "message-circle",
    "snoozed": "zzz",
    "closed": "circle-check",
}

MESSAGE_STATE = {
    "queued": mark("queued"),
    "sending": mark("sending"),
    "sent": mark("sent"),
    "delivered": mark("delivered"),
    "read": mark("read"),
    "failed": mark("not sent"),
    "unknown": mark("unknown whether it arrived"),
}
STATE_ICONS = {
    "queued": "clock",
    "sending": "clock",
    "sent": "check",
    "delivered": "checks",
    "read": "eye",
    "failed": "alert-triangle",
    "unknown": "help-circle",
}

ACCOUNT_STATE = {
    "ok": mark("connected"),
    "degraded": mark("silent for long"),
    "reconnect": mark("must be reconnected"),
    "paused": mark("paused"),
}

# Access token and secret, as each platform calls them.
CREDENTIALS = {
    "line": (mark("Channel access token"), mark("Channel secret")),
    "messenger": (mark("Page access token"), mark("App secret")),
    "instagram": (mark("Access token"), mark("App secret")),
    "whatsapp": (mark("API key (SK…:its secret), or the Auth Token again"), mark("Auth Token")),
    "other": (mark("Access token"), mark("Secret")),
}

EMOJI_GROUPS = {
    -1: mark("recent"),
    0: mark("smileys"),
    1: mark("people and gestures"),
    3: mark("animals and nature"),
    4: mark("food and drink"),
    5: mark("travel and places"),
    6: mark("activities"),
    7: mark("things"),
    8: mark("signs"),
    9: mark("flags"),
}
CATEGORIES = {
    "marketing": mark("marketing"),
    "utility": mark("service"),
    "authentication": mark("sign-in"),
}
# What an answer may carry, as the line of a channel's limits names it.
ATTACHED = {"image": mark("pictures"), "video": mark("videos"), "audio": mark("recordings")}

REFUSALS = {
    "channel_window_closed": mark("The time to answer on this channel is over."),
    "reconnect": mark("This channel must be reconnected before it can send."),
    "account_paused": mark("This account is paused: nothing is sent from it until it is resumed."),
    "account_removed": mark(
        "This account was removed: the conversation stays, nothing can be sent."
    ),
    "not_assignee": mark("A colleague answers this conversation: take it over to answer yourself."),
    "contact_blocked": mark("This customer is blocked: unblock them to write to them."),
    "contact_erased": mark("This customer's data was erased: nothing can be sent to them."),
    "already_sent": mark("This message has arrived after all."),
    "already_resent": mark("This message was already sent again."),
    "may_have_arrived": mark("It may have arrived: send it again by its own button."),
    "partly_sent": mark("A part of it has arrived: send it again by its own button."),
    "claim_released": mark("The coupon went back to stock: send it from the coupon list."),
    "taken_over": mark("A person took over before the bot could send this."),
    "expired": mark("It waited too long and was not sent."),
    "template_list": mark("The list of templates could not be fetched; try again in a moment."),
    "not_started": mark("Sending has not begun."),
    "sending_ended": mark("Sending has ended."),
    "disabled": mark("This coupon is paused."),
    "draft": mark("This coupon is still a draft."),
    "sold_out": mark("All of these coupons are gone."),
    "contact_limit": mark("This customer already has it."),
    "contact_daily_limit": mark("This customer has had it often enough today."),
    "member_quota": mark("Your quota is used."),
    "not_permitted": mark("Your role may not send this coupon."),
    "contact_unreachable": mark("This customer cannot be reached on this channel."),
    "frozen": mark("This coupon is frozen for now."),
    "not_eligible": mark("This customer is not eligible."),
    "idempotency_conflict": mark("This form was used for another coupon: open the list again."),
    "already_asked": mark("You have asked for more of this coupon already: a supervisor sees it."),
    "already_decided": mark("Somebody decided on this request already."),
    "no_limit": mark("You may send any number of this coupon."),
    "error": BROKEN,
}

CLAIM_STATE = {
    "issued": mark("not opened yet"),
    "opened": mark("opened"),
    "redeemed": mark("redeemed"),
    "expired": mark("expired"),
    "released": mark("taken back"),
    "voided": mark("revoked"),
    "given_away": mark("given away"),
}

ROLES = {
    "admin": mark("admin"),
    "supervisor": mark("supervisor"),
    "service_manager": mark("service manager"),
    "service_agent": mark("service agent"),
    "sales_manager": mark("sales manager"),
    "seller": mark("seller"),
    "marketer": mark("marketer"),
    "verifier": mark("verifier"),
}

KINDS = {
    "image": mark("image"),
    "video": mark("video"),
    "audio": mark("audio"),
    "file": mark("file"),
    "sticker": mark("sticker"),
    "location": mark("location"),
    "share": mark("shared post"),
    "reel": mark("reel"),
    "story_mention": mark("mentioned you in a story"),
    "story_reply": mark("replied to your story"),
    "contacts": mark("contact card"),
    "template": mark("template"),
    "unsupported": mark("a message this channel does not pass on"),
    "unknown": mark("a message of a new kind"),
}
KIND_ICONS = {
    "image": "photo",
    "video": "video",
    "audio": "microphone",
    "file": "file",
    "sticker": "sticker",
    "location": "map-pin",
    "share": "share",
    "reel": "movie",
    "story_mention": "at",
    "story_reply": "at",
    "contacts": "address-book",
    "template": "template",
}
BUTTON_ICONS = {"link": "external-link", "postback": "hand-click", "phone": "phone", "copy": "copy"}
CLAIM_ICONS = {
    "redeemed": "circle-check",
    "opened": "eye",
    "expired": "clock",
    "voided": "x",
    "released": "x",
}
# By what a file's name ends with: a familiar form helps to find it among others.
FILE_ICONS = {
    "pdf": "file-type-pdf", "doc": "file-text", "docx": "file-text", "txt": "file-text", "odt": "file-text",
    "xls": "file-spreadsheet", "xlsx": "file-spreadsheet", "csv": "file-spreadsheet", "ods": "file-spreadsheet",
    "zip": "file-zip", "rar": "file-zip", "7z": "file-zip", "gz": "file-zip",
    "mp3": "file-music", "m4a": "file-music", "amr": "file-music", "wav": "file-music", "ogg": "file-music",
    "jpg": "photo", "jpeg": "photo", "png": "photo", "gif": "photo", "webp": "photo", "heic": "photo",
    "mp4": "video", "mov": "video", "webm": "video", "vcf": "address-book",
}  # fmt: skip

EVENTS = {
    "follow": mark("added you as a friend"),
    "unfollow": mark("blocked you"),
    "join": mark("the bot joined this group"),
    "leave": mark("the bot left this group"),
    "member_joined": mark("somebody joined this group"),
    "account_link": mark("linked an account"),
    "referral": mark("came through a link"),
    "optin": mark("opted in"),
    "coupon_reveal": mark("looked at the coupon"),
}

THEMES = {"auto": mark("as the device"), "light": mark("light"), "dark": mark("dark")}


@lru_cache(4096)
def initials(name: str) -> str:
    """Return one or two letters that stand for a person; a single character for Chinese names."""
    parts = [part for part in name.split() if part[0].isalnum()]
    if not parts:
        return "?"
    if not parts[0].isascii():
        return parts[0][0]
    last = parts[-1][0] if len(parts) > 1 else ""
    return (parts[0][0] + last).upper()


CHOOSE_STORE = mark("Choose at least one store")
NAME_FIRST = mark("Write the person's name")
LINK_QR = mark("QR code of the link to sign in")
# Sentences of the actions that the page of the tills shows.
TILL_PROBLEMS = (
    mark("A PIN is six to eight digits"),
    mark("This PIN is guessed too easily; choose one without a pattern"),
    mark("This PIN is taken; choose another"),
    mark("Name the person or till the PIN belongs to"),
    mark("There is a PIN of this name; choose another name"),
)

FOUND_IN = {
    "name": mark("name"),
    "phone": mark("phone number"),
    "email": mark("e-mail"),
    "note": mark("note"),
    "message": mark("message"),
}
