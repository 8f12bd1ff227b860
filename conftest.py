"""How every test of the tree runs, those beside the channels included."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

# What takes longest begins first, so that the workers end together. The rest follows as collected.
LONGEST = (
    "tests/crash/",
    "tests/house/test_the_demo.py",
    "tests/journeys/",
    "tests/house/test_commands.py",
    "in_a_browser",
    "tests/agent_console/designer/",
    "tests/gateway/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the long runs."""
    parser.addoption("--soak", action="store_true", help="run the tests marked soak as well")


def pytest_configure(config: pytest.Config) -> None:
    """Let no example depend on luck or on the machine's speed; the long runs look for new ones."""
    settings.register_profile(
        "tests",
        deadline=None,
        derandomize=not config.getoption("--soak"),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first; `--dist loadfile --no-loadscope-reorder` keeps to this order."""
    if not config.getoption("--soak"):
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]
    items.sort(key=_rank)


def pytest_collection_finish() -> None:
    """Spare the collector the thousands of tests and modules that stay to the end, and let it come seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _rank(item: pytest.Item) -> int:
    return next((n for n, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST))
