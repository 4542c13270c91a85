"""A sheet as text to be kept, and back: what was printed once can be printed again, whatever has changed since."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Sheet = TypeVar("Sheet")


def sheet_text(sheet: Any) -> str:
    """A sheet as JSON that is always the same for the same sheet: sorted keys, no blanks, ISO dates."""
    return json.dumps(asdict(sheet), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)


def sheet_from_text(kind: type[Sheet], text: str) -> Sheet:
    """The sheet of that class a text was made from; fields that are newer than the text have their defaults.

    Raises ValueError when the text is of another kind of sheet or damaged.
    """
    try:
        kept = json.loads(text)
        return _made(kind, kept)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this text is no {kind.__name__}") from error


def _made(kind: type[Sheet], kept: Mapping[str, Any]) -> Sheet:
    hints = _hints(kind)  # type: ignore[arg-type] # a class can be hashed
    return kind(**{name: _value(hints[name], value) for name, value in kept.items()})


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    known = get_type_hints(kind)
    return {field.name: known[field.name] for field in fields(kind)}


def _value(hint: Any, kept: Any) -> Any:
    """A kept value as what the field holds: dates, moments, tuples and smaller sheets come back as themselves."""
    if get_origin(hint) is UnionType:
        return None if kept is None else _value(next(it for it in get_args(hint) if it is not NoneType), kept)
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if kinds[-1] is Ellipsis:
            return tuple(_value(kinds[0], it) for it in kept)
        return tuple(_value(each, it) for each, it in zip(kinds, kept, strict=True))
    if hint in (date, datetime):
        return hint.fromisoformat(kept)
    if is_dataclass(hint):
        return _made(hint, kept)  # type: ignore[arg-type] # a class, not one of it
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(kept)
    return kept


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"a sheet cannot hold {type(value).__name__}")
