"""The languages customers may be spoken to in, each by its own name."""

from __future__ import annotations

from collections.abc import Mapping

CUSTOMER_LANGUAGES: Mapping[str, str] = {
    "zh-Hant": "繁體中文",
    "zh-Hans": "简体中文",
    "en": "English",
    "ja": "日本語",
    "th": "ภาษาไทย",
}
