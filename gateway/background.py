"""The quiet work beside the messages: files, profiles, templates, lost events, account health, figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from gateway.books_watch import BooksWatch
from gateway.chat_figures import ChatFigureKeeper
from gateway.clients import Clients
from gateway.code_imports import CodeImports
from gateway.erasing import erase_steps, eraser
from gateway.figures import FigureKeeper
from gateway.health_watch import HealthWatch
from gateway.hooks.caller import Caller
from gateway.hooks.gatherer import Gatherer
from gateway.hooks.sender import Sender
from gateway.keeper import Behind
from gateway.media import MediaWorker
from gateway.old_uploads import UploadSweeper
from gateway.profiles import ProfileWorker
from gateway.repair import RepairWorker
from gateway.search import SearchKeeper
from gateway.steps import StepWorker
from gateway.templates import TemplateWorker
from gateway.timers import Timers
from gateway.unit_jobs import unit_steps
from runtime.clock import Clock
from runtime.database import Database
from runtime.keys import Keyring
from runtime.live import LiveFeed
from runtime.media import Fetcher, MediaStore
from runtime.tasks import Supervisor


@dataclass(frozen=True)
class Background:
    """What the quiet work needs. `guarded` reaches public addresses only (runtime.netguard) and must
    outlive the supervisor's tasks, as must what `caller` calls with; `wake` tells the block workers of events
    found, `behind` whether what customers write waits for them.
    """

    db: Database
    clients: Clients
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    guarded: ClientSession
    data_dir: Path
    wake: Callable[[], None]
    behind: Behind
    keyring: Keyring
    caller: Caller

    def start(self) -> None:
        """Begin all of it."""
        store = MediaStore(self.data_dir)
        fetcher = Fetcher(store, self.guarded, self.clients.http)
        shared = (self.db, self.clients)
        MediaWorker(*shared, fetcher, self.clock, self.live, self.supervisor).start()
        ProfileWorker(*shared, self.clock, self.live, self.supervisor).start()
        TemplateWorker(*shared, self.clock, self.supervisor).start()
        RepairWorker(*shared, self.clock, self.supervisor, self.wake).start()
        BooksWatch(self.db, self.supervisor).start()
        followed = (self.db, self.clock, self.live, self.supervisor, self.behind)
        FigureKeeper(*followed).start()
        Gatherer(self.db, self.clock, self.live, self.supervisor).start()
        Sender(self.db, self.clock, self.live, self.supervisor, self.keyring, self.caller).start()
        ChatFigureKeeper(*followed).start()
        SearchKeeper(*followed).start()
        CodeImports(self.db, self.data_dir, self.clock, self.live, self.supervisor).start()
        Timers(self.db, self.clients.channels, self.clock, self.live, self.supervisor).start()
        UploadSweeper(self.db, store, self.clock, self.supervisor).start()
        HealthWatch(self.db, self.clock, self.live, self.supervisor).start()
        beside = (self.clock, self.live, self.supervisor)
        StepWorker("coupon units", partial(unit_steps, self.db), *beside).start()
        erasing = eraser(self.db, fetcher.store, self.clients.channels)
        StepWorker("erasing", partial(erase_steps, erasing), *beside).start()
