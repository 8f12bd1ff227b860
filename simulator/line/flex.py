"""What LINE demands of Flex bubbles and carousels: known components, known properties, required parts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from simulator.line import actions

if TYPE_CHECKING:
    from simulator.checks import Checker

SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
BLOCKS = ("header", "hero", "body", "footer")
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
DEEPEST = 20
OFFSETS = ("position", "offsetTop", "offsetBottom", "offsetStart", "offsetEnd")
PADDING = ("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd")
KNOWN: dict[str, tuple[str, ...]] = {
    "box": (
        *(
            "layout",
            "contents",
            "flex",
            "spacing",
            "margin",
            "backgroundColor",
            "borderColor",
            "borderWidth",
        ),
        *(
            "cornerRadius",
            "width",
            "maxWidth",
            "height",
            "maxHeight",
            "action",
            "justifyContent",
            "alignItems",
        ),
        *("background", *OFFSETS, *PADDING),
    ),
    "button": (
        "action",
        "flex",
        "margin",
        "height",
        "style",
        "color",
        "gravity",
        "adjustMode",
        "scaling",
        *OFFSETS,
    ),
    "image": (
        *(
            "url",
            "flex",
            "margin",
            "align",
            "gravity",
            "size",
            "aspectRatio",
            "aspectMode",
            "backgroundColor",
        ),
        *("action", "animated", *OFFSETS),
    ),
    "video": ("url", "previewUrl", "altContent", "aspectRatio", "action"),
    "icon": ("url", "margin", "size", "aspectRatio", "scaling", *OFFSETS),
    "text": (
        *(
            "text",
            "contents",
            "adjustMode",
            "flex",
            "margin",
            "size",
            "align",
            "gravity",
            "wrap",
            "lineSpacing",
        ),
        *("maxLines", "weight", "color", "action", "style", "decoration", "scaling", *OFFSETS),
    ),
    "span": ("text", "size", "weight", "color", "style", "decoration"),
    "separator": ("margin", "color"),
    "filler": ("flex",),
}
COLOURS = ("color", "backgroundColor", "borderColor")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
_RATIO = re.compile(r"\d+(\.\d+)?:\d+(\.\d+)?")


def check(checker: Checker, contents: object, path: str) -> None:
    """Check the `contents` of a Flex message: a bubble, or a carousel of at most 12."""
    if not isinstance(contents, dict):
        checker.fault(path, "must be specified")
        return
    kind = contents.get("type")
    if kind == "bubble":
        _bubble(checker, contents, path)
    elif kind == "carousel":
        _size(checker, contents, path, CAROUSEL_BYTES)
        checker.known(contents, f"{path}.", ("type", "contents"))
        for index, bubble in enumerate(checker.items(contents, "contents", f"{path}.", 1, 12)):
            _bubble(checker, bubble, f"{path}.contents[{index}]")
    else:
        checker.fault(f"{path}.type", "Must be one of the following values: [bubble, carousel]")


def _bubble(checker: Checker, bubble: dict[str, Any], path: str) -> None:
    here = f"{path}."
    _size(checker, bubble, path, BUBBLE_BYTES)
    checker.known(bubble, here, ("type", "size", "direction", "styles", "action", *BLOCKS))
    checker.choice(bubble, "type", here, ("bubble",), required=True)
    checker.choice(bubble, "size", here, SIZES)
    checker.choice(bubble, "direction", here, ("ltr", "rtl"))
    if not any(name in bubble for name in BLOCKS):
        checker.fault(path, "At least one block must be specified")
    for name in BLOCKS:
        if name in bubble:
            allowed = ("box", "image", "video") if name == "hero" else ("box",)
            _component(checker, bubble[name], f"{here}{name}", allowed, 0)
    if "action" in bubble:
        actions.check(checker, bubble["action"], f"{here}action")
    for name, style in _members(checker, bubble, "styles", here, BLOCKS):
        checker.known(
            style, f"{here}styles.{name}.", ("backgroundColor", "separator", "separatorColor")
        )


def _size(checker: Checker, part: dict[str, Any], path: str, most: int) -> None:
    if len(json.dumps(part, ensure_ascii=False).encode(errors="surrogatepass")) > most:
        checker.fault(path, f"Size must be at most {most // 1024} KB")


def _members(
    checker: Checker, holder: dict[str, Any], name: str, path: str, known: tuple[str, ...]
) -> list[tuple[str, dict[str, Any]]]:
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, dict):
        checker.fault(f"{path}{name}", "The value must be an object")
        return []
    checker.known(value, f"{path}{name}.", known)
    return [(key, item) for key, item in value.items() if isinstance(item, dict)]


def _component(
    checker: Checker, part: object, path: str, allowed: tuple[str, ...], depth: int
) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or kind not in allowed:
        checker.fault(
            f"{path}.type", f"Must be one of the following values: [{', '.join(allowed)}]"
        )
        return
    if depth > DEEPEST:
        checker.fault(path, "Nesting is too deep")
        return
    here = f"{path}."
    checker.known(part, here, ("type", *KNOWN[kind]))
    for name in COLOURS:
        value = part.get(name)
        if value is not None and not (isinstance(value, str) and _COLOUR.fullmatch(value)):
            checker.fault(f"{here}{name}", "invalid color")
    if "aspectRatio" in part and not _RATIO.fullmatch(str(part["aspectRatio"])):
        checker.fault(f"{here}aspectRatio", "invalid property")
    if "action" in part and kind != "button":
        actions.check(checker, part["action"], f"{here}action")
    _details(checker, kind, part, here, depth)


def _details(checker: Checker, kind: str, part: dict[str, Any], path: str, depth: int) -> None:
    match kind:
        case "box":
            _box(checker, part, path, depth)
        case "button":
            actions.check(checker, part.get("action"), f"{path}action", label=40)
            checker.choice(part, "style", path, ("primary", "secondary", "link"))
            checker.choice(part, "height", path, ("sm", "md"))
        case "text":
            _text(checker, part, path, depth)
        case "span":
            checker.text(part, "text", path, 2000)
        case "image" | "icon":
            checker.url(part, "url", path)
            checker.choice(part, "aspectMode", path, ("cover", "fit"))
        case "video":
            checker.url(part, "url", path)
            checker.url(part, "previewUrl", path)
            _component(
                checker, part.get("altContent"), f"{path}altContent", ("box", "image"), depth + 1
            )
        case _:
            return


def _box(checker: Checker, part: dict[str, Any], path: str, depth: int) -> None:
    checker.choice(part, "layout", path, ("horizontal", "vertical", "baseline"), required=True)
    allowed: tuple[str, ...] = ("box", "button", "image", "text", "separator", "filler", "video")
    if part.get("layout") == "baseline":
        allowed = ("icon", "text", "filler")
    for index, child in enumerate(checker.items(part, "contents", path, 0, 1000)):
        _component(checker, child, f"{path}contents[{index}]", allowed, depth + 1)


def _text(checker: Checker, part: dict[str, Any], path: str, depth: int) -> None:
    spans = part.get("contents")
    if spans is None:
        checker.text(part, "text", path, 2000)
        return
    for index, span in enumerate(checker.items(part, "contents", path, 1, 1000)):
        _component(checker, span, f"{path}contents[{index}]", ("span",), depth + 1)
