"""Runs the migrations. Tortoise draws every model anew at each step; here it draws only what a step asks for.

That is the model of the step and those its fields point to. No migration of ours reads rows through the
models, so their queries are not prepared. An installation's first start is mostly this.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model
from typing_extensions import override

States = dict[tuple[str, str], ModelState]
POINTERS = (ForeignKeyFieldInstance, ManyToManyFieldInstance)


async def run_migrations(config: dict[str, Any]) -> None:
    """Apply what is missing to the database that `config` (Tortoise's configuration) names."""
    await Tortoise.init(config=config, init_connections=False)
    await _Executor(get_connection("default"), config["apps"]).migrate(direction="forward")


class _Models(StateApps):
    """The models between two steps, each drawn at the first question for it."""

    def __init__(self, defaults: dict[str, str], states: States | None = None) -> None:
        """`defaults`: each app's connection; `states`: what the models are drawn from."""
        self.states = states or {}
        super().__init__(defaults)

    @override
    def _build_initial_querysets(self) -> None:
        """Leave the queries out: nothing asks them."""

    @override
    def clone(self, model_states: States | None = None) -> _Models:
        """Return the models of `model_states`."""
        return _Models(self._default_connections, model_states)

    @override
    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """Return a model by name, its relations included."""
        key = (app_label, model_name) if model_name else self.split_reference(app_label)
        if self._draw(key):
            self._init_relations()
        return super().get_model(*key)

    def _draw(self, key: tuple[str, str]) -> bool:
        """Draw a model and all that it points to; say whether there was anything to draw."""
        label, name = key
        if key not in self.states or name in self.apps.get(label, {}):
            return False
        state = self.states[key]
        self.register_model(label, state.render(self))
        for field in state.fields.values():
            if isinstance(field, POINTERS) and isinstance(field.model_name, str):
                self._draw(self.split_reference(field.model_name))
        return True


class _State(State):
    """What the migrations have made so far; a step that changes it leaves everything to be drawn again."""

    @override
    def reload_model(self, app_label: str, model_name: str) -> None:
        if (app_label, model_name) not in self.models:
            raise LookupError(f"No migration has made {app_label}.{model_name}")
        self.reload_models(())

    @override
    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        self.apps = self.apps.clone(self.models)


class _Executor(MigrationExecutor):
    """Tortoise's executor with models that cost less."""

    @override
    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        apps = self.loader.apps_config
        defaults = {label: app["default_connection"] for label, app in apps.items()}
        state = _State(models={}, apps=_Models(defaults))
        for key in self._full_plan():
            if key == upto:
                break
            step = self.loader.graph.nodes[key]
            if key in applied and isinstance(step, Migration):
                _ = await step.apply(state, dry_run=True)
        return state
