"""Pages from templates: one Jinja environment a language, and what every page knows."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import FileSystemLoader, StrictUndefined

from agent_console import coupon_words, trail_words, words
from agent_console.access import VIEWER, WRITERS
from agent_console.assets import Bundle
from agent_console.contact_page import words as contact_words
from agent_console.note_text import called
from agent_console.pieces import Pieces
from agent_console.said.file_icon import file_icon
from agent_console.settings_menu import is_settings, menu_for
from agent_console.snoozing import CHOICES
from agent_console.templating import MADE, PageContext, PageEnvironment, let_go
from agent_console.told_reasons import reason_told
from agent_console.told_refusals import refusal
from conversations.appkeys import CHANNELS
from conversations.resending import why_not
from runtime.appkeys import CLOCK
from runtime.i18n import (
    LANGUAGES,
    catalogue,
    city_of,
    language_name,
    mark,
    negotiate,
    times_at,
    zoned_moment,
)
from runtime.ids import uuid7
from runtime.words import said
from team.languages import CUSTOMER_LANGUAGES
from team.roles import Right, may

TEMPLATES = Path(__file__).resolve().parent / "templates"
DOMAIN = "console"
BUNDLE = Bundle()
THEMES = ("auto", "light", "dark")
# After a name, and within a list.
COLON, COMMA = mark(": "), mark(", ")


@cache
def environment(language: str) -> PageEnvironment:
    """Return the templates speaking `language`."""
    env = PageEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spoken = catalogue(language, DOMAIN)
    env.speak(spoken.gettext, spoken.ngettext)
    # Between two sentences, or before what a colon names: Chinese marks bring their own.
    env.globals["colon"], env.globals["comma"] = spoken.gettext(COLON), spoken.gettext(COMMA)
    env.globals["space"] = "" if language.startswith("zh") else " "
    env.globals["city"] = lambda zone: city_of(zone, language)
    env.globals["fresh_id"] = lambda: str(uuid7())
    env.globals["say"] = lambda text: said(text, spoken.gettext)
    env.filters["initials"] = words.initials
    env.filters["instant"] = datetime.fromisoformat
    env.filters["called"] = called
    env.globals.update(LANGUAGES=LANGUAGES, THEMES=THEMES, coupon_words=coupon_words, words=words)
    env.globals.update(why_not=why_not, file_icon=file_icon, contact_words=contact_words)
    env.globals.update(trail_words=trail_words, snooze_choices=CHOICES, writers=WRITERS)
    return env


def language_of(request: web.Request) -> str:
    """Return the language to speak: the member's, the one picked here, the browser's, English."""
    viewer = request.get(VIEWER)
    chosen = [viewer.language if viewer else "", request.cookies.get("tessera_language", "")]
    return negotiate(filter(None, chosen), request.headers.get("Accept-Language", ""))


def translate(request: web.Request, text: str, **values: object) -> str:
    """Return `text` in the reader's language with `values` filled in."""
    spoken = said(text, catalogue(language_of(request), DOMAIN).gettext)
    return spoken % values if values else spoken


def html(request: web.Request, template: str, **context: Any) -> str:  # noqa: ANN401 (templates)
    """Return a rendered template."""
    language = language_of(request)
    viewer = request.get(VIEWER)
    now = request.config_dict[CLOCK].now()
    zone = viewer.zone if viewer else "UTC"
    theme = request.cookies.get("tessera_theme", "auto")
    times, assets, made = times_at(now, zone, language), BUNDLE.assets(), list[PageContext]()
    shared = {
        "viewer": viewer,
        "language": language,
        "theme": theme if theme in THEMES else "auto",
        "assets": assets,
        "ui": Pieces(assets.icons, catalogue(language, DOMAIN).gettext, times),
        "path": request.path_qs,
        "settings_menu": menu_for(viewer.role) if viewer else (),
        "in_settings": is_settings(request.path),
        "now": now,
        "at": times.short,
        "refusal": lambda message, channel: refusal(
            request.config_dict[CHANNELS].get(channel), message.content, message.error_text
        ),
        "reason_told": lambda stored: reason_told(request.config_dict[CHANNELS], stored),
        "tongue": lambda tag: CUSTOMER_LANGUAGES.get(tag) or language_name(tag, language),
        "exact": times.exact,
        "day": times.day,
        "clock": times.clock,
        "moment": lambda instant, of: zoned_moment(instant, now, of, language),
        "may": lambda right: viewer is not None and may(viewer.role, Right(right)),
    }
    try:
        return environment(language).get_template(template).render(shared | context | {MADE: made})
    finally:
        let_go(made)


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:  # noqa: ANN401 (templates)
    """Return a rendered template as an answer."""
    return web.Response(
        text=html(request, template, **context), content_type="text/html", status=status
    )
