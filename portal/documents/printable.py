"""Whether every character of a sheet can be printed, told by the sheet's own field."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from portal.documents.fonts import must_be_printable


def sheet_must_be_printable(sheet: Any) -> None:
    """Raise RuleBroken naming the characters no face has; its `field` is the sheet's field."""
    for field in fields(sheet):
        for text in _texts(getattr(sheet, field.name)):
            must_be_printable(text, field=field.name)


def _texts(value: object) -> Iterator[str]:
    """Every text inside a field, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
