"""What a coupon is worth, in a line of words."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal

from coupons.design_facts import Design
from coupons.page_words import LOCALES, fill

VALUED = frozenset({"discount", "cash_value", "points", "cash"})
NAMED = frozenset({"gift", "group_buy"})
CHINESE = frozenset({"zh-Hant", "zh-Hans"})


def benefit(plan: Design, lang: str) -> tuple[str, ...]:
    """Return what the coupon gives, then its conditions; empty where the name says it all."""
    parts = [_given(plan, lang)]
    if plan.minimum_spend:
        parts.append(fill(lang, "minimum", n=_amount(plan.minimum_spend, lang)))
    if plan.product:
        parts.append(fill(lang, "product", name=plan.product))
    return tuple(part for part in parts if part)


def _given(plan: Design, lang: str) -> str:
    if plan.benefit in NAMED:
        return fill(lang, plan.benefit)
    if plan.benefit not in VALUED or not plan.benefit_value:
        return ""
    if plan.benefit == "discount" and lang in CHINESE:
        return fill(lang, "discount", n=_paid(plan.benefit_value, lang))
    return fill(lang, plan.benefit, n=_amount(plan.benefit_value, lang))


def _paid(off: Decimal, lang: str) -> str:
    """Return how Chinese names a discount, by what is left to pay: 20 % off is 8, 15 % off is 85."""
    paid = 100 - off
    return _amount(paid / 10 if paid % 10 == 0 or paid < 10 else paid, lang)


@lru_cache(maxsize=1024)
def _amount(value: Decimal, lang: str) -> str:
    return format_decimal(value, locale=LOCALES[lang])
