"""StrictModel: a Tortoise model that refuses unknown names, which Tortoise itself swallows."""

from __future__ import annotations

from typing import Any

from tortoise.models import Model


class StrictModel(Model):
    """Parent of every model; `Class(tpyo=1)` and `create(tpyo=1)` raise TypeError."""

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 (a model's fields are of any type)
        unknown = set(values) - self._meta.fields_map.keys() - {"pk"}
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        super().__init__(**values)

    class Meta:
        """Not a table of its own."""

        abstract = True
