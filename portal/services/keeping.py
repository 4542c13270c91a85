"""Where papers are kept for good, and how the services that keep them reach the database between their long steps."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

Done = TypeVar("Done")


class Writing(Protocol):
    """Does an act in a short transaction, and again from its beginning when the database gave up on it."""

    def __call__(self, act: Callable[[Session], Done], /) -> Done:
        """Do it; answers what the act answers."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The folder of the kept papers, the doors to the database, and what a paper needs from outside.

    Typesetting and signing take far longer than a transaction may, so these services open their own; they are called
    outside any. `address` is where the verify page is reached, `timestamp_url` the time-stamp service if there is one.
    """

    read: Callable[[], Session]
    write: Writing
    folder: Path
    seals: Path
    address: str
    timestamp_url: str | None = None
