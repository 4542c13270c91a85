"""Due work round after round, until told to stop: as a process of its own, or beside the pages in a serving one."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

from portal.config import Settings
from portal.jobs.printing import keep_printing
from portal.jobs.rounds import Clocks, Round, a_holder, due_work, is_waited_for
from portal.store.extension import read

log = logging.getLogger("portal.jobs")

BESIDE_PAGES = timedelta(seconds=60)
LOOK_SECONDS = 30.0
FIRST_LOOK_SECONDS = 5.0
"""A serving process has its first pages to answer before it looks for due work."""

Context = Callable[[], AbstractContextManager[Any]]


def keep_working(
    context: Context,
    settings: Settings,
    clocks: Clocks,
    *,
    every: timedelta,
    stop: Event,
    say: Callable[[Round], None] = lambda _: None,
    first_after: float = 0.0,
    look_every: float = LOOK_SECONDS,
) -> None:
    """Do a round whenever nobody has done one for `every`; whatever goes wrong, the next round is tried.

    Each round has a context, and so a database session, of its own.
    """
    holder, pause = a_holder(), first_after
    while not stop.wait(pause):
        pause = look_every
        try:
            with context():
                waited_for = is_waited_for(read(), every=every, at=clocks.running())
                done = due_work(settings, holder, clocks, is_enough=stop.is_set) if waited_for else None
        except Exception:
            log.exception("due work failed; the next round is tried in %s s", look_every)
        else:
            if done is not None:
                say(done)


def work_beside_pages(context: Context, settings: Settings, clocks: Clocks) -> Thread:
    """Let a serving process do due work and print when its turn comes, in threads that end with it."""
    thread = Thread(
        target=keep_working,
        args=(context, settings, clocks),
        kwargs={"every": BESIDE_PAGES, "stop": Event(), "first_after": FIRST_LOOK_SECONDS},
        name="due-work",
        daemon=True,
    )
    thread.start()
    print_beside(context, settings, clocks, stop=Event(), first_after=FIRST_LOOK_SECONDS)
    return thread


def print_beside(
    context: Context, settings: Settings, clocks: Clocks, *, stop: Event, first_after: float = 0.0
) -> Thread:
    """Print what is asked for in a thread of its own: a job of minutes must not hold up a reminder."""
    thread = Thread(
        target=keep_printing,
        args=(context, settings, clocks),
        kwargs={"stop": stop, "first_after": first_after},
        name="printing",
        daemon=True,
    )
    thread.start()
    return thread
