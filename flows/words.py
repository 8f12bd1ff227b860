"""The words bots say of their own accord, in every language customers are spoken to."""

from __future__ import annotations

from coupons.words import language

# Where a group asks for a coupon: the way into the 1:1 chat.
IN_PRIVATE = {
    "en": "Coupons are given in a private chat with us: {link}",
    "zh-Hant": "優惠券會在一對一聊天室中發送給您：{link}",
    "zh-Hans": "优惠券会在一对一聊天中发给您：{link}",
    "ja": "クーポンは個別のトークでお渡しします：{link}",
    "th": "เราแจกคูปองในแชตส่วนตัว เริ่มแชตกับเราได้ที่ {link}",
}


def in_private(link: str, *languages: str) -> str:
    """Return where to ask for a coupon alone, in the first of `languages` that is named and we speak."""
    return IN_PRIVATE[language(*languages)].replace("{link}", link)
