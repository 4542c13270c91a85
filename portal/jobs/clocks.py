"""The two clocks of due work, and the name under which a process is at it."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clocks:
    """The office's time, which may stand, and the running clock that leases and pauses need."""

    now: Callable[[], datetime]
    running: Callable[[], datetime]


def a_holder() -> str:
    """A name under which this process, or this part of it, holds the lease."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
