"""What the designer's templates need to know of a draft, typed or stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.designer import words as names
from agent_console.designer.entered import Values
from coupons.actions.edit import OPEN
from coupons.design_queries import Stored
from coupons.rules.contrast import contrasts
from coupons.rules.finish import Surroundings, missing
from coupons.rules.locks import locked
from coupons.rules.notices import VARIABLES
from coupons.rules.plan import LONGEST, NewCoupon
from coupons.rules.problems import COLOUR, Problem
from runtime.appkeys import DATABASE
from team.workspaces import store_rows


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it stands: what was typed, the plan it makes, and the coupon as it is stored."""

    values: Values
    plan: NewCoupon
    stores: tuple[UUID, ...] = ()
    stored: Stored | None = None
    wrong: tuple[Problem, ...] = ()

    @property
    def state(self) -> str:
        """The coupon's state; "new" before the first save."""
        return self.stored.state if self.stored is not None else "new"


async def context(request: web.Request, draft: Draft) -> dict[str, Any]:
    """Return the shared values of the designer's templates."""
    viewer = request[VIEWER]
    stored = draft.stored
    return {
        **bar_of(draft, viewer.features),
        "names": names,
        "values": draft.values,
        "chosen": draft.stores,
        "stored": stored,
        "errors": by_anchor(draft.wrong),
        "wrong": draft.wrong,
        "fixed": fixed_inputs(stored),
        "read_only": stored is not None and stored.state not in OPEN,
        "stores": await store_rows(request.config_dict[DATABASE].screens, viewer.workspace_id),
        "features": viewer.features,
        "zone": stored.zone if stored is not None else viewer.zone,
        "longest": LONGEST,
        "variables": VARIABLES,
    }


def fixed_inputs(stored: Stored | None) -> frozenset[str]:
    """Return the names of inputs that may no longer change."""
    if stored is None:
        return frozenset()
    fields = locked(stored.plan, stored.state)
    return fields | names.SHAPE if "code_shape" in fields else fields


def bar_of(draft: Draft, features: frozenset[str]) -> dict[str, Any]:
    """Return what the state bar and the colours' warnings say."""
    codes = draft.stored.codes if draft.stored is not None else 0
    around = Surroundings(codes=codes, stores=len(draft.stores), features=features)
    lacking = missing(draft.plan, around) if draft.state in {"new", "draft"} else []
    return {
        "state": draft.state,
        "lacking": [one for one in lacking if one.field not in {p.field for p in draft.wrong}],
        "contrasts": colours(draft.plan),
    }


def colours(plan: NewCoupon) -> Mapping[str, Any]:
    """Return how well the plan's colours are read, by field; colours that are none count as ours."""
    chosen = [plan.colour_page, plan.colour_button, plan.colour_button_text]
    page, button, text = (one if COLOUR.fullmatch(one) else "" for one in chosen)
    return {one.field: one for one in contrasts(page, button, text)}


def by_anchor(wrong: tuple[Problem, ...]) -> dict[str, list[Problem]]:
    """Gather what is wrong at the inputs it stands beside."""
    found: dict[str, list[Problem]] = {}
    for one in wrong:
        found.setdefault(names.anchor(one.field), []).append(one)
    return found
