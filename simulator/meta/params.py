"""Checks of Graph API parameters: the first fault refuses the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.meta.answers import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.world import World


def text(holder: dict[str, Any], name: str, where: str, most: int, *, required: bool = True) -> str:
    """Return a string of at most `most` characters (empty when it may be left out)."""
    value = holder.get(name)
    if value is None or value == "":
        if required:
            raise invalid(f"The parameter {where}[{name}] is required.")
        return ""
    if not isinstance(value, str):
        raise invalid(f"Param {where}[{name}] must be a string.")
    if len(value) > most:
        raise invalid(f"Length of param {where}[{name}] must be less than or equal to {most}")
    return value


def url(
    holder: dict[str, Any], name: str, where: str, world: World, *, required: bool = True
) -> None:
    """Check a web address the platform could fetch or open."""
    value = text(holder, name, where, 2048, required=required)
    if value and not world.is_https(value):
        raise invalid(f"{where}[{name}] should represent a valid URL")


def objects(
    holder: dict[str, Any], name: str, where: str, least: int, most: int
) -> list[dict[str, Any]]:
    """Return an array of objects of the allowed size."""
    value = holder.get(name)
    if value is None and least == 0:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"Param {where}[{name}] must be an array.")
    if len(value) < least:
        raise invalid(f"Param {where}[{name}] has too few elements.")
    if len(value) > most:
        raise invalid(f"param {where}[{name}] must have at most {most} elements")
    return value


def known(holder: dict[str, Any], where: str, names: Iterable[str]) -> None:
    """Refuse parameters that the platform does not know."""
    strange = sorted(holder.keys() - set(names))
    if strange:
        raise invalid(f'Invalid keys "{", ".join(strange)}" were found in param "{where}".')


def choice(holder: dict[str, Any], name: str, where: str, values: Iterable[str]) -> str:
    """Return a word of a closed list."""
    value = holder.get(name)
    if not isinstance(value, str) or value not in values:
        raise invalid(f"Param {where}[{name}] must be one of {{{', '.join(values)}}}")
    return value
