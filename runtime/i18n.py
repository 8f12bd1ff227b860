"""Languages: gettext catalogues below `locale/`, the visitor's choice, and times as people read them."""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone_location

from config.folders import LOCALE_DIR
from runtime.words import mark as mark  # noqa: PLC0414 (screens have it from here)

LANGUAGES = {"en": "English", "zh-Hant": "繁體中文"}
DEFAULT = "en"
ACCEPTED_LENGTH = 200


@cache
def catalogue(language: str, domain: str) -> gettext.NullTranslations:
    """Return the catalogue `locale/<language>/LC_MESSAGES/<domain>.mo`; English needs none."""
    if language == DEFAULT:
        return gettext.NullTranslations()
    return gettext.translation(
        domain, LOCALE_DIR, languages=[language.replace("-", "_")], fallback=True
    )


def choose(*wanted: str) -> str | None:
    """Return the first of the tags that we speak; any Chinese is Traditional until we have the other."""
    for tag in wanted:
        primary = tag.replace("_", "-").split("-")[0].strip().lower()
        if primary == "zh":
            return "zh-Hant"
        if primary in LANGUAGES:
            return primary
    return None


def accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header, best first."""
    weighed = []
    for position, part in enumerate(header[:ACCEPTED_LENGTH].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if tag and quality > 0:
            weighed.append((-quality, position, tag))
    return [tag for _, _, tag in sorted(weighed)]


def negotiate(chosen: Iterable[str], header: str) -> str:
    """Return the language to speak: the first one chosen, else the browser's, else English."""
    return choose(*chosen, *accepted(header)) or DEFAULT


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str, locale: str) -> str:
    """Return a day in words: a list shows the same few hundred days over and over."""
    return str(format_date(day, pattern, locale=locale))


class Times:
    """Times as a reader is shown them `today`, in the workspace's `zone`: a page tells hundreds."""

    def __init__(self, today: date, zone: str, language: str) -> None:
        self._name, self._zone = zone, ZoneInfo(zone)
        self._today = today
        self._locale = language.replace("-", "_")
        self._english = language == "en"

    def short(self, instant: datetime) -> str:
        """Return "13:02" today, "Tue 13:02" within a week, the date beyond."""
        return self._short(instant.astimezone(self._zone))

    def exact(self, instant: datetime) -> str:
        """Return date, time to the second and the zone's name: what a pointer held over a time shows."""
        return self._exact(instant.astimezone(self._zone))

    def both(self, instant: datetime) -> tuple[str, str]:
        """Return a time in short and to the second."""
        here = instant.astimezone(self._zone)
        return self._short(here), self._exact(here)

    def clock(self, instant: datetime) -> str:
        """Return the time of the day, "13:02"."""
        here = instant.astimezone(self._zone)
        return f"{here.hour:02}:{here.minute:02}"

    def day(self, instant: datetime) -> str:
        """Return the weekday and date of `instant`, for the line between two days of a thread."""
        day = instant.astimezone(self._zone).date()
        pattern = "EEE d MMM" if self._english else "M月d日 EEE"
        if day.year != self._today.year:
            pattern = "EEE d MMM y" if self._english else "y年M月d日 EEE"
        return _day(day, pattern, self._locale)

    def _short(self, here: datetime) -> str:
        day = here.date()
        if day == self._today:
            return f"{here.hour:02}:{here.minute:02}"
        if 0 < (self._today - day).days < 7:
            return f"{_day(day, 'EEE', self._locale)} {here.hour:02}:{here.minute:02}"
        if day.year == self._today.year:
            return _day(day, "d MMM" if self._english else "M月d日", self._locale)
        return _day(day, "d MMM y" if self._english else "y年M月d日", self._locale)

    def _exact(self, here: datetime) -> str:
        return f"{here.isoformat(' ', 'seconds')[:19]} ({self._name})"


@lru_cache(maxsize=64)
def _times(today: date, zone: str, language: str) -> Times:
    return Times(today, zone, language)


def times_at(now: datetime, zone: str, language: str) -> Times:
    """Return the times of who reads at `now`: the same all day long, so that what they told may be kept by them."""
    return _times(now.astimezone(ZoneInfo(zone)).date(), zone, language)


def exact_time(instant: datetime, zone: str) -> str:
    """Return one time as `Times.exact` tells it."""
    return times_at(instant, zone, DEFAULT).exact(instant)


def zoned_moment(instant: datetime, now: datetime, zone: str, language: str) -> str:
    """Return "31 May 23:59 (Taipei)": a moment that matters, with its zone's city."""
    here = instant.astimezone(ZoneInfo(zone))
    same_year = here.year == now.astimezone(ZoneInfo(zone)).year
    pattern = "d MMM HH:mm" if language == "en" else "M月d日 HH:mm"
    if not same_year:
        pattern = "d MMM y HH:mm" if language == "en" else "y年M月d日 HH:mm"
    said = format_datetime(here, pattern, locale=language.replace("-", "_"))
    city = city_of(zone, language)
    return f"{said}（{city}）" if language.startswith("zh") else f"{said} ({city})"


def city_of(zone: str, language: str) -> str:
    """Return how people call the place whose clock a time zone is: "Taipei"."""
    return get_timezone_location(zone, locale=language.replace("-", "_"), return_city=True)


# Undetermined, several, none: not the default language, for which Babel takes them.
WIDE_MARKS = str.maketrans("(),", "（），")
NO_LANGUAGE = frozenset({"und", "mul", "zxx"})


@lru_cache(maxsize=1024)
def language_name(tag: str, language: str) -> str:
    """Return what a tag like fr-CA is called in `language`: "French (Canada)"; the tag itself when unknown."""
    if tag in NO_LANGUAGE:
        return tag
    try:
        found = Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return tag
    name = found.get_display_name(language.replace("-", "_")) or tag
    # Babel knows one way to put marks.
    return (
        name.translate(WIDE_MARKS).replace(" （", "（").replace("， ", "，")
        if language.startswith("zh")
        else name
    )
