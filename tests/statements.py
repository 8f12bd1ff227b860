"""Which statements the screens' pools are asked while something is done."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

from runtime import live


@contextmanager
def seen_by(db):
    """Give a list that fills with the statements of the connections open now; the feed's reader left out."""
    seen: list[str] = []

    def note(record):
        if record.query != live.READ:
            seen.append(record.query)

    with ExitStack() as stack:
        for holder in (*db.screens._holders, *db.reads._holders, *db.answers._holders):
            if holder._con is not None:
                stack.enter_context(holder._con.query_logger(note))
        yield seen
