"""The words customers and staff read about coupons, one table a language."""

from __future__ import annotations

from coupons.errors import Refusal

LANGUAGES = ("en", "zh-Hant")

SENTENCES: dict[str, dict[Refusal, str]] = {
    "en": {
        Refusal.NOT_STARTED: "This coupon is not being given out yet.",
        Refusal.SENDING_ENDED: "This coupon is no longer given out.",
        Refusal.DISABLED: "This coupon is paused.",
        Refusal.DRAFT: "This coupon is still a draft.",
        Refusal.SOLD_OUT: "All of these coupons have been claimed.",
        Refusal.CONTACT_LIMIT: "You already have this coupon.",
        Refusal.CONTACT_DAILY_LIMIT: "You have claimed this coupon often enough today.",
        Refusal.MEMBER_QUOTA: "Your quota for this coupon is used up.",
        Refusal.NOT_PERMITTED: "Your role may not send this coupon.",
        Refusal.CHANNEL_WINDOW_CLOSED: "The time to answer on this channel is over.",
        Refusal.CONTACT_UNREACHABLE: "This customer cannot be reached on this channel.",
        Refusal.FROZEN: "This coupon is frozen for now.",
        Refusal.EXPIRED: "This coupon has expired.",
        Refusal.NOT_YET_VALID: "This coupon is not valid yet.",
        Refusal.ALREADY_REDEEMED: "This coupon has already been redeemed.",
        Refusal.GIVEN_AWAY: "This coupon was given to somebody else.",
        Refusal.VOIDED: "This coupon has been revoked.",
        Refusal.RELEASED: "This coupon could not be delivered and was taken back.",
        Refusal.HELD: "This coupon is being redeemed at a till right now.",
        Refusal.NOT_REDEEMED: "This coupon is not redeemed.",
        Refusal.UNDO_ENDED: "A redemption can be undone within ten minutes only.",
        Refusal.WRONG_STORE: "This coupon is not valid at this store.",
        Refusal.WRONG_PIN: "This PIN is not right.",
        Refusal.UNKNOWN_CODE: "There is no such code.",
        Refusal.REDEMPTION_LIMIT: "This coupon has been redeemed as often as it may be.",
        Refusal.CONTACT_REDEMPTION_LIMIT: "You have redeemed this coupon as often as you may.",
        Refusal.NOT_ELIGIBLE: "This coupon is not for you.",
        Refusal.MINIMUM_SPEND: "The purchase is below this coupon's minimum.",
        Refusal.WRONG_PRODUCT: "This coupon is for another product.",
        Refusal.THROTTLED: "Too many tries. Wait a little and try again.",
        Refusal.PAYMENT_MISSING: "This coupon needs a payment that is not set up.",
        Refusal.IDEMPOTENCY_CONFLICT: "This key was used for another request.",
        Refusal.ERROR: "Something went wrong. Try again.",
    },
    "zh-Hant": {
        Refusal.NOT_STARTED: "這張優惠券尚未開始發送。",
        Refusal.SENDING_ENDED: "這張優惠券已停止發送。",
        Refusal.DISABLED: "這張優惠券目前暫停。",
        Refusal.DRAFT: "這張優惠券仍是草稿。",
        Refusal.SOLD_OUT: "優惠券已全部領完。",
        Refusal.CONTACT_LIMIT: "您已經領過這張優惠券。",
        Refusal.CONTACT_DAILY_LIMIT: "您今天領取這張優惠券的次數已達上限。",
        Refusal.MEMBER_QUOTA: "您的發送上限已用完。",
        Refusal.NOT_PERMITTED: "您的角色不能發送這張優惠券。",
        Refusal.CHANNEL_WINDOW_CLOSED: "此頻道的回覆時間已過。",
        Refusal.CONTACT_UNREACHABLE: "無法透過此頻道聯絡這位顧客。",
        Refusal.FROZEN: "這張優惠券暫時凍結。",
        Refusal.EXPIRED: "這張優惠券已過期。",
        Refusal.NOT_YET_VALID: "這張優惠券尚未生效。",
        Refusal.ALREADY_REDEEMED: "這張優惠券已兌換。",
        Refusal.GIVEN_AWAY: "這張優惠券已轉贈他人。",
        Refusal.VOIDED: "這張優惠券已作廢。",
        Refusal.RELEASED: "這張優惠券未能送達，已收回。",
        Refusal.HELD: "這張優惠券正在結帳中。",
        Refusal.NOT_REDEEMED: "這張優惠券尚未兌換。",
        Refusal.UNDO_ENDED: "兌換後十分鐘內才能取消。",
        Refusal.WRONG_STORE: "這張優惠券不適用於此門市。",
        Refusal.WRONG_PIN: "店員密碼不正確。",
        Refusal.UNKNOWN_CODE: "查無此序號。",
        Refusal.REDEMPTION_LIMIT: "這張優惠券的兌換總數已達上限。",
        Refusal.CONTACT_REDEMPTION_LIMIT: "您兌換這張優惠券的次數已達上限。",
        Refusal.NOT_ELIGIBLE: "您不符合這張優惠券的資格。",
        Refusal.MINIMUM_SPEND: "未達這張優惠券的最低消費。",
        Refusal.WRONG_PRODUCT: "這張優惠券適用於其他商品。",
        Refusal.THROTTLED: "嘗試次數過多，請稍候再試。",
        Refusal.PAYMENT_MISSING: "這張優惠券需要的付款方式尚未設定。",
        Refusal.IDEMPOTENCY_CONFLICT: "這個鍵值已用於其他請求。",
        Refusal.ERROR: "發生錯誤，請再試一次。",
    },
}


def language(*wanted: str) -> str:
    """Return the first of `wanted` that we speak ("en", "zh-Hant"), else English.

    Any Chinese is answered in Traditional Chinese until Simplified has its own table.
    """
    for tag in wanted:
        primary = tag.replace("_", "-").split("-")[0].lower()
        if primary == "zh":
            return "zh-Hant"
        if primary == "en":
            return "en"
    return "en"


def sentence(refusal: Refusal, lang: str) -> str:
    """Return the refusal as a sentence in `lang`."""
    return SENTENCES[language(lang)][refusal]


def notice(template: str, name: str) -> str:
    """Return a merchant's notice with the customer's name at `{name}`; other braces stay as typed."""
    return template.replace("{name}", name)


WORDS: dict[str, dict[str, str]] = {
    "en": {
        "open": "Open coupon",
        "show": "Show my coupon",
        "starts_on_opening": "Starts when you open it, then lasts {span}",
        "days": "{n} days",
        "hours": "{n} hours",
        "minutes": "{n} minutes",
        "zoned": "{when}, {zone} time",
        "from": "Valid from {when}",
        "until": "until {when}",
        "ended": "Ended {when}",
        "no_end": "Valid without an end date",
        "valid_for": "Valid for",
        "starts_in": "Starts in",
        "at_store": "at {store}",
        "by": "by {who}",
        "redeemed": "Redeemed",
        "expired": "Expired",
        "not_usable": "Not usable",
        "number": "Coupon number",
        "code": "Shop code",
        "copy": "Copy",
        "copied": "Copied: ",
        "qr_label": "QR code of the coupon number",
        "bars_label": "Barcode of the shop code",
        "redeem": "Redeem",
        "redeem_hint": "Hand your phone to the staff: they enter their PIN.",
        "pin": "Staff PIN",
        "confirm": "Confirm",
        "wait": "Too many wrong PINs. Try again in {n} minutes.",
        "rules": "Terms",
        "stores": "Where it is valid",
        "shop": "Go to the shop",
        "test": "Test: this coupon is a draft and counts nowhere.",
        "not_found": "There is no coupon here",
        "not_found_text": "The link may be cut off or mistyped. Open it again from your chat.",
        "slow": "Too many tries",
        "slow_text": "Wait a few seconds, then open the link again from your chat.",
        "blocked": "This page must be opened from its own link",
        "blocked_text": "Nothing was changed. Open the coupon again from your chat.",
    },
    "zh-Hant": {
        "open": "查看優惠券",
        "show": "顯示我的優惠券",
        "starts_on_opening": "開啟後開始計時，有效 {span}",
        "days": "{n} 天",
        "hours": "{n} 小時",
        "minutes": "{n} 分鐘",
        "zoned": "{when}（{zone}時間）",
        "from": "{when} 起可使用",
        "until": "至 {when}",
        "ended": "已於 {when} 結束",
        "no_end": "無使用期限",
        "valid_for": "剩餘時間",
        "starts_in": "距離開始",
        "at_store": "於{store}",
        "by": "經手人 {who}",
        "redeemed": "已兌換",
        "expired": "已過期",
        "not_usable": "無法使用",
        "number": "優惠券號碼",
        "code": "店家序號",
        "copy": "複製",
        "copied": "已複製：",
        "qr_label": "優惠券號碼的 QR 碼",
        "bars_label": "店家序號的條碼",
        "redeem": "兌換",
        "redeem_hint": "請將手機交給店員，由店員輸入密碼。",
        "pin": "店員密碼",
        "confirm": "確認",
        "wait": "密碼錯誤次數過多，請於 {n} 分鐘後再試。",
        "rules": "使用規則",
        "stores": "適用門市",
        "shop": "前往商店",
        "test": "測試：這張優惠券仍是草稿，不計入任何數字。",
        "not_found": "這裡沒有優惠券",
        "not_found_text": "連結可能不完整或輸入錯誤，請從聊天室重新開啟。",
        "slow": "嘗試次數過多",
        "slow_text": "請稍候幾秒，再從聊天室重新開啟連結。",
        "blocked": "請從優惠券自己的連結開啟",
        "blocked_text": "沒有任何變更，請從聊天室重新開啟優惠券。",
    },
}


def word(name: str, lang: str) -> str:
    """Return one of the page's or card's words in `lang`."""
    return WORDS[language(lang)][name]
