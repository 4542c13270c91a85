"""Due work and prints until told to stop: as a process of its own, or beside the pages in a serving one.

Both wait until the first pages were answered, and only then load what they are done with.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from portal.config import Settings
from portal.jobs.clocks import Clocks
from portal.jobs.printing import keep_printing
from portal.jobs.rounds import Round

if TYPE_CHECKING:
    from portal.jobs.driver import Driver

log = logging.getLogger("portal.jobs")

LOOK_SECONDS = 30.0
FIRST_LOOK_SECONDS = 5.0
"""A serving process has its first pages to answer before it looks for due work."""

Context = Callable[[], AbstractContextManager[Any]]


class Working:
    """Due work in the hands of this process; whoever wants it done at once asks here."""

    def __init__(
        self,
        context: Context,
        settings: Settings,
        clocks: Clocks,
        *,
        stop: Event,
        look_every: float = LOOK_SECONDS,
        first_after: float = 0.0,
        say: Callable[[Round], None] = lambda _: None,
        stands_in: bool = False,
    ) -> None:
        self._given = (context, settings, clocks)
        self._more = {"beat": look_every, "stop": stop, "say": say, "stands_in": stands_in}
        self._settings, self._stop, self._first_after = settings, stop, first_after
        self._driver: Driver | None = None

    def keep_on(self) -> None:
        """Look for work until told to stop."""
        if self._stop.wait(self._first_after):
            return
        from portal.jobs.driver import Driver  # noqa: PLC0415 - slow to load, and no page needs it

        self._driver = Driver(*self._given, **self._more)  # type: ignore[arg-type]
        self._driver.run()

    def wake(self) -> None:
        """Have it looked at once, here or by a worker; without either it is found at the next look all the same."""
        if self._settings.redis_url is not None:
            from portal.jobs.driver import wake_workers  # noqa: PLC0415 - slow to load, and no page needs it

            wake_workers(self._settings)
        elif self._driver is not None:
            self._driver.wake()


def work_beside_pages(context: Context, settings: Settings, clocks: Clocks) -> Working:
    """Let a serving process do due work and print when its turn comes, in threads that end with it."""
    working = Working(context, settings, clocks, stop=Event(), first_after=FIRST_LOOK_SECONDS, stands_in=True)
    Thread(target=working.keep_on, name="due-work", daemon=True).start()
    print_beside(context, settings, clocks, stop=Event(), first_after=FIRST_LOOK_SECONDS)
    return working


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
