"""Where pictures are decoded: in few threads of their own, for one of fifty megapixels takes some hundred megabytes.

Whoever waits, waits here, and not in the threads that files and names of hosts are looked up with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

AT_ONCE = 2
# What is nobody's own act, small copies for a thread: one at a time, so that nobody's act waits for a hundred.
_aside = ThreadPoolExecutor(1, thread_name_prefix="small pictures")
P = ParamSpec("P")
T = TypeVar("T")
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pictures")


async def in_turn(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run `work` when one of the AT_ONCE threads is free, and return what it returns or raise what it raises.

    Cancelled before its turn it is never begun; cancelled later it keeps its thread to its end.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, partial(work, *args, **options))


async def when_idle(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run `work` as `in_turn` does, one after the other in a thread of its own."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_aside, partial(work, *args, **options))
