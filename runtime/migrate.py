"""Runs the migrations. Tortoise draws every model anew at each step; here it draws only what a step needs.

No migration of ours reads rows through the models, so their queries are not prepared, and the models as they
were before a step are drawn only for a step that asks for them. An installation's first start is mostly this.
"""

from __future__ import annotations

from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model
from typing_extensions import override

States = dict[tuple[str, str], ModelState]


async def run_migrations(config: dict[str, Any]) -> None:
    """Apply what is missing to the database that `config` (Tortoise's configuration) names."""
    await Tortoise.init(config=config, init_connections=False)
    await _Executor(get_connection("default"), config["apps"]).migrate(direction="forward")


class _Models(StateApps):
    """The models between two steps."""

    def __init__(self, defaults: dict[str, str], states: States | None = None) -> None:
        """`defaults`: each app's connection; `states`: the models, as far as they are known."""
        self._undrawn = states or {}
        super().__init__(defaults)

    @override
    def _build_initial_querysets(self) -> None:
        """Leave the queries out: nothing asks them."""

    @override
    def clone(self, model_states: States | None = None) -> _Models:
        """Return the models of `model_states`, to be drawn at the first question."""
        return _Models(self._default_connections, model_states)

    @override
    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """Return a model by name, drawing all of them at the first question."""
        states, self._undrawn = self._undrawn, {}
        for (label, _), state in states.items():
            self.register_model(label, state.render(self, deepcopy_fields=False))
        if states:
            self._init_relations()
        return super().get_model(app_label, model_name)


class _Executor(MigrationExecutor):
    """Tortoise's executor with models that cost less."""

    @override
    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        apps = self.loader.apps_config
        defaults = {label: app["default_connection"] for label, app in apps.items()}
        state = State(models={}, apps=_Models(defaults))
        for key in self._full_plan():
            if key == upto:
                break
            step = self.loader.graph.nodes[key]
            if key in applied and isinstance(step, Migration):
                _ = await step.apply(state, dry_run=True)
        return state
