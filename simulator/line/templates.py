"""What LINE demands of template messages: buttons, confirm, carousel, image carousel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.line import actions

if TYPE_CHECKING:
    from simulator.checks import Checker

KNOWN: dict[str, tuple[str, ...]] = {
    "buttons": (
        *(
            "thumbnailImageUrl",
            "imageAspectRatio",
            "imageSize",
            "imageBackgroundColor",
            "title",
            "text",
        ),
        *("defaultAction", "actions"),
    ),
    "confirm": ("text", "actions"),
    "carousel": ("columns", "imageAspectRatio", "imageSize"),
    "image_carousel": ("columns",),
}
COLUMN = ("thumbnailImageUrl", "imageBackgroundColor", "title", "text", "defaultAction", "actions")


def check(checker: Checker, template: object, path: str) -> None:
    """Check one template object."""
    if not isinstance(template, dict):
        checker.fault(path, "must be specified")
        return
    kind = template.get("type")
    here = f"{path}."
    if not isinstance(kind, str) or kind not in KNOWN:
        checker.choice(template, "type", here, KNOWN, required=True)
        return
    checker.known(template, here, ("type", *KNOWN[kind]))
    match kind:
        case "buttons":
            _words(checker, template, here, long=160)
            _actions(checker, template, here, 1, 4)
        case "confirm":
            checker.text(template, "text", here, 240)
            _actions(checker, template, here, 2, 2)
        case "carousel":
            _columns(checker, template, here)
        case _:
            for index, column in enumerate(checker.items(template, "columns", here, 1, 10)):
                checker.url(column, "imageUrl", f"{here}columns[{index}].")
                actions.check(checker, column.get("action"), f"{here}columns[{index}].action")


def _words(checker: Checker, holder: dict[str, Any], path: str, *, long: int) -> None:
    """Check title, picture and text: the text is shorter beside a picture or a title."""
    checker.url(holder, "thumbnailImageUrl", path, required=False)
    checker.text(holder, "title", path, 40, required=False)
    decorated = holder.get("title") or holder.get("thumbnailImageUrl")
    checker.text(holder, "text", path, 60 if decorated else long)


def _actions(checker: Checker, holder: dict[str, Any], path: str, least: int, most: int) -> None:
    for index, action in enumerate(checker.items(holder, "actions", path, least, most)):
        actions.check(checker, action, f"{path}actions[{index}]", label=20)


def _columns(checker: Checker, template: dict[str, Any], path: str) -> None:
    columns = checker.items(template, "columns", path, 1, 10)
    for index, column in enumerate(columns):
        here = f"{path}columns[{index}]."
        checker.known(column, here, COLUMN)
        _words(checker, column, here, long=120)
        _actions(checker, column, here, 1, 3)
    sizes = {
        len(column["actions"]) for column in columns if isinstance(column.get("actions"), list)
    }
    if len(sizes) > 1:
        checker.fault(f"{path}columns", "The number of actions must be the same in every column")
    if len({bool(column.get("thumbnailImageUrl")) for column in columns}) > 1:
        checker.fault(f"{path}columns", "Either all columns have an image or none")
