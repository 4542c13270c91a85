"""What the address asks for; a value that makes no sense there counts as not said."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import request

from portal.domain.workdays import is_in_living_memory
from portal.web.converters import GREATEST_NUMBER
from portal.web.forms import trimmed

E = TypeVar("E", bound=StrEnum)


def asked_word(words: type[E], name: str) -> E | None:
    """One of a fixed set of words."""
    with suppress(ValueError):
        return words(request.args.get(name, ""))
    return None


def choices(words: Iterable[Any]) -> list[tuple[str, str]]:
    """What a filter offers: each word with the office's name for it."""
    return [(word.value, word.label) for word in words]


def asked_day(name: str) -> date | None:
    """A day, as 2026-11-22."""
    with suppress(ValueError):
        day = date.fromisoformat(request.args.get(name, ""))
        return day if is_in_living_memory(day) else None
    return None


def asked_number(name: str) -> int | None:
    """A whole number such as a record's id."""
    number = request.args.get(name, type=int)
    return number if number is None or abs(number) <= GREATEST_NUMBER else None


def asked_text(name: str) -> str:
    """A text without the blanks around it."""
    return str(trimmed(request.args.get(name, "")))


def asked_again(names: Iterable[str]) -> dict[str, str]:
    """What the address says of these words, to say it in another address as well."""
    return {name: asked_text(name) for name in names if asked_text(name)}
