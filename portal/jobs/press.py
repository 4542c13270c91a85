"""A process of its own that sets papers, so that the pages of this one keep their processor time and their memory."""

import errno
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from portal.config import ROOT
from portal.jobs.press_orders import Made, Order

log = logging.getLogger("portal.jobs")

LOOK_SECONDS = 1.0
NICENESS = 10
"""The press gets what everything else leaves."""

ORDERS_A_PROCESS = 100
"""A press is replaced after so many orders: what a library forgets to give back does not add up over thousands."""


class PressLost(Exception):
    """The press process ended in the middle of an order: killed, or out of memory."""


class PressFailed(Exception):
    """The order could not be carried out; the message is for the log."""


class Press:
    """Starts the process with the first order; `tick` is called every second while one waits, and may raise to give up."""

    def __init__(self, tick: Callable[[], None] = lambda: None, *, niceness: int = NICENESS) -> None:
        self._tick, self._niceness = tick, niceness
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._orders = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process as it is now; None while there is none."""
        return self._process.pid if self._process else None

    def do(self, order: Order) -> Made:
        """Have an order carried out. Raises OSError as the press met it, PressLost or PressFailed."""
        if self._orders >= ORDERS_A_PROCESS:
            self.close()
        connection = self._connection or self._start()
        try:
            connection.send(order)
            while not connection.poll(LOOK_SECONDS):
                self._tick()
            kind, answer = connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self.close()
            raise PressLost from None
        except BaseException:
            self.close()
            raise
        self._orders += 1
        if kind == "disk":
            raise OSError(answer or errno.EIO, os.strerror(answer or errno.EIO))
        if kind == "failed":
            raise PressFailed(answer)
        made: Made = answer
        return made

    def close(self) -> None:
        """End the process, whatever it is at."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
        self._process, self._connection, self._orders = None, None, 0

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "portal.jobs.press_child", str(theirs.fileno()), str(self._niceness)],
                cwd=ROOT,
                env=os.environ | {"MALLOC_ARENA_MAX": "2", "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self._connection = Connection(ours.detach())
        return self._connection
