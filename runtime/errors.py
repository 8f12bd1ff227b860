"""Parents of all domain errors: what was asked for is not there, or may not be done."""

from __future__ import annotations


class TesseraError(Exception):
    """An error whose text may be shown to the person who caused it."""

    @property
    def words(self) -> str:
        """The text; runtime.words.Words where it has values, which `str()` would lose."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class NotFound(TesseraError):
    """The thing asked for does not exist, or not for this asker."""


class Refused(TesseraError):
    """The thing asked for may not be done now; `code` is a stable word, the text a sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Invalid(TesseraError):
    """What was entered cannot be used; `field` names the input, the text says what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
