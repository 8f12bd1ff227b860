"""A small checker of JSON values: gathers every fault with the path of the property it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.text import utf16_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MISSING = "May not be empty"


@dataclass
class Checker:
    """Collects (message, property) pairs in the order found."""

    is_https: Callable[[object], bool]
    found: list[tuple[str, str]] = field(default_factory=list)

    def fault(self, path: str, message: str) -> None:
        """Note one fault."""
        self.found.append((message, path))

    def text(
        self, holder: dict[str, Any], name: str, path: str, most: int, *, required: bool = True
    ) -> str:
        """Check a string of at most `most` UTF-16 units and return it (empty when it is not usable)."""
        value = holder.get(name)
        if value is None or value == "":
            if required:
                self.fault(f"{path}{name}", MISSING)
            return ""
        if not isinstance(value, str):
            self.fault(f"{path}{name}", "The value must be a string")
            return ""
        if utf16_length(value) > most:
            self.fault(f"{path}{name}", f"Length must be between {int(required)} and {most}")
        return value

    def url(
        self,
        holder: dict[str, Any],
        name: str,
        path: str,
        *,
        required: bool = True,
        most: int = 2000,
    ) -> None:
        """Check an https address."""
        value = self.text(holder, name, path, most, required=required)
        if value and not self.is_https(value):
            self.fault(f"{path}{name}", "invalid uri scheme")

    def items(
        self, holder: dict[str, Any], name: str, path: str, least: int, most: int
    ) -> list[dict[str, Any]]:
        """Check an array of objects and return those that are objects."""
        value = holder.get(name)
        if not isinstance(value, list):
            self.fault(
                f"{path}{name}",
                "May not be null" if value is None else "The value must be an array",
            )
            return []
        if not least <= len(value) <= most:
            self.fault(f"{path}{name}", f"Size must be between {least} and {most}")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.fault(f"{path}{name}[{index}]", "The value must be an object")
        return [item for item in value if isinstance(item, dict)]

    def known(self, holder: dict[str, Any], path: str, names: Iterable[str]) -> None:
        """Refuse properties that the platform does not know."""
        for name in holder.keys() - set(names):
            self.fault(f"{path}{name}", "unknown field")

    def choice(
        self,
        holder: dict[str, Any],
        name: str,
        path: str,
        values: Iterable[str],
        *,
        required: bool = False,
    ) -> None:
        """Check a word of a closed list."""
        value = holder.get(name)
        if value is None:
            if required:
                self.fault(f"{path}{name}", "must be specified")
        elif value not in tuple(values):
            self.fault(
                f"{path}{name}", f"Must be one of the following values: [{', '.join(values)}]"
            )

    def number(
        self, holder: dict[str, Any], name: str, path: str, least: float, most: float
    ) -> None:
        """Check a required number."""
        value = holder.get(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not least <= value <= most
        ):
            self.fault(f"{path}{name}", f"Must be between {least:g} and {most:g}")
