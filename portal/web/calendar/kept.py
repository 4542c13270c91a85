"""Drawn calendars kept in the process, so that a month is drawn once between two changes of the data."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from flask import current_app
from markupsafe import Markup

MOST_KEPT = 64
"""A year of months for several years around today; a drawn month is about 15 kB."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A calendar as it is put into the page, the heading above it, and what to warn of."""

    html: Markup
    heading: Markup
    warning: str | None


class Kept:
    """The calendars used last; whoever asks for one that is not there has it drawn."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._drawn: OrderedDict[Hashable, Drawn] = OrderedDict()
        self._lock = Lock()

    def calendar(self, key: Hashable, draw: Callable[[], Drawn]) -> Drawn:
        """The calendar under this key; the key holds everything the drawing depends on."""
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


def kept_calendars() -> Kept:
    """The calendars this process keeps."""
    kept = current_app.extensions.setdefault("kept_calendars", Kept())
    assert isinstance(kept, Kept)  # noqa: S101 - tells mypy what the extension slot holds
    return kept
