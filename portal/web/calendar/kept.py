"""Drawn calendars and boards kept in the process, so that each is drawn once between two changes of the data."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from flask import current_app
from markupsafe import Markup

T = TypeVar("T")

MOST_KEPT = 96
"""Two years of months and some filtered ones; a drawn month is about 20 kB."""


class Kept(Generic[T]):
    """What was drawn last; whoever asks for what is not there has it drawn."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._drawn: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def drawn(self, key: Hashable, draw: Callable[[], T]) -> T:
        """What is kept under this key; the key holds everything the drawing depends on."""
        with self._lock:
            found = self._drawn.get(key)
            if found is not None:
                self._drawn.move_to_end(key)
                return found
        drawn = draw()
        with self._lock:
            self._drawn[key] = drawn
            while len(self._drawn) > self._most:
                self._drawn.popitem(last=False)
        return drawn


def kept_calendars() -> Kept[Markup]:
    """The calendars this process keeps."""
    return cast("Kept[Markup]", _kept("kept_calendars"))


def kept_feeds() -> Kept[bytes]:
    """The feeds this process keeps, as they are sent."""
    return cast("Kept[bytes]", _kept("kept_feeds"))


def kept_boards() -> Kept[tuple[Markup, bool]]:
    """The calling boards this process keeps, each with whether anything may still change on it."""
    return cast("Kept[tuple[Markup, bool]]", _kept("kept_boards"))


def _kept(name: str) -> Any:
    return current_app.extensions.setdefault(name, Kept())
