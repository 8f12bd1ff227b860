"""What LINE demands of action objects and quick replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.checks import Checker

KNOWN = {
    "uri": ("uri", "altUri"),
    "postback": ("data", "displayText", "text", "inputOption", "fillInText"),
    "message": ("text",),
    "clipboard": ("clipboardText",),
    "datetimepicker": ("data", "mode", "initial", "max", "min"),
    "richmenuswitch": ("data", "richMenuAliasId"),
    "camera": (),
    "cameraRoll": (),
    "location": (),
}
QUICK_REPLY_ONLY = frozenset({"camera", "cameraRoll", "location"})
INPUT_OPTIONS = ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
LINK_SCHEMES = ("https://", "line://", "tel:", "mailto:")


def check(
    checker: Checker, action: object, path: str, *, label: int | None = None, quick: bool = False
) -> None:
    """Check one action; `label` is the most characters of a required label (None: it may be left out)."""
    if not isinstance(action, dict):
        checker.fault(path, "must be specified")
        return
    kind = action.get("type")
    allowed = [name for name in KNOWN if quick or name not in QUICK_REPLY_ONLY]
    if kind not in allowed:
        checker.choice(action, "type", f"{path}.", allowed, required=True)
        return
    checker.known(action, f"{path}.", ("type", "label", *KNOWN[kind]))
    checker.text(action, "label", f"{path}.", label or 40, required=label is not None)
    _details(checker, kind, action, f"{path}.")


def _details(checker: Checker, kind: str, action: dict[str, Any], path: str) -> None:
    match kind:
        case "uri":
            _link(checker, action, path)
        case "postback":
            checker.text(action, "data", path, 300)
            checker.text(action, "displayText", path, 300, required=False)
            checker.text(action, "text", path, 300, required=False)
            checker.choice(action, "inputOption", path, INPUT_OPTIONS)
            if action.get("displayText") and action.get("text"):
                checker.fault(f"{path}text", "displayText and text cannot be used together")
        case "message":
            checker.text(action, "text", path, 300)
        case "clipboard":
            checker.text(action, "clipboardText", path, 1000)
        case "datetimepicker":
            checker.text(action, "data", path, 300)
            checker.choice(action, "mode", path, ("date", "time", "datetime"), required=True)
        case "richmenuswitch":
            checker.text(action, "data", path, 300)
            checker.text(action, "richMenuAliasId", path, 32)
        case _:
            return


def _link(checker: Checker, action: dict[str, Any], path: str) -> None:
    uri = checker.text(action, "uri", path, 1000)
    if uri and not uri.startswith(LINK_SCHEMES) and not checker.is_https(uri):
        # LINE itself also opens http://, which this project never sends to a customer.
        checker.fault(f"{path}uri", "invalid uri scheme")


def check_quick_reply(checker: Checker, quick_reply: object, path: str) -> None:
    """Check the quick replies of a message."""
    if not isinstance(quick_reply, dict):
        checker.fault(path, "The value must be an object")
        return
    checker.known(quick_reply, f"{path}.", ("items",))
    for index, item in enumerate(checker.items(quick_reply, "items", f"{path}.", 1, 13)):
        here = f"{path}.items[{index}]"
        checker.known(item, f"{here}.", ("type", "imageUrl", "action"))
        checker.choice(item, "type", f"{here}.", ("action",), required=True)
        checker.url(item, "imageUrl", f"{here}.", required=False)
        check(checker, item.get("action"), f"{here}.action", label=20, quick=True)
